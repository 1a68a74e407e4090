package server

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-dev/fairlead/api/testcert"
)

// TestSilentStreamsAreNotCut: a model that thinks for longer than a write may take is no client that does not read.
func TestSilentStreamsAreNotCut(t *testing.T) {
	for name, old := range map[string]bool{"HTTP1": true, "HTTP2": false} {
		t.Run(name, func(t *testing.T) {
			const stall = 50 * time.Millisecond
			a := target(t, "a", func(w http.ResponseWriter, _ *http.Request) {
				oneEvent(w)
				<-time.After(4 * stall)
				_, _ = io.WriteString(w, "data: [DONE]\n\n")
			})
			pair := testcert.New(t, testcert.Options{})
			g := start(t, secure(t, &pair, model("chat", a)))
			g.stall = stall
			g.trusting(old, pair)
			if err := g.endsWithDone(); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestMultiplexedClientsThatDoNotReadAreCutOff: one stream of a connection whose window is full does not hold its upstream for ever.
func TestMultiplexedClientsThatDoNotReadAreCutOff(t *testing.T) {
	cases := map[string]http.HandlerFunc{
		"Stream": func(w http.ResponseWriter, r *http.Request) {
			headersOnly(w)
			for r.Context().Err() == nil {
				if _, err := io.WriteString(w, "data: {\"choices\":[]}\n\n"); err != nil {
					return
				}
			}
		},
		"Body": func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, strings.Repeat("x", 64<<20)) },
	}
	for name, answer := range cases {
		t.Run(name, func(t *testing.T) {
			ended := make(chan struct{})
			a := target(t, "a", func(w http.ResponseWriter, r *http.Request) {
				defer close(ended)
				answer(w, r)
			})
			pair := testcert.New(t, testcert.Options{})
			g := start(t, secure(t, &pair, model("chat", a)))
			g.stall = 100 * time.Millisecond
			g.trusting(false, pair)
			resp, err := g.client.Do(g.request(http.MethodPost, "/v1/chat/completions", chatStream))
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			select {
			case <-ended:
			case <-time.After(testDeadline):
				t.Error("the upstream is still sending to nobody")
			}
		})
	}
}

// slow notes whether there was a deadline when something was sent.
type slow struct {
	*httptest.ResponseRecorder
	deadline time.Time
	sent     []string
}

// SetWriteDeadline sets or lifts it.
func (s *slow) SetWriteDeadline(at time.Time) error {
	s.deadline = at
	return nil
}

func (s *slow) note(what string) {
	if s.deadline.IsZero() {
		what += " without a deadline"
	}
	s.sent = append(s.sent, what)
}

// Write notes that it was called.
func (s *slow) Write(p []byte) (int, error) {
	s.note("write")
	return len(p), nil
}

// FlushError notes that it was called.
func (s *slow) FlushError() error {
	s.note("flush")
	return nil
}

// TestDeadlinesLastAsLongAsTheSending: also the rest of an answer is sent under one, and none is left behind.
func TestDeadlinesLastAsLongAsTheSending(t *testing.T) {
	write := func(w http.ResponseWriter) { _, _ = w.Write([]byte("x")) }
	flush := func(w http.ResponseWriter) { _ = http.NewResponseController(w).Flush() }
	cases := map[string]struct {
		steps []func(http.ResponseWriter)
		want  []string
	}{
		"Nothing": {},
		"Head":    {steps: []func(http.ResponseWriter){func(w http.ResponseWriter) { w.WriteHeader(http.StatusOK) }}},
		"Whole":   {[]func(http.ResponseWriter){write}, []string{"write", "flush"}},
		"Stream":  {[]func(http.ResponseWriter){write, flush, write, flush}, []string{"write", "flush", "write", "flush"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			s := &slow{ResponseRecorder: httptest.NewRecorder()}
			w, end := multiplex(s, &http.Request{ProtoMajor: 2}, time.Minute)
			for _, step := range c.steps {
				step(w)
				if !s.deadline.IsZero() {
					t.Error("a deadline goes on while nothing is sent")
				}
			}
			end()
			if diff := cmp.Diff(c.want, s.sent); diff != "" || !s.deadline.IsZero() {
				t.Errorf("deadline %s at the end; sent (-want +got):\n%s", s.deadline, diff)
			}
		})
	}
	s := &slow{ResponseRecorder: httptest.NewRecorder()}
	if w, end := multiplex(s, &http.Request{ProtoMajor: 1}, time.Minute); w != http.ResponseWriter(s) {
		end()
		t.Error("HTTP/1.1 got another writer")
	}
}
