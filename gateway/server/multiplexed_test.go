package server

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

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
