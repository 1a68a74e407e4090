package ollama_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/internal/testkit"
	"github.com/fairlead-dev/fairlead/controllers/ollama"
)

// failing is a server whose pulls tell of progress and fail then.
type failing struct {
	*httptest.Server
	lines string

	mu    sync.Mutex
	tries []time.Time
}

func newFailing(t *testing.T, lines string) *failing {
	f := &failing{lines: lines}
	f.Server = httptest.NewServer(f)
	t.Cleanup(f.Close)
	return f
}

func (f *failing) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/api/tags" {
		_, _ = io.WriteString(w, `{"models":[]}`)
		return
	}
	f.mu.Lock()
	f.tries = append(f.tries, time.Now())
	f.mu.Unlock()
	_, _ = io.WriteString(w, f.lines)
}

// await returns when pulls were tried once there were so many.
func (f *failing) await(t *testing.T, many int) []time.Time {
	t.Helper()
	var tries []time.Time
	testkit.Eventually(t, func() error {
		f.mu.Lock()
		defer f.mu.Unlock()
		if tries = f.tries; len(tries) < many {
			return fmt.Errorf("only %d tries", len(tries))
		}
		return nil
	})
	return tries
}

// TestLinesAreNoProgress: a server tells how much it has before it fails to get more. That is no reason to say that it pulls, nor to try
// again soon.
func TestLinesAreNoProgress(t *testing.T) {
	const many = 7
	f := newFailing(t, `{"status":"pulling a","digest":"sha256:a","total":100,"completed":100}
{"status":"pulling b","digest":"sha256:b","total":100,"completed":50}
{"status":"pulling b","digest":"sha256:b","total":100,"completed":50}
{"error":"max retries exceeded: dial tcp: lookup blobs.example: no such host"}
`)
	told := make(chan struct{}, 1000)
	pace := brisk()
	pace.Report, pace.Retry, pace.MaxRetry = 0, time.Millisecond, time.Hour
	filler := runningAt(t, pace, func(types.NamespacedName) { told <- struct{}{} })
	filler.Fill(provider, []ollama.Server{{
		Client: ollama.Client{URL: f.URL, HTTP: f.Client()}, Models: []v1alpha1.OllamaModel{{Name: "big"}}, Revision: "1",
	}})
	tries := f.await(t, many)
	if waited := tries[many-1].Sub(tries[many-2]); waited < 1<<(many-2)*time.Millisecond {
		t.Errorf("the last try came %s after the one before, want the wait to have doubled with each", waited)
	}
	// The server answered, the pull began, it said how much there is, the pull failed.
	if n := len(told); n > 5 {
		t.Errorf("told %d times, want 5", n)
	}
}

// TestTheReasonOfAFailureStays: while a model is tried again, the status says why it failed before. A volume that is full takes some
// bytes each time, and fails for the same reason again.
func TestTheReasonOfAFailureStays(t *testing.T) {
	f := newFailing(t, `{"status":"pulling a","digest":"sha256:a","total":100,"completed":1}
{"status":"pulling a","digest":"sha256:a","total":100,"completed":50}
{"error":"write /data/models/blobs/sha256-a-partial: no space left on device"}
`)
	pace := brisk()
	pace.Report, pace.MaxRetry = 0, time.Millisecond
	var filler *ollama.Filler
	var mu sync.Mutex
	var seen []ollama.ModelState
	filler = runningAt(t, pace, func(types.NamespacedName) {
		mu.Lock()
		defer mu.Unlock()
		seen = append(seen, filler.States(provider)[f.URL].Models["big"])
	})
	filler.Fill(provider, []ollama.Server{{
		Client: ollama.Client{URL: f.URL, HTTP: f.Client()}, Models: []v1alpha1.OllamaModel{{Name: "big"}}, Revision: "1",
	}})
	f.await(t, 4)
	mu.Lock()
	defer mu.Unlock()
	failed, again := false, false
	for _, m := range seen {
		failed = failed || m.State == v1alpha1.ModelFailed
		again = again || failed && m.State == v1alpha1.ModelPulling
		if failed && (m.Reason != v1alpha1.ModelDiskFull || m.Message == "") {
			t.Errorf("after the first failure the model is %+v", m)
		}
	}
	if !again {
		t.Errorf("the model was never said to be pulled again: %+v", seen)
	}
}
