package egress

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// names is a DNS server. Each question for a name takes the next of its addresses; the last one stays.
type names struct {
	mu   sync.Mutex
	next map[string][]string
}

// resolver asks the server over UDP, as a Pod does.
func (n *names) resolver(t *testing.T) *net.Resolver {
	t.Helper()
	conn, err := (&net.ListenConfig{}).ListenPacket(t.Context(), "udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	go n.serve(conn)
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
}

func (n *names) serve(conn net.PacketConn) {
	buffer := make([]byte, 1500)
	for {
		size, from, err := conn.ReadFrom(buffer)
		if err != nil {
			return
		}
		var m dnsmessage.Message
		if m.Unpack(buffer[:size]) != nil || len(m.Questions) == 0 {
			continue
		}
		n.answer(&m)
		if packed, err := m.Pack(); err == nil {
			_, _ = conn.WriteTo(packed, from)
		}
	}
}

func (n *names) answer(m *dnsmessage.Message) {
	q := m.Questions[0]
	m.Response, m.RCode, m.Additionals = true, dnsmessage.RCodeNameError, nil
	n.mu.Lock()
	defer n.mu.Unlock()
	name := strings.TrimSuffix(q.Name.String(), ".")
	list := n.next[name]
	if len(list) == 0 {
		return
	}
	m.RCode = dnsmessage.RCodeSuccess
	address := netip.MustParseAddr(list[0])
	if address.Is4() != (q.Type == dnsmessage.TypeA) {
		return
	}
	if len(list) > 1 {
		n.next[name] = list[1:]
	}
	head := dnsmessage.ResourceHeader{Name: q.Name, Class: dnsmessage.ClassINET}
	if address.Is4() {
		m.Answers = []dnsmessage.Resource{{Header: head, Body: &dnsmessage.AResource{A: address.As4()}}}
	} else {
		m.Answers = []dnsmessage.Resource{{Header: head, Body: &dnsmessage.AAAAResource{AAAA: address.As16()}}}
	}
}

// canary is a server that nobody may reach.
func canary(t *testing.T) (port string) {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { t.Errorf("reached by %s", r.Host) }))
	t.Cleanup(s.Close)
	u, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	return u.Port()
}

// forging is what URLs made to get behind a gateway look like. PORT is that of a server on this machine.
var forging = []string{
	// This machine, and the ways to write its address that one resolver or another takes.
	"http://127.0.0.1:PORT/", "http://127.0.0.1:PORT/v1/models", "http://127.1:PORT/", "http://127.0.1:PORT/", "http://127.255.255.254:PORT/",
	"http://0:PORT/", "http://0.0.0.0:PORT/", "http://0x7f.0.0.1:PORT/", "http://0x7f000001:PORT/", "http://0177.0.0.1:PORT/",
	"http://017700000001:PORT/", "http://2130706433:PORT/", "http://0000127.0.0.1:PORT/", "http://[::1]:PORT/", "http://[::]:PORT/",
	"http://[0:0:0:0:0:0:0:1]:PORT/", "http://[::ffff:127.0.0.1]:PORT/", "http://[::ffff:7f00:1]:PORT/", "http://[::127.0.0.1]:PORT/",
	"http://[::ffff:0:127.0.0.1]:PORT/", "http://[64:ff9b::127.0.0.1]:PORT/", "http://[64:ff9b:1::7f00:1]:PORT/",
	"http://[2002:7f00:1::]:PORT/", "http://[2001:0:7f00:1::]:PORT/", "http://localhost:PORT/", "http://LOCALHOST:PORT/", "http://localhost.:PORT/",
	"http://①②⑦.⓪.⓪.①:PORT/", "http://127。0。0。1:PORT/", "http://%31%32%37.0.0.1:PORT/", "http://127.0.0.1%2eexample.com:PORT/",
	// Metadata services.
	"http://169.254.169.254/latest/meta-data/iam/security-credentials/", "http://[::ffff:169.254.169.254]/latest/meta-data/",
	"http://[::ffff:a9fe:a9fe]/", "http://[fd00:ec2::254]/latest/meta-data/", "http://[fd00:ec2::23]/v1/credentials", "http://169.254.170.2/v2/credentials/",
	"http://169.254.170.23/v1/credentials", "http://100.100.100.200/latest/meta-data/", "http://168.63.129.16/machine?comp=goalstate",
	"http://[fe80::a9fe:a9fe]/", "http://192.0.0.192/latest/", "http://[fd20:ce::254]/computeMetadata/v1/", "http://0xa9fea9fe/", "http://2852039166/",
	"http://[64:ff9b::a9fe:a9fe]/", "http://[2002:a9fe:a9fe::]/", "http://metadata.google.internal/computeMetadata/v1/",
	// Other networks that are not the internet.
	"http://10.0.0.1/", "http://10.96.0.1/api/v1/secrets", "http://172.17.0.1:2375/containers/json", "http://192.168.0.1/", "http://100.64.0.1/",
	"http://[fd12:3456::1]/", "http://[fe80::1]/", "http://198.18.0.1/", "http://224.0.0.1/", "http://255.255.255.255/", "http://240.0.0.1/", "http://[ff02::1]/",
	// Names that lead there.
	"http://loopback.test:PORT/", "http://loopback6.test:PORT/", "http://mapped.test:PORT/", "http://metadata.test/", "http://private.test/",
	"http://unspecified.test:PORT/", "http://kubernetes.default.svc/", "http://127.0.0.1.nip.test:PORT/", "http://local-ollama.ai.svc.cluster.local:11434/",
	// Credentials and fragments that make one host look like another.
	"http://api.openai.com@127.0.0.1:PORT/", "http://127.0.0.1:PORT#@api.openai.com/", "http://127.0.0.1:PORT?@api.openai.com/",
	`http://127.0.0.1:PORT\@api.openai.com/`, "http://api.openai.com:80@127.0.0.1:PORT/",
}

