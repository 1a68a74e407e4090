package upstream

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"time"

	"go.uber.org/goleak"
)

// server answers each connection with a function of its own and counts them.
type server struct {
	address string
	conns   atomic.Int32
}

// listen starts a server; serve gets the number of the connection, from 1.
func listen(t *testing.T, serve func(n int32, c net.Conn, in *bufio.Reader)) *server {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	s := &server{address: l.Addr().String()}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			n := s.conns.Add(1)
			go func() {
				defer c.Close()
				serve(n, c, bufio.NewReader(c))
			}()
		}
	}()
	return s
}

// say answers every request on a connection with the same bytes.
func say(raw string) func(int32, net.Conn, *bufio.Reader) {
	return func(_ int32, c net.Conn, in *bufio.Reader) {
		for takeIn(in) == nil {
			_, _ = io.WriteString(c, raw)
		}
	}
}

// takeIn reads one request.
func takeIn(in *bufio.Reader) error {
	r, err := http.ReadRequest(in)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, r.Body)
	return err
}

const short = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"

func transport(t *testing.T) *Transport {
	t.Helper()
	tr := New((&net.Dialer{}).DialContext)
	t.Cleanup(tr.CloseIdleConnections)
	return tr
}

func post(ctx context.Context, t *testing.T, s *server, body string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+s.address+"/x", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// ask makes one exchange and returns the status and the body.
func ask(t *testing.T, tr *Transport, s *server, body string) (int, string, error) {
	t.Helper()
	resp, err := tr.RoundTrip(post(t.Context(), t, s, body))
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(got), err
}

func TestConnectionsAreUsedAgain(t *testing.T) {
	cases := map[string]struct {
		reason, raw, body string
		again             bool
	}{
		"ContentLength": {"read to its end", short, "hi", true},
		"Chunked":       {"read to its end", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n", "hi", true},
		"NoBody":        {"nothing to read", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "", true},
		"NoContent":     {"nothing to read", "HTTP/1.1 204 No Content\r\n\r\n", "", true},
		"Informational": {"skipped", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + short, "hi", true},
		"Close":         {"asked to", "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi", "hi", false},
		"HTTP10":        {"cannot", "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi", "hi", false},
		"Unasked":       {"what follows is not the answer to anything", short + "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nbad", "hi", false},
		"Upgrade":       {"speaks something else now", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\nContent-Length: 0\r\n\r\n", "", false},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			s, tr := listen(t, say(c.raw)), transport(t)
			for range 3 {
				if _, got, err := ask(t, tr, s, "x"); got != c.body || err != nil {
					t.Fatalf("%s: body %q, %v", c.reason, got, err)
				}
			}
			if n := s.conns.Load(); (n == 1) != c.again {
				t.Errorf("%s: %d connections for 3 requests", c.reason, n)
			}
		})
	}
}

func TestAnswersThatBreakOff(t *testing.T) {
	for name, raw := range map[string]string{
		"Nothing": "", "Garbage": "hello\r\n\r\n", "HalfHead": "HTTP/1.1 200 OK\r\nContent-", "HalfBody": "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhi",
		"HalfChunk": "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhi", "NoLastChunk": "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n",
		"LongHead": "HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", headMost) + "\r\n\r\n", "Endless1xx": strings.Repeat("HTTP/1.1 103 Early Hints\r\n\r\n", 9),
		"TwoLengths": "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nhi!",
	} {
		t.Run(name, func(t *testing.T) {
			s := listen(t, func(_ int32, c net.Conn, in *bufio.Reader) {
				if takeIn(in) == nil {
					_, _ = io.WriteString(c, raw)
				}
			})
			if status, body, err := ask(t, transport(t), s, "x"); err == nil {
				t.Errorf("got status %d, body %q and no error", status, body)
			}
			if n := s.conns.Load(); n != 1 {
				t.Errorf("%d connections: a new one that fails must not be tried again", n)
			}
		})
	}
}

