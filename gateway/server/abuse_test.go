package server

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fairlead-dev/fairlead/api/testcert"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
)

// pipes is a listener of connections in memory, which go by the clock of the test.
type pipes struct {
	accepted chan net.Conn
	closed   chan struct{}
	once     sync.Once
}

// Accept returns the next connection.
func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.accepted:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

// Close ends Accept.
func (p *pipes) Close() error {
	p.once.Do(func() { close(p.closed) })
	return nil
}

// Addr is none.
func (p *pipes) Addr() net.Addr { return &net.UnixAddr{} }

// connected runs a test with the client's end of a connection to a gateway that serves a snapshot.
func connected(t *testing.T, snap *snapshot.Snapshot, test func(t *testing.T, client net.Conn)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		tb := &table{}
		tb.Store(snap)
		s := New(Options{Snapshots: tb})
		p := &pipes{accepted: make(chan net.Conn), closed: make(chan struct{})}
		serving := s.httpServer(s.Handler())
		go func() { _ = serving.Serve(s.front(p)) }()
		client, theirs := net.Pipe()
		p.accepted <- theirs
		test(t, client)
		_ = client.Close()
		_ = serving.Close()
		<-time.After(time.Minute) // whoever waits for the next second finds that all is closed
	})
}

// TestSlowClients: who does not say within a time what is wanted, and who does so drop by drop, is hung up on.
func TestSlowClients(t *testing.T) {
	pair := testcert.New(t, testcert.Options{})
	for name, tc := range map[string]struct {
		snapshot *snapshot.Snapshot
		says     string
		drop     string
		within   time.Duration
	}{
		"Handshake": {snapshot: secure(t, &pair), within: headerTimeout},
		"Silent":    {snapshot: routes(), within: headerTimeout},
		"Headers":   {snapshot: routes(), says: "GET /v1/models HTTP/1.1\r\nHost: a\r\n", drop: "A: b\r\n", within: headerTimeout},
		"Body": {
			snapshot: routes(), within: bodyTimeout, drop: "a",
			says: "POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			connected(t, tc.snapshot, func(t *testing.T, client net.Conn) {
				began := time.Now()
				go func() {
					_, err := io.WriteString(client, tc.says)
					for err == nil && tc.drop != "" {
						<-time.After(time.Second)
						_, err = io.WriteString(client, tc.drop)
					}
				}()
				_, _ = io.Copy(io.Discard, client)
				if took := time.Since(began); took > tc.within+5*time.Second {
					t.Errorf("hung up after %s, want %s", took, tc.within)
				}
			})
		})
	}
}

// TestHugeHeaders: headers that are larger than any client's are answered without being kept.
func TestHugeHeaders(t *testing.T) {
	connected(t, routes(), func(t *testing.T, client net.Conn) {
		go func() {
			_, _ = io.WriteString(client, "GET /v1/models HTTP/1.1\r\nHost: a\r\nA: "+strings.Repeat("a", 2*maxHeaderBytes)+"\r\n\r\n")
		}()
		answer, err := http.ReadResponse(bufio.NewReader(client), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		if answer.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
			t.Errorf("status %d, want 431", answer.StatusCode)
		}
	})
}
