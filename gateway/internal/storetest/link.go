package storetest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	toxiproxy "github.com/Shopify/toxiproxy/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"
)

// Link is a network between a client and a server, whose faults a test chooses (toxiproxy).
type Link struct {
	t     testing.TB
	proxy *toxiproxy.Proxy
}

// NewLink returns a sound Link to the server at an address, which ends with the test.
func NewLink(t testing.TB, server string) *Link {
	t.Helper()
	api := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(prometheus.NewRegistry()), zerolog.Nop())
	l := &Link{t: t, proxy: toxiproxy.NewProxy(api, "link", freeAddress(t).String(), server)}
	if err := l.proxy.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.proxy.Stop)
	return l
}

// Address that clients connect to.
func (l *Link) Address() string { return l.proxy.Listen }

// LimitUp ends each connection after so many bytes to the server, and LimitDown after so many from it.
func (l *Link) LimitUp(bytes int) { l.limit("upstream", bytes) }

// LimitDown ends each connection after so many bytes from the server: what the client sent has arrived, the answer has not.
func (l *Link) LimitDown(bytes int) { l.limit("downstream", bytes) }

// Delay holds back for so long what the server sends.
func (l *Link) Delay(d time.Duration) {
	l.t.Helper()
	l.add(fmt.Sprintf(`{"type":"latency","stream":"downstream","attributes":{"latency":%d}}`, d.Milliseconds()))
}

func (l *Link) limit(stream string, bytes int) {
	l.t.Helper()
	l.add(fmt.Sprintf(`{"type":"limit_data","stream":%q,"attributes":{"bytes":%d}}`, stream, bytes))
}

func (l *Link) add(toxic string) {
	l.t.Helper()
	if _, err := l.proxy.Toxics.AddToxicJson(strings.NewReader(toxic)); err != nil {
		l.t.Fatal(err)
	}
}

// Mend takes all faults away.
func (l *Link) Mend() { l.proxy.Toxics.ResetToxics(l.t.Context()) }