// TestLostRequestsAreSentAgain uses a server that closes each connection when its second request begins to arrive.
func TestLostRequestsAreSentAgain(t *testing.T) {
	for _, size := range []int{1, writeBuffer, 5 << 20} {
		body := strings.Repeat("x", size)
		s := listen(t, func(_ int32, c net.Conn, in *bufio.Reader) {
			if takeIn(in) == nil {
				_, _ = io.WriteString(c, short)
				_, _ = in.Peek(1)
			}
		})
		tr := transport(t)
		for i := range 5 {
			if _, got, err := ask(t, tr, s, body); got != "hi" || err != nil {
				t.Fatalf("request %d of %d bytes: %q, %v", i, size, got, err)
			}
		}
	}
}

func TestConnectionsClosedMeanwhileAreNotUsed(t *testing.T) {
	closed := make(chan struct{}, 1)
	s := listen(t, func(_ int32, c net.Conn, in *bufio.Reader) {
		if takeIn(in) == nil {
			_, _ = io.WriteString(c, short)
		}
		_ = c.Close()
		closed <- struct{}{}
	})
	tr := transport(t)
	if _, _, err := ask(t, tr, s, "x"); err != nil {
		t.Fatal(err)
	}
	<-closed
	untilHeard(tr)
	r := post(t.Context(), t, s, "x")
	r.GetBody = nil // so that it cannot be sent twice
	resp, err := tr.RoundTrip(r)
	if err != nil {
		t.Fatalf("a closed connection was used: %v", err)
	}
	_ = resp.Body.Close()
}

// untilHeard waits until what the other side did has reached the one unused connection.
func untilHeard(tr *Transport) {
	for tr.idle[0].quiet() {
		runtime.Gosched()
	}
}

// TestLateBytesAreNotTakenForAnAnswer sends more than it announced, after its answer has been read.
func TestLateBytesAreNotTakenForAnAnswer(t *testing.T) {
	late, sent := make(chan struct{}), make(chan struct{})
	s := listen(t, func(n int32, c net.Conn, in *bufio.Reader) {
		for takeIn(in) == nil {
			_, _ = io.WriteString(c, short)
			if n == 1 {
				<-late
				_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecret")
				sent <- struct{}{}
			}
		}
	})
	tr := transport(t)
	if _, _, err := ask(t, tr, s, "x"); err != nil {
		t.Fatal(err)
	}
	late <- struct{}{}
	<-sent
	untilHeard(tr)
	if _, got, err := ask(t, tr, s, "x"); got != "hi" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestUnusedConnectionsExpire(t *testing.T) {
	s, tr := listen(t, say(short)), transport(t)
	if _, _, err := ask(t, tr, s, "x"); err != nil {
		t.Fatal(err)
	}
	tr.closeExpired()
	if len(tr.idle) != 1 {
		t.Fatal("a fresh connection was closed")
	}
	tr.idle[0].since = time.Now().Add(-2 * idleTimeout)
	tr.closeExpired()
	if len(tr.idle) != 0 || tr.sweep != nil {
		t.Errorf("%d connections are left", len(tr.idle))
	}
}

func TestRefusalsOfLargeRequestsAreRead(t *testing.T) {
	s := listen(t, func(_ int32, c net.Conn, in *bufio.Reader) {
		_, _ = in.Peek(1)
		_, _ = io.WriteString(c, "HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 2\r\n\r\nno")
		_ = c.(*net.TCPConn).CloseWrite()
		_, _ = io.Copy(io.Discard, in)
	})
	status, body, err := ask(t, transport(t), s, strings.Repeat("x", 8<<20))
	if status != http.StatusRequestEntityTooLarge || body != "no" || err != nil {
		t.Errorf("status %d, body %q, %v", status, body, err)
	}
}

func TestContextEndsTheExchange(t *testing.T) {
	silent := func(head string) func(int32, net.Conn, *bufio.Reader) {
		return func(_ int32, c net.Conn, in *bufio.Reader) {
			if takeIn(in) == nil {
				_, _ = io.WriteString(c, head)
				_, _ = in.Peek(1)
			}
		}
	}
	cases := map[string]struct {
		serve func(int32, net.Conn, *bufio.Reader)
		body  string
	}{
		"WaitingForTheHead": {silent(""), "x"},
		"ReadingTheBody":    {silent("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhi"), "x"},
		"Sending":           {func(int32, net.Conn, *bufio.Reader) { <-t.Context().Done() }, strings.Repeat("x", 32<<20)},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			s, tr := listen(t, c.serve), transport(t)
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
			defer cancel()
			resp, err := tr.RoundTrip(post(ctx, t, s, c.body))
			if err == nil {
				_, err = io.ReadAll(resp.Body)
				_ = resp.Body.Close()
			}
			if err == nil || ctx.Err() == nil {
				t.Errorf("ended with %v, context %v", err, ctx.Err())
			}
			if len(tr.idle) != 0 {
				t.Error("an interrupted connection was kept")
			}
		})
	}
}

