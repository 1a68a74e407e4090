package command

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

const (
	// relaxed lets the heap grow to five times what is in use, not two, before garbage is collected. What a request leaves behind is
	// small and the heap that lives is smaller, so that this costs few megabytes and saves a good part of the time of every request.
	relaxed = 400
	// headroom is how far the heap may grow beyond what is in use, in bytes, where that is much: five times what ten thousand aliases
	// take would be more memory than all of them are worth. Under load it is filled in a second or so.
	headroom = 9 << 20
	// usual is what a gateway with few aliases has in use at most. Up to there garbage is as cheap as relaxed says.
	usual = 16 << 20
	// strained bounds from below what is made of headroom, so that a very large heap is not collected all the time.
	strained = 25
	// inUse is what the last collection found in use.
	// Source: https://pkg.go.dev/runtime/metrics
	inUse = "/gc/heap/live:bytes"
)

// relaxCollector collects garbage as seldom as the memory is worth, now and as the heap grows. A GOGC of the environment goes before it,
// and GOMEMLIMIT, which the operator sets, bounds it.
func relaxCollector() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(relaxed)
		adjustCollector(relaxed)
	}
}

// adjustCollector adjusts the collector after each collection: what becomes garbage with every one of them tells.
func adjustCollector(percent int) {
	sentinel := new([4]uint64) // smaller ones share their memory with others, and go with them
	runtime.AddCleanup(sentinel, func(percent int) {
		sample := []metrics.Sample{{Name: inUse}}
		metrics.Read(sample)
		next := collectorPercent(sample[0].Value.Uint64())
		if next != percent {
			debug.SetGCPercent(next)
		}
		adjustCollector(next)
	}, percent)
}

// collectorPercent is how much garbage there may be for live bytes in use, in percent of them.
func collectorPercent(live uint64) int {
	return int(min(max(headroom*100/(max(live, usual+1)-usual), strained), relaxed))
}
