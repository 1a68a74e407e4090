package redis

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
)

// failuresMost is how many calls in a row may fail before no more are made.
const failuresMost = 5

// server is one Redis, be it one process or several that stand in for each other, with its circuit breaker. Requests never serve as
// its probes, as they do with the breakers of the usual libraries: each would have to wait for a deadline to find out that nothing has
// changed.
type server struct {
	// client is nil where the address could not be used. Such a server stays away.
	client redis.UniversalClient
	// failures in a row, up to now. Calls that were under way together when one failed count as one: a moment in which nothing
	// gets anywhere is no outage.
	failures atomic.Int32
	mu       sync.Mutex
	failedAt time.Time
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

// failed notes that the server did not answer a call that began at a time, and says whether that was once too often.
func (s *server) failed(began time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if began.Before(s.failedAt) {
		return false
	}
	s.failedAt = time.Now()
	n := s.failures.Add(1)
	select {
	case s.trouble <- struct{}{}:
	default:
	}
	return n >= failuresMost
}

// patience is how long a call may take. Once one has failed, the next ones have half the time: a request may make several calls.
// A server that is away is back when it answers as fast as that, so that one that is just too slow does not come and go.
func (s *server) patience(timeout time.Duration) time.Duration {
	if s.failures.Load() > 0 {
		return timeout / 2
	}
	return timeout
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
