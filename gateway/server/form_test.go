package server

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fairlead-dev/fairlead/gateway/snapshot"
)

// overTLS moves a target behind http.Transport, which reads answers while it still sends requests.
func overTLS(t *testing.T, name string, h http.HandlerFunc) *snapshot.Target {
	t.Helper()
	srv := httptest.NewTLSServer(h)
	t.Cleanup(srv.Close)
	to := targetAt(t, name, srv.URL)
	to.Upstream.Transport = srv.Client().Transport.(*http.Transport)
	return to
}

// transports are both ways to an upstream.
func transports() map[string]func(*testing.T, string, http.HandlerFunc) *snapshot.Target {
	return map[string]func(*testing.T, string, http.HandlerFunc) *snapshot.Target{"Plain": target, "TLS": overTLS}
}

// TestFormsThatTurnOutWrong: what a client did wrong in a form that is already on its way to the upstream is the client's mistake. No
// other target is sent the same, and no target is blamed.
func TestFormsThatTurnOutWrong(t *testing.T) {
	m, long := formPart{name: "model", content: "chat"}, formPart{"file", "a.wav", "audio/wav", strings.Repeat("x", 1<<19)}
	cases := map[string]struct {
		parts  []formPart
		status int
		code   string
	}{
		"TwoModels": {[]formPart{m, long, {name: "model", content: "other"}}, http.StatusBadRequest, "duplicate_key"},
		"TooLarge":  {[]formPart{m, long, long, long}, http.StatusRequestEntityTooLarge, "request_too_large"},
	}
	for name, c := range cases {
		for transport, to := range transports() {
			t.Run(name+transport, func(t *testing.T) {
				var whole atomic.Int32
				read := func(_ http.ResponseWriter, r *http.Request) {
					if _, err := io.Copy(io.Discard, r.Body); err == nil {
						whole.Add(1)
					}
				}
				g := start(t, routes(model("chat", to(t, "a", read), to(t, "b", read))))
				body, contentType := formOf(t, c.parts...)
				r := g.request(http.MethodPost, "/v1/audio/transcriptions", "", "Content-Type", contentType)
				r.Body, r.ContentLength = io.NopCloser(strings.NewReader(body)), -1
				if got := g.do(r); got.StatusCode != c.status || got.code(t) != c.code {
					t.Errorf("status %d %s, want %d %s", got.StatusCode, got.body, c.status, c.code)
				}
				if n := whole.Load(); n != 0 {
					t.Errorf("%d upstreams took the form for whole", n)
				}
				for line := range strings.Lines(g.scrape()) {
					if strings.HasPrefix(line, "fairlead_attempts_total{") && !strings.HasSuffix(strings.TrimSpace(line), " 0") {
						t.Errorf("an attempt was counted: %s", line)
					}
				}
			})
		}
	}
}

// TestFormsAreAnsweredEarly: an upstream that answers before it has read all is heard at once, also where the client sends nothing
// more for a while.
func TestFormsAreAnsweredEarly(t *testing.T) {
	g := start(t, routes(model("chat", overTLS(t, "a", func(w http.ResponseWriter, _ *http.Request) {
		_ = http.NewResponseController(w).EnableFullDuplex()
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusUnprocessableEntity)
		_, _ = io.WriteString(w, `{"error":{"message":"no such language"}}`)
	}))))
	body, contentType := formOf(t, formPart{name: "model", content: "chat"}, formPart{"file", "a.wav", "audio/wav", strings.Repeat("x", 1<<17)})
	at, err := url.Parse(g.url)
	if err != nil {
		t.Fatal(err)
	}
	c, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", at.Host)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(testDeadline))
	fmt.Fprintf(c, "POST /v1/audio/transcriptions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s",
		testKey, contentType, len(body), body[:1<<12])
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatalf("reading the answer: %v", err)
	}
	defer resp.Body.Close()
	if text, err := io.ReadAll(resp.Body); err != nil || resp.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(string(text), "no such language") {
		t.Errorf("status %d %s, %v", resp.StatusCode, text, err)
	}
	if !resp.Close {
		t.Error("the connection is kept, although the rest of the form may still come over it")
	}
}
