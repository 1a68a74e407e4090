package server

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/fairlead-dev/fairlead/gateway/telemetry"
)

// BenchmarkPassThrough is one exchange of 1 KB over keep-alive connections, with keys, metrics and access log on. The upstream
// and the client are in the same process, so that its time is not the gateway's cost; its allocations are close to it.
func BenchmarkPassThrough(b *testing.B) {
	upstream := "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " + strconv.Itoa(len(chatAnswer)) + "\r\n\r\n" + chatAnswer
	l, err := (&net.ListenConfig{}).Listen(b.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	go answerAll(l, upstream)
	tb := &table{}
	tb.Store(routes(model("chat", targetAt(b, "a", "http://"+l.Addr().String()))))
	s := New(Options{Snapshots: tb})
	s.log = telemetry.NewAccessLog(io.Discard, s.registry)
	defer s.log.Close()
	front, err := (&net.ListenConfig{}).Listen(b.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	srv := s.httpServer(s.Handler())
	defer srv.Close()
	go func() { _ = srv.Serve(front) }()
	conn, err := (&net.Dialer{}).DialContext(b.Context(), "tcp", front.Addr().String())
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close()
	body := `{"model":"chat","messages":[{"role":"user","content":"` + strings.Repeat("x", 950) + `"}],"temperature":0.7}`
	request := "POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + testKey + "\r\nContent-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n" + body
	in, answer := bufio.NewReader(conn), make([]byte, len(chatAnswer))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := io.WriteString(conn, request); err != nil {
			b.Fatal(err)
		}
		for line := ""; line != "\r\n"; {
			if line, err = in.ReadString('\n'); err != nil {
				b.Fatal(err)
			}
		}
		if _, err := io.ReadFull(in, answer); err != nil || string(answer) != chatAnswer {
			b.Fatal(string(answer), err)
		}
	}
}

// answerAll gives the same bytes to every request.
func answerAll(l net.Listener, answer string) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer conn.Close()
			in := bufio.NewReader(conn)
			for {
				r, err := http.ReadRequest(in)
				if err != nil {
					return
				}
				_, _ = io.Copy(io.Discard, r.Body)
				_, _ = io.WriteString(conn, answer)
			}
		}()
	}
}
