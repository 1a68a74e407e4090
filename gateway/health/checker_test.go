package health

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-logr/logr"

	"github.com/fairlead-dev/fairlead/gateway/load"
	"github.com/fairlead-dev/fairlead/gateway/provider"
	"github.com/fairlead-dev/fairlead/gateway/provider/anthropic"
	"github.com/fairlead-dev/fairlead/gateway/provider/azure"
	"github.com/fairlead-dev/fairlead/gateway/provider/bedrock"
	"github.com/fairlead-dev/fairlead/gateway/provider/gemini"
	"github.com/fairlead-dev/fairlead/gateway/provider/ollama"
	"github.com/fairlead-dev/fairlead/gateway/provider/openai"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
)

const every = 30 * time.Second

// server is an upstream without a network.
type server struct {
	status atomic.Int32
	mu     sync.Mutex
	asked  []*http.Request
}

// RoundTrip answers with the status, and fails where that is 0.
func (s *server) RoundTrip(r *http.Request) (*http.Response, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, r)
	status := int(s.status.Load())
	if status == 0 {
		return nil, errors.New("connection refused")
	}
	return &http.Response{StatusCode: status, Body: io.NopCloser(strings.NewReader("{}"))}, nil
}

func (s *server) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.asked)
}

func upstream(s *server, p provider.Provider) *snapshot.Upstream {
	return &snapshot.Upstream{
		Provider: "ai/up", URL: &url.URL{Scheme: "https", Host: "up.example", Path: "/base"}, Query: "api-version=1",
		Header: http.Header{"Authorization": {"Bearer sk-secret"}}, Protocol: p, Transport: s, CheckEvery: every,
	}
}

// table serves a snapshot with one target for each upstream.
type table struct {
	atomic.Pointer[snapshot.Snapshot]
}

func (tb *table) serve(e *load.Endpoint, upstreams ...*snapshot.Upstream) {
	s := &snapshot.Snapshot{Models: map[string]*snapshot.Model{}}
	for _, u := range upstreams {
		s.Models["m"] = &snapshot.Model{Tiers: [][]*snapshot.Target{{{Upstream: u, Load: e}}}}
	}
	tb.Store(s)
}

// running starts a Checker; the function returned stops it and waits for its end.
func running(t *testing.T, tb *table) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var done sync.WaitGroup
	done.Go(func() { New(Options{Snapshots: tb, Log: logr.Discard()}).Run(ctx) })
	return func() {
		cancel()
		done.Wait()
	}
}

// after lets time go by in a bubble.
func after(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

func TestTwoFailuresTakeOutAndOneSuccessBringsBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, e := &server{}, load.NewEndpoint(time.Now())
		s.status.Store(http.StatusOK)
		var tb table
		tb.serve(e, upstream(s, openai.New()))
		defer running(t, &tb)()

		after(2 * every)
		if n := s.count(); n < 1 || n > 3 || !e.Usable(time.Now()) {
			t.Fatalf("%d checks in two intervals, usable: %v", n, e.Usable(time.Now()))
		}
		for _, status := range []int32{0, http.StatusUnauthorized, http.StatusInternalServerError} {
			s.status.Store(status)
			before := s.count()
			for s.count() < before+1 {
				after(followEvery)
			}
			if !e.Usable(time.Now()) {
				t.Errorf("status %d: one failure took the upstream out", status)
			}
			for s.count() < before+2 {
				after(followEvery)
			}
			if e.Usable(time.Now()) {
				t.Errorf("status %d: two failures did not take it out", status)
			}
			s.status.Store(http.StatusNotFound)
			after(2 * every)
			if !e.Usable(time.Now()) {
				t.Errorf("after status %d: a success did not bring it back", status)
			}
		}
	})
}

func TestSnapshotsAreFollowed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first, second, e := &server{}, &server{}, load.NewEndpoint(time.Now())
		var tb table
		stop := running(t, &tb)
		after(every)
		tb.serve(e, upstream(first, openai.New()))
		after(4 * every)
		if e.Usable(time.Now()) {
			t.Fatal("an upstream that came later is not checked")
		}
		unchecked := upstream(first, openai.New())
		unchecked.CheckEvery = 0
		tb.serve(e, unchecked)
		after(2 * followEvery)
		if !e.Usable(time.Now()) {
			t.Error("an upstream that is not checked any more stays out for ever")
		}
		before := first.count()
		tb.serve(e, upstream(second, openai.New()))
		after(4 * every)
		if first.count() != before || second.count() < 3 {
			t.Errorf("the old one was asked %d times more, the new one %d times", first.count()-before, second.count())
		}
		stop()
		asked := second.count()
		after(4 * every)
		if second.count() != asked {
			t.Error("it checks on after the end")
		}
	})
}

func TestUpstreamsThatHangAreDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := load.NewEndpoint(time.Now())
		u := upstream(nil, openai.New())
		u.Transport = hanging{}
		var tb table
		tb.serve(e, u)
		defer running(t, &tb)()
		after(3*every + 2*patience)
		if e.Usable(time.Now()) {
			t.Error("an upstream that does not answer is not down")
		}
	})
}

// hanging never answers.
type hanging struct{}

// RoundTrip waits for the end of the context.
func (hanging) RoundTrip(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

func TestQuestions(t *testing.T) {
	cases := map[string]struct {
		protocol provider.Provider
		want     string
		header   string
	}{
		"OpenAI":     {openai.New(), "GET https://up.example/base/models?api-version=1", "Authorization"},
		"Compatible": {openai.NewCompatible(), "GET https://up.example/base/models?api-version=1", "Authorization"},
		"Azure":      {azure.New(), "GET https://up.example/base/openai/models?api-version=1", "Authorization"},
		"Anthropic":  {anthropic.New(), "GET https://up.example/base/v1/models?api-version=1", "Anthropic-Version"},
		"Gemini":     {gemini.New(), "GET https://up.example/base/v1beta/models?api-version=1", "Authorization"},
		"Ollama":     {ollama.New(), "GET https://up.example/base/api/version?api-version=1", "Authorization"},
		"Bedrock":    {bedrock.New(), "HEAD https://up.example/", ""},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			s := &server{}
			s.status.Store(http.StatusOK)
			if err := ask(t.Context(), upstream(s, c.protocol)); err != nil {
				t.Fatal(err)
			}
			r := s.asked[0]
			if got := r.Method + " " + r.URL.String(); got != c.want {
				t.Errorf("asked %s, want %s", got, c.want)
			}
			if c.header != "" && r.Header.Get(c.header) == "" {
				t.Errorf("no header %s", c.header)
			}
			if c.header == "" && r.Header.Get("Authorization") != "" {
				t.Error("the credential was sent where nothing needs it")
			}
		})
	}
}

// TestServersThatSleepAreNotChecked: that nobody answers is as it should be, and says nothing about them once they run.
func TestServersThatSleepAreNotChecked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, e := &server{}, load.NewEndpoint(time.Now())
		e.SetDown(true)
		var tb table
		tb.serve(e, upstream(s, ollama.New()))
		tb.Load().Models["m"].Tiers[0][0].Activation = &snapshot.Activation{Asleep: true, Timeout: time.Minute}
		defer running(t, &tb)()
		after(4 * every)
		if s.count() != 0 || !e.Usable(time.Now()) {
			t.Errorf("asked %d times, usable: %v; want no check, and no judgement of an earlier one", s.count(), e.Usable(time.Now()))
		}
	})
}
