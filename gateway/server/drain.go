package server

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync/atomic"
	"time"
)

// maxLinger is how long connections stay open, at most, after the last answer.
const maxLinger = 2 * time.Second

// drain lets answers under way end, and closes no connection that its client may be about to use.
//
// An answer that began before the drain did not ask its client to close, so the client may send its next request as soon as the
// answer has ended. http.Server.Shutdown closes the connection at that very moment, and that request would be lost with it. So
// the port is closed first, and Shutdown waits until there has been no request for a while: one that still comes is answered,
// and its answer asks the client to close.
func (s *Server) drain(ctx context.Context, front *http.Server, data net.Listener) error {
	s.draining.Store(true)
	s.options.Log.Info("draining", "delay", s.options.DrainDelay.String(), "grace", s.options.Grace.String())
	<-time.After(s.options.DrainDelay)
	ctx, cancel := context.WithTimeout(ctx, s.options.Grace)
	defer cancel()
	_ = data.Close() // Serve ends with an error that says just this
	s.traffic.awaitQuiet(ctx, min(s.options.DrainDelay, maxLinger))
	if err := front.Shutdown(ctx); err != nil {
		return errors.Join(fmt.Errorf("waiting for the last answers: %w", err), front.Close())
	}
	return nil
}

// traffic knows whether requests are under way.
type traffic struct {
	underWay atomic.Int64
	ended    atomic.Int64
}

func (t *traffic) begin() { t.underWay.Add(1) }

// end notes the time only where somebody asks for it: during a drain.
func (t *traffic) end(draining bool) {
	if draining {
		t.ended.Store(time.Now().UnixNano())
	}
	t.underWay.Add(-1)
}

// awaitQuiet waits until there has been no request for the time given, or until ctx is done.
func (t *traffic) awaitQuiet(ctx context.Context, linger time.Duration) {
	t.ended.Store(time.Now().UnixNano())
	ticker := time.NewTicker(max(linger/20, time.Millisecond))
	defer ticker.Stop()
	for t.underWay.Load() > 0 || time.Since(time.Unix(0, t.ended.Load())) < linger {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}
