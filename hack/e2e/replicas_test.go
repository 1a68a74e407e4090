package e2e

import (
	"fmt"
	"testing"
	"time"

	"github.com/fairlead-dev/fairlead/hack/stack"
)

// replicas are clients of the single Pods of the gateway, of which the sample has two.
func replicas(t *testing.T, s *stack.Stack, c *stack.Client) map[string]*stack.Client {
	t.Helper()
	all, err := s.Replicas(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != 2 {
		t.Fatalf("expected two gateway Pods, found %d", len(all))
	}
	return all
}

// everywhere asks every replica once, one after the other, and fails the test where an answer is not as expected. code is that of the
// error, or empty.
func everywhere(t *testing.T, all map[string]*stack.Client, key, alias string, status int, code string) {
	t.Helper()
	for pod, c := range all {
		answer, err := c.With(key).Chat(t.Context(), alias, "hi")
		if err != nil {
			t.Fatal(err)
		}
		if err := refusal(answer, status, code); err != nil {
			t.Errorf("%s, asked for %s: %v", pod, alias, err)
		}
	}
}

// refusal says how an answer differs from what is expected.
func refusal(answer *stack.Answer, status int, code string) error {
	if answer.Status != status || answer.Code() != code {
		return fmt.Errorf("expected %d %q, found %d: %s", status, code, answer.Status, answer.Body)
	}
	return nil
}

// converge asks every replica in turn until all answer as expected, and returns how long that took.
func converge(t *testing.T, all map[string]*stack.Client, key, alias string, status int, code string) time.Duration {
	t.Helper()
	began := time.Now()
	for pod, c := range all {
		for {
			answer, err := c.With(key).Chat(t.Context(), alias, "hi")
			if err != nil {
				t.Fatal(err)
			}
			err = refusal(answer, status, code)
			if err == nil {
				break
			}
			if time.Since(began) > limit {
				t.Fatalf("%s, asked for %s for %s: %v", pod, alias, limit, err)
			}
		}
	}
	return time.Since(began)
}
