package load

import (
	"sync/atomic"
	"time"
)

// windowSeconds is how long a window remembers, the second that has begun included.
const windowSeconds = 10

// window counts events of the last seconds, and how many of them were marked. It takes no lock: a second is one word, which holds
// its number, so that the first event of a new second clears what was counted ten seconds before.
type window struct{ seconds [windowSeconds]atomic.Uint64 }

// A second is its number modulo 2^24, which comes again after half a year, and two counts of 20 bits, which stop at their end.
const (
	countBits  = 20
	countMost  = 1<<countBits - 1
	numberMask = 1<<(64-2*countBits) - 1
)

func (w *window) add(at time.Duration, marked bool) {
	number := secondOf(at)
	cell := &w.seconds[at/time.Second%windowSeconds]
	for {
		before := cell.Load()
		events, marks := uint64(0), uint64(0)
		if before>>(2*countBits) == number {
			events, marks = before>>countBits&countMost, before&countMost
		}
		if events == countMost {
			return
		}
		events++
		if marked {
			marks++
		}
		if cell.CompareAndSwap(before, number<<(2*countBits)|events<<countBits|marks) {
			return
		}
	}
}

// sum counts the events of the last seconds.
func (w *window) sum(at time.Duration) (events, marked int) {
	number := secondOf(at)
	for i := range w.seconds {
		cell := w.seconds[i].Load()
		if age := (number - cell>>(2*countBits)) & numberMask; age < windowSeconds {
			events += int(cell >> countBits & countMost)
			marked += int(cell & countMost)
		}
	}
	return events, marked
}

func (w *window) clear() {
	for i := range w.seconds {
		w.seconds[i].Store(0)
	}
}

func secondOf(at time.Duration) uint64 { return uint64(at/time.Second) & numberMask }
