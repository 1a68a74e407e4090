package redis

import (
	"context"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	// probeInterval is how often a server that failed is asked whether it is back.
	probeInterval = 500 * time.Millisecond
	// restInterval is how often a server that is well is asked: nobody else may have asked it for anything.
	restInterval = 5 * time.Second
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

// probe says why the server cannot be used, nil where it can. A Cluster is asked anew who has which keys: a client of one finds out
// by itself that they moved, but not that the node which had them is gone.
func (c *Client) probe(ctx context.Context, s *server) error {
	ctx, cancel := context.WithTimeout(ctx, s.patience(c.timeout))
	defer cancel()
	err := s.client.Set(ctx, c.probeKey, 1, time.Minute).Err()
	if cluster, ok := s.client.(*redis.ClusterClient); ok && err != nil {
		cluster.ReloadState(ctx)
	}
	return err
}
