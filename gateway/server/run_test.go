package server

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// running is a Server under Run.
type running struct {
	*gateway
	admin string
	stop  context.CancelFunc
	done  chan error
	log   *bytes.Buffer
}

// run starts a Server as the binary does. The log may be read once done has a value.
func run(t *testing.T, tb *table, drainDelay time.Duration) *running {
	t.Helper()
	data, admin := listen(t), listen(t)
	ctx, stop := context.WithCancel(t.Context())
	var log bytes.Buffer
	s := New(Options{Snapshots: tb, AccessLog: &log, DrainDelay: drainDelay, Grace: testDeadline})
	r := &running{
		gateway: &gateway{Server: s, t: t, url: "http://" + data.Addr().String(), client: &http.Client{Transport: &http.Transport{}}},
		admin:   "http://" + admin.Addr().String(), stop: stop, done: make(chan error, 1), log: &log,
	}
	go func() { r.done <- s.Run(ctx, data, admin) }()
	t.Cleanup(stop)
	return r
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func (r *running) get(url string) reply {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), http.MethodGet, url, nil)
	if err != nil {
		r.t.Fatal(err)
	}
	return r.do(req)
}

func TestDrainLosesNothing(t *testing.T) {
	proceed := make(chan struct{})
	tb := &table{}
	tb.Store(routes(model("chat", target(t, "a", func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		oneEvent(w)
		<-proceed
		_, _ = io.WriteString(w, "data: [DONE]\n\n")
	}))))
	r := run(t, tb, 200*time.Millisecond)
	stream, err := r.client.Do(r.request(http.MethodPost, "/v1/chat/completions", chatStream))
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Body.Close()
	r.stop()
	eventually(t, testDeadline, "readiness is withdrawn", func() bool { return r.get(r.admin+"/readyz").StatusCode == http.StatusServiceUnavailable })
	if got := r.get(r.url + "/healthz"); got.StatusCode != http.StatusOK {
		t.Errorf("not alive while draining: %d", got.StatusCode)
	}
	during := r.do(r.request(http.MethodGet, "/v1/models", ""))
	if during.StatusCode != http.StatusOK || !during.Close {
		t.Errorf("while draining: status %d, closing %v, want an answer that asks to close", during.StatusCode, during.Close)
	}
	eventually(t, testDeadline, "the port is closed", func() bool {
		conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimPrefix(r.url, "http://"))
		if err == nil {
			_ = conn.Close()
		}
		return err != nil
	})
	close(proceed)
	body, err := io.ReadAll(stream.Body)
	if err != nil || !strings.HasSuffix(string(body), "[DONE]\n\n") {
		t.Errorf("the stream ended with %q, %v", body, err)
	}
	// The stream began before the drain, so nothing told the client to close its connection. The port is closed: an answer
	// can only come over that one.
	if after := r.do(r.request(http.MethodGet, "/v1/models", "")); after.StatusCode != http.StatusOK || !after.Close {
		t.Errorf("on the connection of an ended stream: status %d, closing %v, want an answer that asks to close", after.StatusCode, after.Close)
	}
	if err := <-r.done; err != nil {
		t.Errorf("Run: %v", err)
	}
}

func TestRunReportsAListenerThatFails(t *testing.T) {
	data, admin := listen(t), listen(t)
	_ = data.Close()
	if err := New(Options{Snapshots: &table{}}).Run(t.Context(), data, admin); err == nil {
		t.Error("Run returned nil although it served nothing")
	}
}

func TestReadiness(t *testing.T) {
	tb := &table{}
	r := run(t, tb, time.Millisecond)
	for _, url := range []string{r.admin + "/readyz", r.url + "/readyz", r.url + "/health/readiness"} {
		if got := r.get(url); got.StatusCode != http.StatusServiceUnavailable || !strings.Contains(got.body, "starting") {
			t.Errorf("%s before the first snapshot: %d %s", url, got.StatusCode, got.body)
		}
	}
	tb.Store(routes(model("chat", refusing(t, "a"))))
	for _, url := range []string{r.admin + "/readyz", r.url + "/readyz", r.url + "/health/readiness"} {
		got := r.get(url)
		if got.StatusCode != http.StatusOK || !strings.Contains(got.body, `"snapshot":"sha256:abc"`) || !strings.Contains(got.body, "snapshot_age_seconds") {
			t.Errorf("%s: %d %s", url, got.StatusCode, got.body)
		}
	}
	for _, url := range []string{r.admin + "/healthz", r.url + "/healthz", r.url + "/health/liveliness"} {
		if got := r.get(url); got.StatusCode != http.StatusOK || got.body != `{"status":"healthy"}` {
			t.Errorf("%s: %d %s", url, got.StatusCode, got.body)
		}
	}
}

