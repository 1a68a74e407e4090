package command

import (
	"os"
	"runtime/debug"
)

// relaxCollector lets the heap grow to five times what is in use, not two, before garbage is collected. What a request leaves behind is
// small and the heap that lives is smaller, so that this costs few megabytes and saves a good part of the time of every request. A
// GOGC of the environment goes before it, and GOMEMLIMIT, which the operator sets, bounds it.
func relaxCollector() {
	const percent = 400
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(percent)
	}
}
