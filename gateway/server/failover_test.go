package server

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
)

// hijack takes over the connection and sends raw bytes before it closes it.
func hijack(raw string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			panic(err)
		}
		_, _ = io.WriteString(conn, raw)
		_ = conn.(*net.TCPConn).CloseWrite()
		_, _ = io.Copy(io.Discard, conn)
		_ = conn.Close()
	}
}

// silent accepts the request and says nothing until the gateway gives up.
func silent(begin func(w http.ResponseWriter)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		begin(w)
		<-r.Context().Done()
	}
}

func saysNothing(http.ResponseWriter) {}

func headersOnly(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/event-stream")
	w.WriteHeader(http.StatusOK)
	_ = http.NewResponseController(w).Flush()
}

// impatient gives a target a short first-byte timeout.
func impatient(t *snapshot.Target) *snapshot.Target {
	t.Timeouts.FirstByte = 50 * time.Millisecond
	return t
}

func TestFailover(t *testing.T) {
	fails := map[string]struct {
		reason    string
		target    func(t *testing.T) *snapshot.Target
		condition v1alpha1.RetryCondition
		status    int
		code      string
	}{
		"Refused": {"nobody listens", func(t *testing.T) *snapshot.Target { return refusing(t, "a") }, v1alpha1.RetryOnConnectFailure, 502, "upstream_unreachable"},
		"Closed":  {"hung up", func(t *testing.T) *snapshot.Target { return target(t, "a", hijack("")) }, v1alpha1.RetryOnConnectFailure, 502, "upstream_unreachable"},
		"Garbage": {"no HTTP", func(t *testing.T) *snapshot.Target { return target(t, "a", hijack("hello\r\n\r\n")) }, v1alpha1.RetryOnConnectFailure, 502, "upstream_unreachable"},
		"ShortBody": {"cut before the client had a byte", func(t *testing.T) *snapshot.Target {
			return target(t, "a", hijack("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{"))
		}, v1alpha1.RetryOnConnectFailure, 502, "upstream_unreachable"},
		"EmptyStream": {"no event", func(t *testing.T) *snapshot.Target { return target(t, "a", answering(200, "text/event-stream", "")) }, v1alpha1.RetryOnConnectFailure, 502, "upstream_unreachable"},
		"HalfEvent": {"no whole event", func(t *testing.T) *snapshot.Target {
			return target(t, "a", answering(200, "text/event-stream", "data: {\"choi"))
		}, v1alpha1.RetryOnConnectFailure, 502, "upstream_unreachable"},
		"NoHeaders": {"too slow", func(t *testing.T) *snapshot.Target { return impatient(target(t, "a", silent(saysNothing))) }, v1alpha1.RetryOnTimeout, 504, "upstream_timeout"},
		"NoEvent":   {"headers are not enough", func(t *testing.T) *snapshot.Target { return impatient(target(t, "a", silent(headersOnly))) }, v1alpha1.RetryOnTimeout, 504, "upstream_timeout"},
		"Status408": {"too slow, by its own word", failing(408), v1alpha1.RetryOnTimeout, 408, "theirs"},
		"Status429": {"bare, without Retry-After", failing(429), v1alpha1.RetryOnRateLimited, 429, "theirs"},
		"Status500": {"broken", failing(500), v1alpha1.RetryOnServerError, 500, "theirs"},
		"Status503": {"busy", failing(503), v1alpha1.RetryOnServerError, 503, "theirs"},
		"Status529": {"overloaded, as Anthropic says", failing(529), v1alpha1.RetryOnServerError, 529, "theirs"},
		"Redirect":  {"not followed", failing(307), v1alpha1.RetryOnServerError, 502, "upstream_error"},
	}
	for name, c := range fails {
		t.Run(name+"/MovesOn", func(t *testing.T) {
			g := start(t, routes(model("chat", c.target(t), target(t, "b", answersChat()))))
			if r := g.chat(chatStream); r.StatusCode != http.StatusOK || r.body != chatAnswer || r.Header.Get("X-Should-Retry") != "" {
				t.Errorf("%s: status %d %s", c.reason, r.StatusCode, r.body)
			}
		})
		t.Run(name+"/NotListed", func(t *testing.T) {
			var asked atomic.Int32
			m := model("chat", c.target(t), target(t, "b", counted(&asked, answersChat())))
			m.RetryOn[c.condition] = false
			r := start(t, routes(m)).chat(chatStream)
			if r.StatusCode != c.status || r.code(t) != c.code || asked.Load() != 0 {
				t.Errorf("status %d %q, want %d %q; the second target was asked %d times", r.StatusCode, r.body, c.status, c.code, asked.Load())
			}
			if r.Header.Get("X-Should-Retry") != "" {
				t.Error("after one attempt the client may try again")
			}
		})
		t.Run(name+"/AllFailed", func(t *testing.T) {
			r := start(t, routes(model("chat", failing(500)(t), c.target(t)))).chat(chatStream)
			if r.StatusCode != c.status || r.code(t) != c.code || r.Header.Get("X-Should-Retry") != "false" {
				t.Errorf("status %d %q, x-should-retry %q, want the last answer: %d %q", r.StatusCode, r.body,
					r.Header.Get("X-Should-Retry"), c.status, c.code)
			}
		})
	}
}

