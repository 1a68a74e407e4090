package server

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/fairlead-dev/fairlead/gateway/upstream"
)

// watching is an upstream that reports when a request has arrived and when it was cancelled.
type watching struct {
	arrived, cancelled chan struct{}
}

func newWatching() *watching {
	return &watching{make(chan struct{}, 2000), make(chan struct{}, 2000)}
}

func (u *watching) handler(begin func(http.ResponseWriter)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		begin(w)
		u.arrived <- struct{}{}
		<-r.Context().Done()
		u.cancelled <- struct{}{}
	}
}

func oneEvent(w http.ResponseWriter) {
	headersOnly(w)
	_, _ = io.WriteString(w, "data: {\"choices\":[]}\n\n")
	_ = http.NewResponseController(w).Flush()
}

func TestClientGoneCancelsUpstreamAtOnce(t *testing.T) {
	cases := map[string]struct {
		body  string
		begin func(http.ResponseWriter)
	}{
		"BeforeTheAnswer":       {chatRequest, saysNothing},
		"StreamBeforeItsAnswer": {chatStream, saysNothing},
		"StreamBeforeItsEvent":  {chatStream, headersOnly},
		"MidStream":             {chatStream, oneEvent},
		"MidBody": {chatRequest, func(w http.ResponseWriter) {
			_, _ = w.Write(make([]byte, 64<<10))
			_ = http.NewResponseController(w).Flush()
		}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			u := newWatching()
			g := start(t, routes(model("chat", target(t, "a", u.handler(c.begin)), refusing(t, "b"))))
			ctx, cancel := context.WithCancel(t.Context())
			ended, r := make(chan struct{}), g.request(http.MethodPost, "/v1/chat/completions", c.body).WithContext(ctx)
			go func() {
				defer close(ended)
				resp, err := g.client.Do(r)
				if err == nil {
					_, _ = io.Copy(io.Discard, resp.Body)
					_ = resp.Body.Close()
				}
			}()
			<-u.arrived
			cancel()
			began := time.Now()
			<-u.cancelled
			if took := time.Since(began); took > 100*time.Millisecond {
				t.Errorf("the upstream was cancelled after %s", took)
			}
			<-ended
		})
	}
}

// TestDisconnectsLeaveNothingBehind lets a thousand clients go away in the middle of a stream.
func TestDisconnectsLeaveNothingBehind(t *testing.T) {
	const clients, atOnce = 1000, 50
	before := goleak.IgnoreCurrent()
	u := newWatching()
	far := httptest.NewServer(u.handler(oneEvent))
	a := targetAt(t, "a", far.URL)
	g := start(t, routes(model("chat", a)))
	var wg sync.WaitGroup
	for range atOnce {
		wg.Go(func() {
			for range clients / atOnce {
				g.leaveMidStream()
			}
		})
	}
	wg.Wait()
	for range clients {
		<-u.cancelled
	}
	eventually(t, testDeadline, "requests in flight reach 0", func() bool { return g.metric("fairlead_requests_in_flight") == 0 })
	g.client.CloseIdleConnections()
	a.Upstream.Transport.(*upstream.Transport).CloseIdleConnections()
	far.Close()
	g.front.Close()
	goleak.VerifyNone(t, before)
}

// leaveMidStream reads the first event and hangs up.
func (g *gateway) leaveMidStream() {
	ctx, cancel := context.WithCancel(g.t.Context())
	defer cancel()
	resp, err := g.client.Do(g.request(http.MethodPost, "/v1/chat/completions", chatStream).WithContext(ctx))
	if err != nil {
		g.t.Error(err)
		return
	}
	defer resp.Body.Close()
	_, _ = resp.Body.Read(make([]byte, 64))
}

// TestClientsThatDoNotReadAreCutOff fills a client's receive buffer, which it never empties.
func TestClientsThatDoNotReadAreCutOff(t *testing.T) {
	cancelled := make(chan struct{})
	a := target(t, "a", func(w http.ResponseWriter, r *http.Request) {
		defer close(cancelled)
		headersOnly(w)
		for r.Context().Err() == nil {
			if _, err := w.Write([]byte("data: {\"choices\":[]}\n\n")); err != nil {
				return
			}
		}
	})
	g := start(t, routes(model("chat", a)))
	g.stall = 100 * time.Millisecond
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", g.front.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := g.request(http.MethodPost, "/v1/chat/completions", chatStream).Write(conn); err != nil {
		t.Fatal(err)
	}
	select {
	case <-cancelled:
	case <-time.After(testDeadline):
		t.Error("the upstream is still sending to nobody")
	}
}

// TestLongStreamsAreServed reads a stream that takes longer than one write may.
func TestLongStreamsAreServed(t *testing.T) {
	a := target(t, "a", func(w http.ResponseWriter, _ *http.Request) {
		headersOnly(w)
		for range 20 {
			_, _ = io.WriteString(w, "data: {\"choices\":[]}\n\n")
			_ = http.NewResponseController(w).Flush()
			<-time.After(10 * time.Millisecond)
		}
		_, _ = io.WriteString(w, "data: [DONE]\n\n")
	})
	g := start(t, routes(model("chat", a)))
	g.stall = 100 * time.Millisecond
	if err := g.endsWithDone(); err != nil {
		t.Error(err)
	}
}

func (g *gateway) endsWithDone() error {
	resp, err := g.client.Do(g.request(http.MethodPost, "/v1/chat/completions", chatStream))
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	all, err := io.ReadAll(resp.Body)
	if err != nil || !strings.HasSuffix(string(all), "data: [DONE]\n\n") {
		return fmt.Errorf("the stream ended with %q: %w", all[max(0, len(all)-100):], err)
	}
	return nil
}
