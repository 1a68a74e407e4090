package proxy

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/load"
	"github.com/fairlead-dev/fairlead/gateway/provider"
	"github.com/fairlead-dev/fairlead/gateway/provider/anthropic"
	"github.com/fairlead-dev/fairlead/gateway/provider/openai"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
	"github.com/fairlead-dev/fairlead/gateway/surface"
	"github.com/fairlead-dev/fairlead/gateway/telemetry"
)

const (
	kitRequest = `{"model":"chat","messages":[{"role":"user","content":"hi"}]}`
	kitAnswer  = `{"id":"1","choices":[{"index":0,"message":{"role":"assistant","content":"yo"},"finish_reason":"stop"}]}`
	tooLong    = `{"error":{"message":"This model's maximum context length is 8192 tokens.","type":"invalid_request_error","param":"messages","code":"context_length_exceeded"}}`
	filtered   = `{"error":{"message":"The response was filtered due to the content management policy.","type":"invalid_request_error","param":"prompt","code":"content_filter"}}`
	claudeLong = `{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 210000 tokens > 200000 maximum"}}`
	broken     = `{"error":{"message":"no","type":"x","param":null,"code":"theirs"}}`
)

// far is an upstream without a network. It counts what it is asked, and keeps the last body.
type far struct {
	answer func(r *http.Request) (*http.Response, error)
	calls  atomic.Int64
	mu     sync.Mutex
	body   string
}

// RoundTrip reads the request and answers.
func (f *far) RoundTrip(r *http.Request) (*http.Response, error) {
	f.calls.Add(1)
	body, err := io.ReadAll(r.Body)
	if err = errors.Join(err, r.Body.Close()); err != nil {
		return nil, err
	}
	f.mu.Lock()
	f.body = string(body)
	f.mu.Unlock()
	return f.answer(r)
}

func (f *far) last() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.body
}

// says answers the same to everybody; headers come in pairs.
func says(status int, body string, headers ...string) *far {
	return &far{answer: func(*http.Request) (*http.Response, error) {
		h := http.Header{headerType: jsonType}
		for i := 0; i < len(headers); i += 2 {
			h.Set(headers[i], headers[i+1])
		}
		return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body))}, nil
	}}
}

// answers is a success.
func answers() *far { return says(http.StatusOK, kitAnswer) }

// refuses is a port that nobody listens at.
func refuses() *far {
	return &far{answer: func(*http.Request) (*http.Response, error) { return nil, errors.New("connection refused") }}
}

// takes lets time go by before an answer.
func takes(d time.Duration, f *far) *far {
	inner := f.answer
	f.answer = func(r *http.Request) (*http.Response, error) {
		select {
		case <-time.After(d):
			return inner(r)
		case <-r.Context().Done():
			return nil, r.Context().Err()
		}
	}
	return f
}

// kitTarget makes a target of a provider of its own.
func kitTarget(name string, f *far) *snapshot.Target {
	return &snapshot.Target{
		Name: name, Model: "upstream-" + name, Weight: 1, Load: load.NewEndpoint(time.Now()),
		Timeouts: snapshot.Timeouts{Request: time.Minute, FirstByte: 10 * time.Second, StreamIdle: 10 * time.Second},
		Upstream: &snapshot.Upstream{
			Provider: "ai/" + name, URL: &url.URL{Scheme: "https", Host: name + ".example", Path: "/v1"}, Header: http.Header{},
			Protocol: openai.New(), Transport: f,
			Health: load.Health{Consecutive: 5, Percent: 50, EjectFor: 30 * time.Second, MaxEjectFor: 5 * time.Minute},
		},
	}
}

// speaking gives a target another protocol.
func speaking(t *snapshot.Target, p provider.Provider) *snapshot.Target {
	t.Upstream.Protocol = p
	return t
}

func claude(name string, f *far) *snapshot.Target {
	return speaking(kitTarget(name, f), anthropic.New())
}

// kitModel makes a model that tries its targets one after the other.
func kitModel(targets ...*snapshot.Target) *snapshot.Model {
	m := &snapshot.Model{
		Name: "chat", Namespace: "team-a", Alias: "chat", Attempts: 2, Strategy: v1alpha1.StrategyWeighted,
		Retries: load.NewRetries(20, time.Now()), Turn: new(load.Turn),
		RetryOn: map[v1alpha1.RetryCondition]bool{
			v1alpha1.RetryOnConnectFailure: true, v1alpha1.RetryOnTimeout: true,
			v1alpha1.RetryOnRateLimited: true, v1alpha1.RetryOnServerError: true,
		},
	}
	for _, t := range targets {
		m.Tiers = append(m.Tiers, []*snapshot.Target{t})
	}
	return m
}

// kit is a Proxy that serves one model to everybody.
type kit struct {
	t     *testing.T
	proxy *Proxy
	table *surface.Table
	kitSnapshots
}

type kitSnapshots struct {
	atomic.Pointer[snapshot.Snapshot]
}

func newKit(t *testing.T, m *snapshot.Model) *kit {
	t.Helper()
	k := &kit{t: t, table: surface.New()}
	k.Store(&snapshot.Snapshot{
		KeysMode: v1alpha1.KeysOptional, Models: map[string]*snapshot.Model{m.Name: m}, Config: &v1alpha1.GatewayConfig{},
	})
	k.proxy = New(Options{Snapshots: &k.kitSnapshots, Metrics: telemetry.NewMetrics(prometheus.NewRegistry())})
	return k
}

// served is an answer, or the error that there was none for.
type served struct {
	*httptest.ResponseRecorder
	x   telemetry.Exchange
	err error
}

// request makes a request for a chat. Headers come in pairs.
func (k *kit) request(body string, headers ...string) *http.Request {
	k.t.Helper()
	r := httptest.NewRequestWithContext(k.t.Context(), http.MethodPost, "/v1/chat/completions", strings.NewReader(body))
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return r
}

func (k *kit) serve(r *http.Request) served {
	k.t.Helper()
	route := surface.Find(r)
	s := served{ResponseRecorder: httptest.NewRecorder(), x: telemetry.Exchange{RequestID: "id"}}
	s.err = k.proxy.Serve(s.ResponseRecorder, r, &route.Call, k.table.Service(&route.Call), &s.x)
	return s
}

func (k *kit) chat() served {
	k.t.Helper()
	return k.serve(k.request(kitRequest))
}

// answered fails the test unless a target has answered, after a number of attempts.
func (s *served) answered(t *testing.T, target string, attempts int) {
	t.Helper()
	if s.err != nil || s.Code != http.StatusOK || s.x.Target != target || s.x.Attempts != attempts {
		t.Errorf("status %d %s of %q after %d attempts, %v: want the answer of %q after %d", s.Code, s.Body, s.x.Target, s.x.Attempts, s.err, target, attempts)
	}
}