func TestMetricsAndAccessLog(t *testing.T) {
	tb := &table{}
	tb.Store(routes(model("chat", target(t, "a", answering(503, "application/json", `{"error":{"message":"x","type":"y"}}`)), target(t, "b", streamsChat()))))
	r := run(t, tb, time.Millisecond)
	r.chat(chatStream, "X-Request-Id", "r-1")
	r.post("/v1/embeddings", `{"model":"made-up-1","input":"secret prompt"}`, "X-Request-Id", "r-2")
	r.post("/v1/embeddings", `{"model":"made-up-2","input":"secret prompt"}`, "Authorization", "Bearer sk-wrong")
	exposed := r.get(r.admin + "/metrics").body
	for _, want := range []string{
		`fairlead_attempts_total{fairlead_outcome="server_error",fairlead_target="a",gen_ai_provider_name="ai/a",gen_ai_request_model="chat"} 1`,
		`fairlead_attempts_total{fairlead_outcome="answered",fairlead_target="b",gen_ai_provider_name="ai/b",gen_ai_request_model="chat"} 1`,
		`gen_ai_server_request_duration_seconds_count{fairlead_status_class="2xx",gen_ai_operation_name="chat",gen_ai_request_model="chat"} 1`,
		`gen_ai_server_request_duration_seconds_count{fairlead_status_class="4xx",gen_ai_operation_name="embeddings",gen_ai_request_model="(unknown)"} 2`,
		`gen_ai_server_time_to_first_token_seconds_count{gen_ai_operation_name="chat",gen_ai_request_model="chat"} 1`,
		`gen_ai_client_token_usage_sum{gen_ai_operation_name="chat",gen_ai_request_model="chat",gen_ai_token_type="input"} 7`,
		`gen_ai_client_token_usage_sum{gen_ai_operation_name="chat",gen_ai_request_model="chat",gen_ai_token_type="output"} 3`,
		"fairlead_snapshot_models 1", "fairlead_requests_in_flight 0", "process_resident_memory_bytes",
	} {
		if !strings.Contains(exposed, want) {
			t.Errorf("/metrics lacks %s", want)
		}
	}
	r.stop()
	if err := <-r.done; err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(r.log.String()), "\n")
	if len(lines) != 3 {
		t.Fatalf("%d lines for 3 requests:\n%s", len(lines), r.log)
	}
	var line map[string]any
	if err := json.Unmarshal([]byte(lines[0]), &line); err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]any{
		"request_id": "r-1", "model": "chat", "target": "b", "provider": "ai/b", "status": 200.0, "attempts": 2.0, "outcome": "answered",
		"operation": "chat", "stream": true, "input_tokens": 7.0, "output_tokens": 3.0, "bytes_in": float64(len(chatStream)), "bytes_out": float64(len(eventAnswer)),
	} {
		if line[key] != want {
			t.Errorf("%s is %v, want %v", key, line[key], want)
		}
	}
	if strings.Contains(exposed, "made-up") {
		t.Error("a caller can make up series")
	}
	for _, secret := range []string{testKey, "sk-wrong", "sk-upstream", "secret prompt"} {
		if strings.Contains(r.log.String(), secret) || strings.Contains(exposed, secret) {
			t.Errorf("log or metrics hold %q", secret)
		}
	}
}

func TestMetricsForgetModelsThatAreGone(t *testing.T) {
	tb := &table{}
	tb.Store(routes(model("chat", target(t, "a", answersChat()))))
	g := startWith(t, Options{Snapshots: tb})
	g.chat(chatRequest)
	if got := g.scrape(); !strings.Contains(got, `gen_ai_request_model="chat"`) {
		t.Error("the model has no series")
	}
	tb.Store(routes())
	if got := g.scrape(); strings.Contains(got, `gen_ai_request_model="chat"`) {
		t.Error("the series outlived the model")
	}
}
