package command

import (
	"os"
	"runtime/debug"
)

// collectEarly lets garbage be 60 percent of what is in use, not as much again. An operator has little to do and much to remember: with ten
// thousand aliases 60 MiB are in use, and this saves 25. A GOGC of the environment goes before it.
func collectEarly() {
	const percent = 60
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(percent)
	}
}