// TestForgedURLs calls every URL with a real client and a real resolver. None may get an answer.
func TestForgedURLs(t *testing.T) {
	t.Setenv("HTTP_PROXY", "")
	if len(forging) < 50 {
		t.Fatalf("%d URLs, want 50", len(forging))
	}
	stub := &names{next: map[string][]string{
		"loopback.test": {"127.0.0.1"}, "loopback6.test": {"::1"}, "mapped.test": {"::ffff:127.0.0.1"}, "metadata.test": {"169.254.169.254"},
		"private.test": {"10.0.0.1"}, "unspecified.test": {"0.0.0.0"}, "kubernetes.default.svc": {"10.96.0.1"}, "127.0.0.1.nip.test": {"127.0.0.1"},
		"metadata.google.internal": {"169.254.169.254"}, "local-ollama.ai.svc.cluster.local": {"10.96.7.7"},
	}}
	transport := New(nil).Transport(&http.Transport{}, time.Second)
	dialer := transport.guard.Dialer(time.Second)
	dialer.Resolver = stub.resolver(t)
	transport.direct.DialContext = dialer.DialContext
	port := canary(t)
	for _, forged := range forging {
		t.Run(forged, func(t *testing.T) {
			target := strings.ReplaceAll(forged, "PORT", port)
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, target, nil)
			if err != nil {
				return // What is no URL is called by nobody.
			}
			resp, err := transport.RoundTrip(r)
			if err == nil {
				_ = resp.Body.Close()
				t.Fatal("got an answer")
			}
			_, refused := errors.AsType[*RefusedError](err)
			_, unknown := errors.AsType[*net.DNSError](err)
			if !refused && !unknown && !strings.Contains(err.Error(), "host") {
				t.Errorf("got %v, want a refusal or no such host", err)
			}
			if strings.HasSuffix(r.URL.Hostname(), ".test") && !refused {
				t.Errorf("got %v, want a refusal of what the name leads to", err)
			}
		})
	}
}

// TestNameThatChangesItsMind: DNS rebinding. The name is good when it is looked at and bad when it is called.
func TestNameThatChangesItsMind(t *testing.T) {
	good, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.2:0")
	if err != nil {
		t.Skipf("no second address on this machine: %v", err)
	}
	defer good.Close()
	_, port, err := net.SplitHostPort(good.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	bad, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:"+port)
	if err != nil {
		t.Fatal(err)
	}
	defer bad.Close()
	stub := &names{next: map[string][]string{"rebind.test": {"127.0.0.2", "127.0.0.1"}}}
	dialer := New([]netip.Prefix{netip.MustParsePrefix("127.0.0.2/32")}).Dialer(time.Second)
	dialer.Resolver = stub.resolver(t)
	first, err := dialer.DialContext(t.Context(), "tcp4", "rebind.test:"+port)
	if err != nil {
		t.Fatalf("the first time: %v", err)
	}
	_ = first.Close()
	second, err := dialer.DialContext(t.Context(), "tcp4", "rebind.test:"+port)
	if err == nil {
		_ = second.Close()
	}
	if verdictOf(err) != private {
		t.Errorf("the second time: got %v, want a refusal", err)
	}
}

// TestProxyOfTheEnvironment: the proxy may be anywhere, and nobody gets past the Guard by naming it.
func TestProxyOfTheEnvironment(t *testing.T) {
	asked := make(chan string, 4)
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked <- r.Host
		w.WriteHeader(http.StatusTeapot)
	}))
	defer proxy.Close()
	t.Setenv("HTTP_PROXY", proxy.URL)
	t.Setenv("HTTPS_PROXY", "")
	if Proxied() {
		t.Error("a proxy for http is none for https")
	}
	t.Setenv("HTTPS_PROXY", proxy.URL)
	if !Proxied() {
		t.Error("the proxy was not seen")
	}
	transport := New(nil).Transport(&http.Transport{}, time.Second)
	defer transport.CloseIdleConnections()
	get := func(target string) error {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, target, strings.NewReader("x"))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := transport.RoundTrip(r)
		if err == nil {
			_ = resp.Body.Close()
		}
		return err
	}
	if err := get("http://llm.test/v1"); err != nil {
		t.Errorf("by way of the proxy: %v", err)
	}
	if host := <-asked; host != "llm.test" {
		t.Errorf("the proxy was asked for %q, want llm.test", host)
	}
	for _, target := range []string{"http://169.254.169.254/", "http://10.0.0.1/", "http://127.1/", proxy.URL} {
		if err := get(target); verdictOf(err) == open {
			t.Errorf("%s: got %v, want a refusal", target, err)
		}
	}
	if len(asked) != 0 {
		t.Errorf("the proxy was asked for %q", <-asked)
	}
}

func TestClientFollowsNoRedirect(t *testing.T) {
	s := httptest.NewServer(http.RedirectHandler("http://example.com/", http.StatusFound))
	defer s.Close()
	client := New(Private()).Client(&http.Transport{}, time.Second)
	defer client.CloseIdleConnections()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusFound {
		t.Errorf("got %d, want the redirect itself", resp.StatusCode)
	}
}
