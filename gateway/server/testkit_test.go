package server

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/provider/openai"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
	"github.com/fairlead-dev/fairlead/gateway/upstream"
)

const (
	testKey      = "sk-client-key"
	upstreamAuth = "Bearer sk-upstream-key"
	chatRequest  = `{"model":"chat","messages":[{"role":"user","content":"hi"}]}`
	chatStream   = `{"model":"chat","messages":[{"role":"user","content":"hi"}],"stream":true}`
	chatAnswer   = `{"id":"1","choices":[{"index":0,"message":{"role":"assistant","content":"yo"},"finish_reason":"stop"}],"usage":{"prompt_tokens":7,"completion_tokens":3,"total_tokens":10}}`
	eventAnswer  = "data: {\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"y\"}}]}\n\n: still here\n\ndata: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: {\"choices\":[],\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":3}}\n\ndata: [DONE]\n\n"
	testDeadline = 10 * time.Second
)

// table holds one snapshot.
type table struct {
	atomic.Pointer[snapshot.Snapshot]
}

func (s *table) Since() time.Time { return time.Unix(1_700_000_000, 0) }

func allConditions() map[v1alpha1.RetryCondition]bool {
	return map[v1alpha1.RetryCondition]bool{
		v1alpha1.RetryOnConnectFailure: true, v1alpha1.RetryOnTimeout: true,
		v1alpha1.RetryOnRateLimited: true, v1alpha1.RetryOnServerError: true,
	}
}

// routes makes a snapshot with one key and the models given.
func routes(models ...*snapshot.Model) *snapshot.Snapshot {
	mac := hmac.New(sha256.New, []byte("pepper"))
	mac.Write([]byte(testKey))
	s := &snapshot.Snapshot{
		Digest: "sha256:abc", KeysMode: v1alpha1.KeysRequired, Models: map[string]*snapshot.Model{}, Config: &v1alpha1.GatewayConfig{},
		Keys: snapshot.Keys{Pepper: []byte("pepper"), Master: [32]byte(mac.Sum(nil))}, Listed: models,
	}
	for _, m := range models {
		s.Models[m.Name] = m
	}
	return s
}

// model makes one that tries its targets one after the other.
func model(name string, targets ...*snapshot.Target) *snapshot.Model {
	m := &snapshot.Model{Name: name, Created: time.Unix(1_700_000_000, 0), Attempts: 2, RetryOn: allConditions()}
	for _, t := range targets {
		m.Tiers = append(m.Tiers, []*snapshot.Target{t})
	}
	return m
}

// targetAt makes a target at an address.
func targetAt(t testing.TB, name, address string) *snapshot.Target {
	t.Helper()
	u, err := url.Parse(address + "/v1")
	if err != nil {
		t.Fatal(err)
	}
	transport := upstream.New((&net.Dialer{}).DialContext)
	t.Cleanup(transport.CloseIdleConnections)
	return &snapshot.Target{
		Name: name, Model: "upstream-" + name, Weight: 1,
		Timeouts: snapshot.Timeouts{Request: testDeadline, FirstByte: testDeadline, StreamIdle: testDeadline},
		Upstream: &snapshot.Upstream{
			Provider: "ai/" + name, URL: u, Header: http.Header{"Authorization": {upstreamAuth}},
			Protocol: openai.New(), Transport: transport,
		},
	}
}

// target makes a target that h answers for.
func target(t *testing.T, name string, h http.HandlerFunc) *snapshot.Target {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return targetAt(t, name, srv.URL)
}

// refusing makes a target that nobody listens at.
func refusing(t *testing.T, name string) *snapshot.Target {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return targetAt(t, name, "http://"+l.Addr().String())
}

// speakingLines gives a target another protocol.
func speakingLines(t *snapshot.Target) *snapshot.Target {
	t.Upstream.Protocol = lineProtocol{}
	return t
}

// gateway is a server under test with a client.
type gateway struct {
	*Server
	t      *testing.T
	url    string
	client *http.Client
	front  *httptest.Server
}

