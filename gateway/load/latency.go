package load

import (
	"math"
	"sync/atomic"
	"time"
)

// memory is the time after which an observation counts for 1/e of what it did.
const memory = 10 * time.Second

// latency is an exponentially weighted moving average whose weights depend on the time between observations and not on their
// number. It is one word, a float32 of seconds and the time in milliseconds of the last observation, so that it takes no lock.
// A value of 0 means that nothing was observed.
type latency struct{ word atomic.Uint64 }

func (l *latency) observe(at, took time.Duration) {
	sample := max(took.Seconds(), time.Microsecond.Seconds())
	for {
		before := l.word.Load()
		mean, millis := unpack(before)
		if before == 0 {
			mean = sample
		} else {
			// Observations of the same millisecond count for something, too.
			gap := max(time.Duration(millisOf(at)-millis)*time.Millisecond, time.Millisecond)
			old := math.Exp(-gap.Seconds() / memory.Seconds())
			mean = old*mean + (1-old)*sample
		}
		if l.word.CompareAndSwap(before, pack(mean, millisOf(at))) {
			return
		}
	}
}

// read returns the average. Where the last observation is older than memory, it sinks from there on.
func (l *latency) read(at time.Duration) (took time.Duration, fresh bool) {
	word := l.word.Load()
	if word == 0 {
		return 0, false
	}
	mean, millis := unpack(word)
	age := time.Duration(millisOf(at)-millis) * time.Millisecond
	if age <= memory {
		return seconds(mean), true
	}
	return seconds(mean * math.Exp(-(age-memory).Seconds()/memory.Seconds())), false
}

func pack(mean float64, millis uint32) uint64 {
	return uint64(math.Float32bits(float32(mean)))<<32 | uint64(millis)
}

func unpack(word uint64) (mean float64, millis uint32) {
	return float64(math.Float32frombits(uint32(word >> 32))), uint32(word)
}

// millisOf wraps around after 50 days; only differences are used.
func millisOf(at time.Duration) uint32 { return uint32(at.Milliseconds()) }

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
