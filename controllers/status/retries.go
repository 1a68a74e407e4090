package status

import (
	"time"

	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
)

const (
	// firstRetry is how long after its first error an object is looked at again. Each further one doubles it.
	firstRetry = 5 * time.Millisecond
	// LongestRetry is the longest wait for objects of which there may be many.
	LongestRetry = 30 * time.Second
)

// Retries is when a controller looks again at an object that it came to an error with: after a growing wait, of most at the most. Without
// that bound the wait grows to a quarter of an hour, in which nothing that only looking tells is seen, such as another value in a Secret.
func Retries(most time.Duration) workqueue.TypedRateLimiter[reconcile.Request] {
	return workqueue.NewTypedItemExponentialFailureRateLimiter[reconcile.Request](firstRetry, most)
}
