package server

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/fairlead-dev/fairlead/api/testcert"
	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
)

// secure is a snapshot of models that are served over TLS; without a certificate where pair is nil.
func secure(t *testing.T, pair *testcert.Pair, models ...*snapshot.Model) *snapshot.Snapshot {
	t.Helper()
	s := routes(models...)
	s.Config = &v1alpha1.GatewayConfig{TLS: true}
	if pair != nil {
		c, err := tls.X509KeyPair(pair.Chain, pair.Key)
		if err != nil {
			t.Fatal(err)
		}
		s.Certificate = &c
	}
	return s
}

// trusting makes the gateway's client one that trusts the pairs and speaks the newest protocol that it is offered, unless it is told
// to keep to HTTP/1.1.
func (g *gateway) trusting(old bool, pairs ...testcert.Pair) {
	g.url = strings.Replace(g.url, "http://", "https://", 1)
	roots := x509.NewCertPool()
	for _, p := range pairs {
		roots.AddCert(p.Leaf)
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}, ForceAttemptHTTP2: !old, MaxIdleConnsPerHost: 64}
	g.t.Cleanup(transport.CloseIdleConnections)
	g.client.Transport = transport
}

// TestStreamsOverTLS: each event reaches the client before the upstream sends the next, over both versions of HTTP.
func TestStreamsOverTLS(t *testing.T) {
	for name, old := range map[string]bool{"HTTP1": true, "HTTP2": false} {
		t.Run(name, func(t *testing.T) {
			next := make(chan struct{})
			upstream := target(t, "a", func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body)
				w.Header().Set("Content-Type", "text/event-stream")
				for i := range 3 {
					_, _ = io.WriteString(w, `data: {"choices":[{"index":0,"delta":{"content":"`+strconv.Itoa(i)+"\"}}]}\n\n")
					_ = http.NewResponseController(w).Flush()
					select {
					case <-next:
					case <-r.Context().Done():
						return
					}
				}
				_, _ = io.WriteString(w, "data: [DONE]\n\n")
			})
			pair := testcert.New(t, testcert.Options{})
			g := start(t, secure(t, &pair, model("chat", upstream)))
			g.trusting(old, pair)
			resp, err := g.client.Do(g.request(http.MethodPost, "/v1/chat/completions", chatStream))
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			if want := map[bool]int{true: 1, false: 2}[old]; resp.ProtoMajor != want {
				t.Errorf("got %s, want HTTP/%d", resp.Proto, want)
			}
			lines, seen := bufio.NewScanner(resp.Body), 0
			for lines.Scan() {
				if strings.Contains(lines.Text(), `"content":"`+strconv.Itoa(seen)+`"`) {
					seen++
					next <- struct{}{}
				}
			}
			if lines.Err() != nil || seen != 3 {
				t.Errorf("got %d events and %v, want 3", seen, lines.Err())
			}
		})
	}
}

// TestCertificateRotatesUnderLoad: no request fails and no stream is cut while certificates come and go.
func TestCertificateRotatesUnderLoad(t *testing.T) {
	const rotations, clients = 60, 8
	pairs := []testcert.Pair{testcert.New(t, testcert.Options{}), testcert.New(t, testcert.Options{}), testcert.New(t, testcert.Options{})}
	chat := model("chat", target(t, "a", streamsChat()))
	tb := &table{}
	tb.Store(secure(t, &pairs[0], chat))
	g := startWith(t, Options{Snapshots: tb})
	g.trusting(false, pairs...)
	var shown sync.Map
	var answered, stop atomic.Int64
	var running sync.WaitGroup
	for i := range clients {
		running.Go(func() {
			for stop.Load() == 0 {
				r := g.request(http.MethodPost, "/v1/chat/completions", chatStream)
				// Every other client connects anew each time.
				r.Close = i%2 == 0
				resp, err := g.client.Do(r)
				if err != nil {
					t.Errorf("asking: %v", err)
					return
				}
				body, err := io.ReadAll(resp.Body)
				_ = resp.Body.Close()
				if err != nil || resp.StatusCode != http.StatusOK || !strings.Contains(string(body), "[DONE]") {
					t.Errorf("got %d, %v and %q", resp.StatusCode, err, body)
					return
				}
				shown.Store(resp.TLS.PeerCertificates[0].SerialNumber.String(), true)
				answered.Add(1)
			}
		})
	}
	for i := range rotations {
		before := answered.Load()
		tb.Store(secure(t, &pairs[i%len(pairs)], chat))
		eventually(t, testDeadline, "answers with the new certificate", func() bool { return answered.Load() > before+clients || t.Failed() })
	}
	stop.Store(1)
	running.Wait()
	for _, p := range pairs {
		if _, ok := shown.Load(p.Leaf.SerialNumber.String()); !ok {
			t.Error("a certificate was never shown")
		}
	}
	t.Logf("%d streams over %d rotations", answered.Load(), rotations)
}

