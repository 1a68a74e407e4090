package testcluster

import (
	"io"
	"net"
	"strings"
	"sync"
	"testing"

	"k8s.io/client-go/rest"
)

// Link is a way to the API server that can be cut.
type Link struct {
	t        *testing.T
	target   string
	address  string
	mu       sync.Mutex
	listener net.Listener
	conns    []net.Conn
}

// NewLink returns a Link to the API server of config, and a config that goes through it.
func NewLink(t *testing.T, config *rest.Config) (*Link, *rest.Config) {
	t.Helper()
	l := &Link{t: t, target: strings.Trim(strings.TrimPrefix(config.Host, "https://"), "/"), address: "127.0.0.1:0"}
	l.Mend()
	t.Cleanup(l.Cut)
	through := rest.CopyConfig(config)
	through.Host = "https://" + l.address
	return l, through
}

// Mend lets connections through.
func (l *Link) Mend() {
	l.t.Helper()
	var config net.ListenConfig
	listener, err := config.Listen(l.t.Context(), "tcp", l.address)
	if err != nil {
		l.t.Fatal(err)
	}
	l.mu.Lock()
	l.listener, l.address = listener, listener.Addr().String()
	l.mu.Unlock()
	go func() {
		for {
			in, err := listener.Accept()
			if err != nil {
				return
			}
			var dialer net.Dialer
			out, err := dialer.DialContext(l.t.Context(), "tcp", l.target)
			if err != nil {
				_ = in.Close()
				continue
			}
			l.mu.Lock()
			l.conns = append(l.conns, in, out)
			l.mu.Unlock()
			go func() { _, _ = io.Copy(in, out) }()
			go func() { _, _ = io.Copy(out, in) }()
		}
	}()
}

// Cut ends every connection and refuses new ones.
func (l *Link) Cut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	_ = l.listener.Close()
	for _, c := range l.conns {
		_ = c.Close()
	}
	l.conns = nil
}
