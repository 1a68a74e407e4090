package command

import (
	"math"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

const (
	// pace is how often garbage is collected while the gateway is busy. Every collection reads all that is in use, tens of milliseconds
	// of a processor, so that twice the memory for garbage would save a percent or so of one and half of it cost as much.
	pace = time.Second
	// least is the memory for garbage, in bytes, of a gateway that has little to do.
	least = 8 << 20
	// most is the memory for garbage, in bytes, of a gateway in which nothing is in use; weight times what is in use is taken off it. A
	// gateway of few aliases has a Pod's memory to spare, one of ten thousand has not. Where much is in use, a quarter of it is for
	// garbage, so that it is not collected all the time.
	most, weight = 64 << 20, 2.5
)

// What the runtime says of the heap, in bytes: all that was ever allocated, and what the last collection found in use.
// Source: https://pkg.go.dev/runtime/metrics
const (
	allocated = "/gc/heap/allocs:bytes"
	inUse     = "/gc/heap/live:bytes"
)

// relaxCollector gives garbage as much memory as it is worth, now and as the load changes, instead of as much as is in use: ten thousand
// aliases are in use for weeks and make none. A GOGC of the environment goes before it, and GOMEMLIMIT, which the operator sets,
// bounds it.
func relaxCollector() {
	if os.Getenv("GOGC") == "" {
		relax(&collections{last: time.Now(), room: least})
	}
}

// relax sets what the next collection waits for, and does so again after it: what becomes garbage with every collection tells.
func relax(c *collections) {
	debug.SetGCPercent(c.next(readHeap(), time.Now()))
	sentinel := new([4]uint64) // smaller ones share their memory with others, and go with them
	runtime.AddCleanup(sentinel, relax, c)
}

// heap is what the runtime says of it, in bytes.
type heap struct{ allocated, inUse uint64 }

func readHeap() heap {
	samples := []metrics.Sample{{Name: allocated}, {Name: inUse}}
	metrics.Read(samples)
	return heap{allocated: samples[0].Value.Uint64(), inUse: samples[1].Value.Uint64()}
}

// collections is what was known after the last one.
type collections struct {
	last      time.Time
	allocated uint64
	// room is the memory that garbage got, in bytes.
	room float64
}

// next returns how far the heap may grow before it is collected again, in percent of what is in use: by what was allocated in one
// pace since the last collection, and by no more than twice as much as it grew then. Two collections in quick succession are no load.
func (c *collections) next(h heap, now time.Time) (percent int) {
	since := max(now.Sub(c.last), time.Millisecond)
	perPace := float64(h.allocated-c.allocated) * float64(pace) / float64(since)
	inUse := float64(h.inUse)
	c.last, c.allocated = now, h.allocated
	c.room = max(least, inUse/4, min(perPace, most-weight*inUse, 2*c.room))
	return int(math.Ceil(c.room * 100 / max(inUse, least)))
}