// TestNoCertificateNoAnswer: without a certificate nothing is served, in plain text least of all.
func TestNoCertificateNoAnswer(t *testing.T) {
	asked := atomic.Bool{}
	upstream := target(t, "a", func(http.ResponseWriter, *http.Request) { asked.Store(true) })
	g := start(t, secure(t, nil, model("chat", upstream)))
	if got := g.chat(chatRequest); got.StatusCode != http.StatusBadRequest || strings.Contains(got.body, "choices") {
		t.Errorf("in plain text: got %d %s, want 400", got.StatusCode, got.body)
	}
	g.trusting(false)
	if resp, err := g.client.Do(g.request(http.MethodPost, "/v1/chat/completions", chatRequest)); err == nil {
		_ = resp.Body.Close()
		t.Errorf("over TLS: got %d, want no connection", resp.StatusCode)
	}
	if asked.Load() {
		t.Error("the upstream was asked")
	}
}

// TestTLSComesWhileServing: a connection from before is not served any more, and a new one is over TLS.
func TestTLSComesWhileServing(t *testing.T) {
	pair := testcert.New(t, testcert.Options{})
	chat := model("chat", target(t, "a", answersChat()))
	tb := &table{}
	tb.Store(routes(chat))
	g := startWith(t, Options{Snapshots: tb})
	if got := g.chat(chatRequest); got.StatusCode != http.StatusOK {
		t.Fatalf("before: got %d %s", got.StatusCode, got.body)
	}
	tb.Store(secure(t, &pair, chat))
	got := g.chat(chatRequest)
	if got.StatusCode != http.StatusBadRequest || got.code(t) != codePlainText || !got.Close {
		t.Errorf("on the connection from before: got %d %s, close %v", got.StatusCode, got.body, got.Close)
	}
	g.trusting(false, pair)
	if got := g.chat(chatRequest); got.StatusCode != http.StatusOK {
		t.Errorf("over TLS: got %d %s", got.StatusCode, got.body)
	}
	tb.Store(routes(chat))
	g.url = strings.Replace(g.url, "https://", "http://", 1)
	if got := g.chat(chatRequest); got.StatusCode != http.StatusOK {
		t.Errorf("and back: got %d %s", got.StatusCode, got.body)
	}
}

func TestOldTLSIsRefused(t *testing.T) {
	pair := testcert.New(t, testcert.Options{})
	g := start(t, secure(t, &pair))
	dialer := &tls.Dialer{Config: &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}}
	if c, err := dialer.DialContext(t.Context(), "tcp", g.front.Listener.Addr().String()); err == nil {
		_ = c.Close()
		t.Error("TLS 1.1 was taken")
	}
}

func TestCertificateMetric(t *testing.T) {
	const name = "fairlead_tls_certificate_expiry_timestamp_seconds"
	pair := testcert.New(t, testcert.Options{})
	tb := &table{}
	tb.Store(secure(t, &pair))
	g := startWith(t, Options{Snapshots: tb})
	if got, want := g.metric(name), float64(pair.Leaf.NotAfter.Unix()); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
	tb.Store(routes())
	if strings.Contains(g.scrape(), name) {
		t.Error("without TLS: want no such metric")
	}
}

// TestOwnCertificate: what is given on the command line goes before the snapshot.
func TestOwnCertificate(t *testing.T) {
	pair := testcert.New(t, testcert.Options{})
	c, err := tls.X509KeyPair(pair.Chain, pair.Key)
	if err != nil {
		t.Fatal(err)
	}
	tb := &table{}
	tb.Store(routes(model("chat", target(t, "a", answersChat()))))
	g := startWith(t, Options{Snapshots: tb, Certificate: func() *tls.Certificate { return &c }})
	g.trusting(false, pair)
	if got := g.chat(chatRequest); got.StatusCode != http.StatusOK {
		t.Errorf("got %d %s", got.StatusCode, got.body)
	}
}