func failing(status int) func(*testing.T) *snapshot.Target {
	return func(t *testing.T) *snapshot.Target {
		return target(t, "a", answering(status, "application/json", `{"error":{"message":"no","type":"x","param":null,"code":"theirs"}}`))
	}
}

func counted(n *atomic.Int32, h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		n.Add(1)
		h(w, r)
	}
}

func TestClientErrorsDoNotMoveOn(t *testing.T) {
	for _, status := range []int{400, 403, 404, 409, 413, 422} {
		var asked atomic.Int32
		g := start(t, routes(model("chat", failing(status)(t), target(t, "b", counted(&asked, answersChat())))))
		if r := g.chat(chatRequest); r.StatusCode != status || r.code(t) != "theirs" || asked.Load() != 0 {
			t.Errorf("status %d, want %d; the second target was asked %d times", r.StatusCode, status, asked.Load())
		}
	}
}

// TestAnUpstreamThatRefusesTheGatewaysKey is no matter of the client's key, and its words are not for the client: providers
// repeat a part of the key that they refuse.
func TestAnUpstreamThatRefusesTheGatewaysKey(t *testing.T) {
	refused := func(name string) *snapshot.Target {
		return target(t, name, answering(http.StatusUnauthorized, "application/json", `{"error":{"message":"Incorrect API key provided: sk-up****key"}}`))
	}
	for name, a := range map[string]*snapshot.Target{"PassThrough": refused("a"), "Translated": speakingLines(refused("a"))} {
		t.Run(name, func(t *testing.T) {
			r := start(t, routes(model("chat", a))).chat(chatRequest)
			if r.StatusCode != http.StatusBadGateway || r.code(t) != "upstream_error" || strings.Contains(r.body, "sk-up") {
				t.Errorf("status %d %s", r.StatusCode, r.body)
			}
			if r.Header.Get("X-Should-Retry") != "false" {
				t.Error("the client is left to try again with the same key")
			}
			r = start(t, routes(model("chat", a, target(t, "b", answersChat())))).chat(chatRequest)
			if r.body != chatAnswer || r.Header.Get("X-Should-Retry") != "" {
				t.Errorf("the second target was not asked: status %d %s", r.StatusCode, r.body)
			}
		})
	}
}

func TestAttemptsAreBounded(t *testing.T) {
	var asked atomic.Int32
	down := counted(&asked, answering(503, "application/json", `{"error":{"message":"no","type":"x"}}`))
	m := model("chat", target(t, "a", down), target(t, "b", down), target(t, "c", down), target(t, "d", answersChat()))
	g := start(t, routes(m))
	if r := g.chat(chatRequest); r.StatusCode != http.StatusServiceUnavailable || asked.Load() != 3 || r.Header.Get("X-Should-Retry") != "false" {
		t.Errorf("status %d after %d attempts, want 503 after 1+2", r.StatusCode, asked.Load())
	}
}

func TestTheWholeBodyGoesToTheNextTarget(t *testing.T) {
	body := `{"model":"chat","prompt":"` + strings.Repeat("x", 200_000) + `"}`
	early := func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }
	var got seen
	g := start(t, routes(model("chat", target(t, "a", early), target(t, "b", recording(&got, answersChat())))))
	for range 20 {
		if r := g.post("/v1/completions", body); r.StatusCode != http.StatusOK {
			t.Fatalf("status %d %s", r.StatusCode, r.body)
		}
		if want := strings.Replace(body, `"chat"`, `"upstream-b"`, 1); got.body != want {
			t.Fatalf("the second target got %d bytes, want %d", len(got.body), len(want))
		}
	}
}

