package proxy

import (
	"math/rand/v2"
	"time"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
)

// Before its n-th retry a request waits for a random time of up to backoffBase doubled n-1 times, and no longer than backoffMost.
// Waiting is what spreads the retries of requests that failed together; the whole of the time is random because that spreads them
// best.
// Source: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
const (
	backoffBase = 25 * time.Millisecond
	backoffMost = time.Second
)

// pause waits before the next target is asked. It does not where an upstream could not be reached and the next target is at another:
// nothing is spared by waiting. It never takes longer than what spent leaves of the request's time. The error is ErrClientGone.
func (e *exchange) pause(c v1alpha1.RetryCondition, failed, next *snapshot.Target, spent time.Duration) error {
	if c == v1alpha1.RetryOnConnectFailure && failed.Upstream != next.Upstream {
		return nil
	}
	wait := min(backoff(e.x.Attempts, rand.Int64N), next.Timeouts.Request-spent)
	if wait <= 0 {
		return nil
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-e.r.Context().Done():
		return ErrClientGone
	}
}

// backoff is how long to wait before the n-th retry, n from 1. draw returns a random number in [0,n).
func backoff(n int, draw func(n int64) int64) time.Duration {
	most := backoffBase
	for ; n > 1 && most < backoffMost; n-- {
		most *= 2
	}
	return time.Duration(draw(int64(min(most, backoffMost)) + 1))
}
