package redis

import (
	"context"
	"time"
)

const (
	// probeInterval is how often a server that failed is asked whether it is back.
	probeInterval = 500 * time.Millisecond
	// restInterval is how often a server that is well is asked: nobody else may have asked it for anything.
	restInterval = 5 * time.Second
	// probeKey is written by a probe. A server that is full, or has become a read-only replica, answers PING all the same.
	probeKey = "{fairlead}:probe"
)

// watch probes a server until ctx ends, which is when it is no longer used.
func (c *Client) watch(ctx context.Context, s *server) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.trouble:
			timer.Reset(probeInterval)
			continue
		case <-timer.C:
		}
		began := time.Now()
		if err := c.probe(ctx, s); err == nil {
			s.succeeded()
			c.change(s, false, nil)
			timer.Reset(restInterval)
			continue
		} else if s.failed(began) {
			c.change(s, true, err)
		}
		timer.Reset(probeInterval)
	}
}

// probe says why the server cannot be used, nil where it can.
func (c *Client) probe(ctx context.Context, s *server) error {
	ctx, cancel := context.WithTimeout(ctx, s.patience(c.timeout))
	defer cancel()
	return s.client.Set(ctx, probeKey, 1, time.Minute).Err()
}
