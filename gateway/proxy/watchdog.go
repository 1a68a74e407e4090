package proxy

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/fairlead-dev/fairlead/gateway/snapshot"
)

// watchdog ends the exchange with one target when it takes too long, by cancelling its context with the cause. One timer serves
// all three timeouts in turn. A timeout of zero does not apply.
type watchdog struct {
	timer  *time.Timer
	cancel context.CancelCauseFunc
	// cause is what the timer stands for at the moment.
	cause atomic.Pointer[error]
	until time.Time
	idle  time.Duration
}

// forever stands in for a timeout that does not apply.
const forever = 365 * 24 * time.Hour

// watch starts with the time that the first byte of a stream may take. A whole answer begins when the target is done with it, so
// its first byte may take as long as the request.
func watch(cancel context.CancelCauseFunc, t snapshot.Timeouts, stream bool) *watchdog {
	if !stream {
		t.FirstByte = 0
	}
	w := &watchdog{cancel: cancel, until: time.Now().Add(orForever(t.Request)), idle: orForever(t.StreamIdle)}
	w.cause.Store(&errFirstByte)
	d := orForever(t.FirstByte)
	if t.Request > 0 && t.Request < d {
		d = t.Request
		w.cause.Store(&errRequest)
	}
	w.timer = time.AfterFunc(d, w.bark)
	return w
}

// alive notes that the target sent something: from now on it is the silence between two reads that counts.
func (w *watchdog) alive() {
	d, cause := w.idle, &errIdle
	if rest := time.Until(w.until); rest < d {
		d, cause = rest, &errRequest
	}
	w.cause.Store(cause)
	w.timer.Reset(d)
}

// within leaves d for all that is still to come.
func (w *watchdog) within(d time.Duration) { w.timer.Reset(d) }

// stop calls the watchdog off.
func (w *watchdog) stop() { w.timer.Stop() }

func (w *watchdog) bark() { w.cancel(*w.cause.Load()) }

func orForever(d time.Duration) time.Duration {
	if d <= 0 {
		return forever
	}
	return d
}
