package redis

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
)

// failuresMost is how many calls in a row may fail before no more are made.
const failuresMost = 5

// server is one Redis server with its circuit breaker. Requests never serve as its probes, as they do with the breakers of the
// usual libraries: each would have to wait for a deadline to find out that nothing has changed.
type server struct {
	// client is nil where the URI could not be read. Such a server stays away.
	client redis.UniversalClient
	// failures in a row, up to now.
	failures atomic.Int32
	// away says that no calls are made.
	away atomic.Bool
	// trouble wakes the probe.
	trouble chan struct{}
	// ended ends the probe.
	ended context.Context
	end   context.CancelFunc
}

func newServer(client redis.UniversalClient) *server {
	s := &server{client: client, trouble: make(chan struct{}, 1)}
	s.away.Store(client == nil)
	s.ended, s.end = context.WithCancel(context.Background())
	return s
}

// succeeded notes that the server answered. The counter is not written where that changes nothing: all requests share it.
func (s *server) succeeded() {
	if s.failures.Load() != 0 {
		s.failures.Store(0)
	}
}

// failed notes that the server did not answer, and says whether that was once too often.
func (s *server) failed() bool {
	n := s.failures.Add(1)
	select {
	case s.trouble <- struct{}{}:
	default:
	}
	return n >= failuresMost
}

// retire closes the server when the calls under way have ended, which is so after a while.
func (s *server) retire(after time.Duration) {
	s.end()
	if s.client != nil {
		time.AfterFunc(after, func() { _ = s.client.Close() })
	}
}

func (s *server) close() error {
	s.end()
	if s.client == nil {
		return nil
	}
	return s.client.Close()
}