func TestContextThatEndsAfterwardsHurtsNobody(t *testing.T) {
	s, tr := listen(t, say(short)), transport(t)
	for range 200 {
		ctx, cancel := context.WithCancel(t.Context())
		resp, err := tr.RoundTrip(post(ctx, t, s, "x"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadAll(resp.Body); err != nil {
			t.Fatal(err)
		}
		cancel()
		_ = resp.Body.Close()
	}
	if n := s.conns.Load(); n != 1 {
		t.Errorf("%d connections, want 1", n)
	}
}

func TestUnreadAnswersCloseTheirConnection(t *testing.T) {
	s, tr := listen(t, say("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"+strings.Repeat("x", 100))), transport(t)
	for range 3 {
		resp, err := tr.RoundTrip(post(t.Context(), t, s, "x"))
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if _, err := resp.Body.Read(make([]byte, 1)); !errors.Is(err, http.ErrBodyReadAfterClose) {
			t.Errorf("reading after Close: %v", err)
		}
	}
	if n := s.conns.Load(); n != 3 {
		t.Errorf("%d connections for 3 answers that were not read", n)
	}
}

// closing is a body that knows whether it was closed.
type closing struct {
	io.Reader
	closed atomic.Bool
}

func (c *closing) Close() error { c.closed.Store(true); return nil }

func TestBodiesAreAlwaysClosed(t *testing.T) {
	s := listen(t, say(short))
	nobody, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = nobody.Close()
	for _, url := range []string{"http://" + s.address, "http://" + nobody.Addr().String(), "https://example.invalid"} {
		body := &closing{Reader: bytes.NewReader([]byte("x"))}
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, body)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := transport(t).RoundTrip(r)
		if err == nil {
			_ = resp.Body.Close()
		}
		if !body.closed.Load() {
			t.Errorf("%s: the body is still open after %v", url, err)
		}
	}
}

func TestBodiesThatFailAreNotWaitedFor(t *testing.T) {
	s := listen(t, say(short))
	r := post(t.Context(), t, s, "x")
	broken := errors.New("broken")
	r.Body = io.NopCloser(iotest.ErrReader(broken))
	resp, err := transport(t).RoundTrip(r)
	if err == nil {
		_ = resp.Body.Close()
	}
	if !errors.Is(err, broken) {
		t.Errorf("got %v, want the error of the body", err)
	}
}

func TestManyAtOnceGetTheirOwnAnswers(t *testing.T) {
	before := goleak.IgnoreCurrent()
	s := listen(t, func(_ int32, c net.Conn, in *bufio.Reader) {
		for {
			r, err := http.ReadRequest(in)
			if err != nil {
				return
			}
			body, _ := io.ReadAll(r.Body)
			resp := http.Response{StatusCode: http.StatusOK, ProtoMajor: 1, ProtoMinor: 1, ContentLength: int64(len(body)), Body: io.NopCloser(bytes.NewReader(body))}
			_ = resp.Write(c)
		}
	})
	tr := New((&net.Dialer{}).DialContext)
	done := make(chan error)
	const clients = 32
	for i := range clients {
		go func() { done <- echo(t, tr, s, strings.Repeat(string(rune('a'+i)), 100*i)) }()
	}
	for range clients {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	tr.CloseIdleConnections()
	goleak.VerifyNone(t, before, goleak.IgnoreTopFunction("internal/poll.runtime_pollWait"))
}

func echo(t *testing.T, tr *Transport, s *server, body string) error {
	for range 50 {
		_, got, err := ask(t, tr, s, body)
		if err != nil {
			return err
		}
		if got != body {
			return errors.New("got the answer of another request")
		}
	}
	return nil
}
