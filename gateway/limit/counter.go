package limit

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// subjectMost is how long a subject may be in a key of Redis. Callers choose the names of users; longer ones are digested.
const subjectMost = 64

// counterKey tells a counter from all others. A limit whose window is changed begins new counters.
type counterKey struct {
	limit, subject string
	window         time.Duration
}

// counter is one replica's part of what is counted for one subject of one limit.
type counter struct {
	key counterKey
	// redis are the keys of what is shared: of the window, and of the slots.
	redis [2]string
	// pins is how many permits refer to it. It is raised under the lock of its shard only.
	pins atomic.Int32
	// seen is when it was last looked up, in nanoseconds since 1970.
	seen atomic.Int64

	mu sync.Mutex
	// window is the current one, as its number since 1970. What was spent, and is owed, belongs to it.
	window int64
	// granted is the window of the grants, as Redis reckons, and until is when they end.
	granted int64
	until   time.Time
	// asking says that Redis is being asked for grants ahead of need.
	asking bool
	meters [metered]meter
	slots  slots
}

func newCounter(prefix string, key counterKey) *counter {
	subject := key.subject
	if len(subject) > subjectMost {
		digest := sha256.Sum256([]byte(subject))
		subject = hex.EncodeToString(digest[:])
	}
	name := key.limit + ":" + strconv.FormatInt(key.window.Milliseconds(), 10) + ":" + subject
	return &counter{key: key, redis: [2]string{prefix + "window:" + name, prefix + "slots:" + name}}
}

// at brings the counter up to date. A window that seems to be the one before is none: the clock of Redis is known only as well
// as answers from there travel evenly.
func (c *counter) at(now time.Time, window int64) {
	if window > c.window || window < c.window-1 {
		c.window = window
		for k := range c.meters {
			c.meters[k].begin()
		}
	}
	if !now.Before(c.until) {
		for k := range c.meters {
			c.meters[k].grant = 0
		}
	}
}

// holds says whether grants of a window may still be used.
func (c *counter) holds(window int64, now time.Time) bool {
	return window == c.granted && now.Before(c.until)
}

// grant adds grants, which end at a time. Those of a window that is over, because answers overtook each other, are dropped.
func (c *counter) grant(window int64, until, now time.Time, more [metered]int64) {
	if window != c.granted {
		if window < c.granted && now.Before(c.until) {
			return
		}
		c.granted, c.until = window, time.Time{}
		for k := range c.meters {
			c.meters[k].grant = 0
		}
	}
	if until.After(c.until) {
		c.until = until
	}
	for k := range c.meters {
		c.meters[k].grant += more[k]
	}
}