// start serves s on a port of its own.
func start(t *testing.T, s *snapshot.Snapshot) *gateway {
	t.Helper()
	tb := &table{}
	tb.Store(s)
	return startWith(t, Options{Snapshots: tb, MaxBody: 1 << 20})
}

func startWith(t *testing.T, o Options) *gateway {
	t.Helper()
	srv := New(o)
	front := httptest.NewUnstartedServer(nil)
	front.Config, front.Listener = srv.httpServer(srv.Handler()), srv.front(front.Listener)
	front.Start()
	t.Cleanup(front.Close)
	client := &http.Client{Transport: &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 64}, Timeout: 4 * testDeadline}
	t.Cleanup(client.CloseIdleConnections)
	return &gateway{Server: srv, t: t, url: front.URL, client: client, front: front}
}

// scrape returns what Prometheus would get.
func (g *gateway) scrape() string {
	w := httptest.NewRecorder()
	g.AdminHandler().ServeHTTP(w, httptest.NewRequestWithContext(g.t.Context(), http.MethodGet, "/metrics", nil))
	return w.Body.String()
}

// metric is the value of a metric without labels.
func (g *gateway) metric(name string) float64 {
	g.t.Helper()
	for line := range strings.Lines(g.scrape()) {
		if value, ok := strings.CutPrefix(line, name+" "); ok {
			v, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
			if err != nil {
				g.t.Fatal(err)
			}
			return v
		}
	}
	g.t.Fatalf("no metric %s", name)
	return 0
}

// request makes a request with the key; headers come in pairs.
func (g *gateway) request(method, path, body string, headers ...string) *http.Request {
	g.t.Helper()
	r, err := http.NewRequestWithContext(g.t.Context(), method, g.url+path, strings.NewReader(body))
	if err != nil {
		g.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+testKey)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return r
}

// reply is a whole answer. err is what ended its body, where that was not its end.
type reply struct {
	*http.Response
	body string
	err  error
}

func (g *gateway) do(r *http.Request) reply {
	g.t.Helper()
	resp, err := g.client.Do(r)
	if err != nil {
		g.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return reply{resp, string(body), err}
}

func (g *gateway) post(path, body string, headers ...string) reply {
	g.t.Helper()
	return g.do(g.request(http.MethodPost, path, body, headers...))
}

// chat asks the model `chat`.
func (g *gateway) chat(body string, headers ...string) reply {
	g.t.Helper()
	return g.post("/v1/chat/completions", body, headers...)
}

// wireError is the body of an error.
type wireError struct {
	Message, Type string
	Param, Code   *string
}

// openAIError is the error in the answer; the test fails where it has another shape.
func (r reply) openAIError(t *testing.T) wireError {
	t.Helper()
	var doc struct{ Error *wireError }
	if err := json.Unmarshal([]byte(r.body), &doc); err != nil || doc.Error == nil || doc.Error.Message == "" || doc.Error.Type == "" {
		t.Fatalf("status %d with a body that is no error in OpenAI's shape: %q", r.StatusCode, r.body)
	}
	if got := r.Header.Get("Content-Type"); got != "application/json" {
		t.Errorf("content type %q", got)
	}
	if r.Header.Get("X-Request-Id") == "" {
		t.Error("no x-request-id")
	}
	return *doc.Error
}

// code is the code of the error in the answer.
func (r reply) code(t *testing.T) string {
	t.Helper()
	if c := r.openAIError(t).Code; c != nil {
		return *c
	}
	return ""
}

// answering is an upstream that gives the same answer to everybody.
func answering(status int, contentType, body string, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", contentType)
		for i := 0; i < len(headers); i += 2 {
			w.Header()[headers[i]] = []string{headers[i+1]}
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

func answersChat() http.HandlerFunc { return answering(http.StatusOK, "application/json", chatAnswer) }

func streamsChat() http.HandlerFunc {
	return answering(http.StatusOK, "text/event-stream", eventAnswer)
}

// eventually waits for something that other goroutines do.
func eventually(t *testing.T, within time.Duration, what string, happened func() bool) {
	t.Helper()
	tick, late := time.NewTicker(time.Millisecond), time.After(within)
	defer tick.Stop()
	for !happened() {
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("waited %s in vain: %s", within, what)
		}
	}
}
