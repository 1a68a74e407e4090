package e2e

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/hack/stack"
)

const (
	// recorded bounds the time until the ledger in PostgreSQL is complete.
	recorded = 10 * time.Second
	// pageOfUsage is the largest that is answered.
	pageOfUsage = "1000"
)

// TestUsageIsComplete sends requests and streams with a key of its own: the ledger has each exactly once.
func TestUsageIsComplete(t *testing.T) {
	s, c := connect(t)
	metered(t, s, c, "usage", func() { pause(t, 3*time.Second) })
}

// TestUsageOutlivesAReplica deletes the gateway's Pods while requests are accounted for.
func TestUsageOutlivesAReplica(t *testing.T) {
	s, c := connect(t)
	metered(t, s, c, "usage-roll", func() { replacePods(t, s, s.Namespace, "gateway") })
}

// TestUsageOutlivesPostgres deletes the database's Pod while requests are accounted for. No request fails meanwhile.
func TestUsageOutlivesPostgres(t *testing.T) {
	s, c := connect(t)
	metered(t, s, c, "usage-postgres", func() { restartStore(t, s, "postgres") })
}

// TestLimitsOutliveRedis deletes Redis's Pod while requests count against a limit: each replica counts for itself until it is back.
func TestLimitsOutliveRedis(t *testing.T) {
	s, c := connect(t)
	metered(t, s, c, "usage-redis", func() { restartStore(t, s, "redis") })
}

// metered has a load with a key of its own, whose limits are never reached, while f runs, and checks that the ledger is complete once it is over.
func metered(t *testing.T, s *stack.Stack, c *stack.Client, name string, f func()) {
	t.Helper()
	alias, object := upstream(t, s, name), stack.NewKey(s.Namespace, "e2e-"+name)
	object.Spec.RateLimits = []v1alpha1.RateLimit{{Name: "wide", Per: v1alpha1.LimitPerKey, Requests: 1_000_000, Parallel: 1000}}
	key := issue(t, s, object)
	result := underLoad(t, c.With(key), alias, alias, f)
	want, began := result.Chats+result.Streams, time.Now()
	var states map[string]int
	err := wait.PollUntilContextTimeout(t.Context(), 200*time.Millisecond, recorded, true, func(ctx context.Context) (bool, error) {
		var err error
		states, err = usageOf(ctx, c, s.Namespace+"/"+object.Name)
		return states["complete"] == want, err
	})
	if err != nil || len(states) != 1 {
		t.Errorf("expected %d complete events of the key within %s, found %v (%v)", want, recorded, states, err)
		return
	}
	t.Logf("all %d events are in PostgreSQL %d ms after the last answer", want, time.Since(began).Milliseconds())
}

// usageOf counts the events of a key by their state, each event once. While the database is away it counts none.
func usageOf(ctx context.Context, c *stack.Client, key string) (map[string]int, error) {
	states, seen, cursor := map[string]int{}, map[string]bool{}, ""
	for {
		query := url.Values{"api_key": {key}, "limit": {pageOfUsage}, "cursor": {cursor}}
		answer, err := c.Call(ctx, http.MethodGet, "/spend/logs?"+query.Encode(), nil)
		if err != nil || answer.Status == http.StatusServiceUnavailable {
			return nil, err
		}
		var page []struct {
			Metadata struct {
				ID    string `json:"event_id"`
				State string `json:"state"`
			} `json:"metadata"`
		}
		if err := answer.Decode(&page); err != nil {
			return nil, err
		}
		for _, entry := range page {
			if seen[entry.Metadata.ID] {
				return nil, fmt.Errorf("event %s is told twice", entry.Metadata.ID)
			}
			seen[entry.Metadata.ID] = true
			states[entry.Metadata.State]++
		}
		if cursor = answer.Header.Get("X-Next-Cursor"); cursor == "" {
			return states, nil
		}
	}
}

// restartStore deletes the Pod of a managed store and waits until its successor is ready.
func restartStore(t *testing.T, s *stack.Stack, store string) {
	t.Helper()
	var pod corev1.Pod
	key := client.ObjectKey{Namespace: s.Namespace, Name: stack.Gateway + "-" + store + "-0"}
	if err := s.Client.Get(t.Context(), key, &pod); err != nil {
		t.Error(err)
		return
	}
	old := pod.UID
	if err := s.Client.Delete(t.Context(), &pod); err != nil {
		t.Error(err)
		return
	}
	err := wait.PollUntilContextTimeout(t.Context(), 200*time.Millisecond, limit, true, func(ctx context.Context) (bool, error) {
		if err := s.Client.Get(ctx, key, &pod); err != nil {
			return false, client.IgnoreNotFound(err)
		}
		return pod.UID != old && readyPod(&pod), nil
	})
	if err != nil {
		t.Errorf("waiting for the new %s: %v", key.Name, err)
	}
}

func readyPod(pod *corev1.Pod) bool {
	for _, c := range pod.Status.Conditions {
		if c.Type == corev1.PodReady {
			return c.Status == corev1.ConditionTrue
		}
	}
	return false
}
