package limit

import (
	"sync/atomic"
	"time"
)

// clock reckons windows by the clock of Redis, as it was when Redis last answered.
type clock struct {
	// ahead is by how many milliseconds the clock of Redis is ahead of the own one.
	ahead atomic.Int64
}

// learn takes the time that Redis had when it was asked, in milliseconds since 1970.
func (c *clock) learn(redis int64, asked time.Time) {
	if ahead := redis - asked.UnixMilli(); ahead != c.ahead.Load() {
		c.ahead.Store(ahead)
	}
}

// window is the number of the window at a time, and how long it still lasts.
func (c *clock) window(now time.Time, length time.Duration) (int64, time.Duration) {
	return windowAt(now.UnixMilli()+c.ahead.Load(), length)
}

func windowAt(milliseconds int64, length time.Duration) (int64, time.Duration) {
	n := max(length.Milliseconds(), 1)
	return milliseconds / n, time.Duration(n-milliseconds%n) * time.Millisecond
}
