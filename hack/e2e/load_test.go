package e2e

import (
	"testing"
	"time"

	"github.com/fairlead-dev/fairlead/hack/stack"
)

const (
	// limit bounds every wait for the cluster.
	limit = 2 * time.Minute
	// rate is how many requests are sent in a second while something happens; streams is how many streams are open.
	rate, workers, streams = 120, 16, 20
	// streamTokens at 50 ms each make a stream of 10 s: long enough to live through many changes.
	streamTokens = 200
)

// underLoad runs f while requests and streams go on, and fails the test unless every one of them was answered completely.
func underLoad(t *testing.T, client *stack.Client, alias, streamAlias string, f func()) *stack.Result {
	t.Helper()
	load := &stack.Load{
		Client: client, Model: alias, Rate: rate, Workers: workers,
		StreamModel: streamAlias, Streams: streams, StreamTokens: streamTokens,
	}
	finish := load.Start(t.Context())
	f()
	result := finish()
	t.Logf("%s", result)
	if result.Failed > 0 {
		t.Errorf("expected no failed or cut request, found %d: %q", result.Failed, result.Failures)
	}
	if result.Chats == 0 || result.Streams < streams {
		t.Errorf("expected a load of requests and at least %d streams, found %s", streams, result)
	}
	return result
}

// pause lets time pass, unless the test ends before.
func pause(t *testing.T, d time.Duration) {
	t.Helper()
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-t.Context().Done():
		t.Fatal(t.Context().Err())
	case <-timer.C:
	}
}