func TestNoTargetCanAnswer(t *testing.T) {
	a, b := refusing(t, "a"), refusing(t, "b")
	a.Unavailable, b.Unavailable = "the model is being pulled: 53 %", "no key"
	r := start(t, routes(model("chat", a, b))).chat(chatRequest)
	if r.StatusCode != http.StatusServiceUnavailable || r.code(t) != "no_target_available" || r.Header.Get("Retry-After") == "" {
		t.Errorf("status %d, retry-after %q: %s", r.StatusCode, r.Header.Get("Retry-After"), r.body)
	}
	if m := r.openAIError(t).Message; !strings.Contains(m, "53 %") || !strings.Contains(m, "no key") {
		t.Errorf("message %q does not give the reasons", m)
	}
}

func TestBeforeTheFirstSnapshot(t *testing.T) {
	g := start(t, nil)
	if r := g.chat(chatRequest); r.StatusCode != http.StatusServiceUnavailable || r.code(t) != "not_ready" || r.Header.Get("Retry-After") != "1" {
		t.Errorf("status %d %s", r.StatusCode, r.body)
	}
}

func TestErrorsDoNotNameAddresses(t *testing.T) {
	a := refusing(t, "a")
	r := start(t, routes(model("chat", a))).chat(chatRequest)
	if strings.Contains(r.body, a.Upstream.URL.Host) || strings.Contains(r.body, "127.0.0.1") || strings.Contains(r.body, "sk-upstream") {
		t.Errorf("the answer says too much: %s", r.body)
	}
}

// TestStaleConnectionsAreReplaced uses an upstream that answers one request on each connection, keeps it, and closes it as soon
// as the next request arrives: the race that every keep-alive connection may lose.
func TestStaleConnectionsAreReplaced(t *testing.T) {
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go answerOnce(conn)
		}
	}()
	g := start(t, routes(model("chat", targetAt(t, "a", "http://"+l.Addr().String()))))
	for _, body := range []string{chatRequest, `{"model":"chat","messages":[{}],"x":"` + strings.Repeat("x", 500_000) + `"}`} {
		for i := range 5 {
			if r := g.chat(body); r.StatusCode != http.StatusOK || r.err != nil {
				t.Fatalf("request %d of %d bytes: status %d %s %v", i, len(body), r.StatusCode, r.body, r.err)
			}
		}
	}
}

func answerOnce(conn net.Conn) {
	defer conn.Close()
	in := bufio.NewReader(conn)
	r, err := http.ReadRequest(in)
	if err != nil {
		return
	}
	_, _ = io.Copy(io.Discard, r.Body)
	_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}")
	_, _ = in.Peek(1)
}

func TestRequestTimeoutBoundsTheExchange(t *testing.T) {
	a := target(t, "a", func(w http.ResponseWriter, r *http.Request) {
		headersOnly(w)
		for r.Context().Err() == nil {
			_, _ = io.WriteString(w, "data: {\"choices\":[]}\n\n")
			_ = http.NewResponseController(w).Flush()
			<-time.After(5 * time.Millisecond)
		}
	})
	a.Timeouts.Request = 100 * time.Millisecond
	began := time.Now()
	r := start(t, routes(model("chat", a))).chat(chatStream)
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("took %s", took)
	}
	if errors.Is(r.err, io.ErrUnexpectedEOF) || !strings.Contains(r.body, `"code":"upstream_timeout"`) || strings.Contains(r.body, "[DONE]") {
		t.Errorf("body %q, error %v", r.body, r.err)
	}
}

// TestWholeAnswersMayTakeTheirTime: a target sends the headers of a whole answer when it is done, however long it thinks.
func TestWholeAnswersMayTakeTheirTime(t *testing.T) {
	slow := impatient(target(t, "a", func(w http.ResponseWriter, r *http.Request) {
		<-time.After(4 * 50 * time.Millisecond)
		answersChat()(w, r)
	}))
	if r := start(t, routes(model("chat", slow))).chat(chatRequest); r.StatusCode != http.StatusOK {
		t.Errorf("status %d %s, want the answer: firstByte is for streams", r.StatusCode, r.body)
	}
}
