package ollama_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"k8s.io/apimachinery/pkg/types"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/internal/testkit"
	"github.com/fairlead-dev/fairlead/controllers/ollama"
)

// slow is a server whose pulls take long to end after they were cancelled.
type slow struct {
	// linger keeps cancelled pulls from ending until it is closed.
	linger chan struct{}

	mu            sync.Mutex
	pulling, most int
	pulled        int
}

// RoundTrip answers without a network.
func (s *slow) RoundTrip(r *http.Request) (*http.Response, error) {
	answer := &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader(`{"models":[]}`)), Request: r}
	if r.URL.Path == "/api/pull" {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.pulling++
		s.pulled++
		s.most = max(s.most, s.pulling)
		answer.Body = &slowBody{s, r}
	}
	return answer, nil
}

func (s *slow) counts() (pulled, most int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.pulled, s.most
}

type slowBody struct {
	*slow
	r *http.Request
}

func (b *slowBody) Read([]byte) (int, error) {
	<-b.r.Context().Done()
	<-b.linger
	return 0, errors.New("cancelled")
}

func (b *slowBody) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.pulling--
	return nil
}

// TestOneWorkerAtATime: whatever is asked of a server in whatever order, a new pull begins when the one before has really ended.
func TestOneWorkerAtATime(t *testing.T) {
	s := &slow{linger: make(chan struct{})}
	f := running(t, func(types.NamespacedName) {})
	t.Cleanup(func() { closeOnce(s.linger) })
	asking := func(revision string) []ollama.Server {
		return []ollama.Server{{
			Client: ollama.Client{URL: "http://slow", HTTP: &http.Client{Transport: s}}, Revision: revision,
			Models: []v1alpha1.OllamaModel{{Name: v1alpha1.ModelName("m" + revision)}},
		}}
	}
	expect := func(want int) {
		t.Helper()
		testkit.Eventually(t, func() error {
			if pulled, _ := s.counts(); pulled < want {
				return fmt.Errorf("%d pulls have begun, want %d", pulled, want)
			}
			return nil
		})
	}
	f.Fill(provider, asking("1"))
	expect(1)
	// Asked for something else, twice, then gone, then back: the first pull still lingers.
	f.Fill(provider, asking("2"))
	f.Fill(provider, asking("3"))
	f.Fill(provider, nil)
	f.Fill(provider, asking("4"))
	if pulled, _ := s.counts(); pulled != 1 {
		t.Errorf("%d pulls have begun while the first goes on", pulled)
	}
	closeOnce(s.linger)
	expect(2)
	if _, most := s.counts(); most != 1 {
		t.Errorf("%d pulls were under way at once", most)
	}
}

func closeOnce(c chan struct{}) {
	select {
	case <-c:
	default:
		close(c)
	}
}
