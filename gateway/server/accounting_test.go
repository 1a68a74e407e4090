package server

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/fairlead-dev/fairlead/gateway/admission"
	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/ledger"
	"github.com/fairlead-dev/fairlead/gateway/money"
	"github.com/fairlead-dev/fairlead/gateway/provider/anthropic"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
)

// books is a store that keeps events in memory.
type books struct {
	ledger.Querier
	mu     sync.Mutex
	events []ledger.Event
}

func (*books) Name() string                              { return "books" }
func (*books) Migrate(context.Context) error             { return nil }
func (*books) Maintain(context.Context, time.Time) error { return nil }
func (*books) Close()                                    {}
func (b *books) Insert(_ context.Context, events []*ledger.Event) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, e := range events {
		b.events = append(b.events, *e)
	}
	return nil
}

// all waits until an event has been shipped, and returns all that have.
func (b *books) all(t *testing.T) []ledger.Event {
	t.Helper()
	var got []ledger.Event
	eventually(t, testDeadline, "an event in the store", func() bool {
		b.mu.Lock()
		defer b.mu.Unlock()
		got = append(got[:0], b.events...)
		return len(got) > 0
	})
	return got
}

// accounting serves s with a ledger.
func accounting(t *testing.T, s *snapshot.Snapshot) (*gateway, *ledger.Ledger, *books) {
	t.Helper()
	kept := &books{}
	l, err := ledger.Open(ledger.Options{Dir: t.TempDir(), Store: kept, Log: logr.Discard(), Registerer: prometheus.NewRegistry()})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- l.Run(ctx) }()
	tb := &table{}
	tb.Store(s)
	g := startWith(t, Options{Snapshots: tb, MaxBody: 1 << 20, Desk: admission.New(admission.Options{Ledger: l})})
	t.Cleanup(func() {
		g.front.Close()
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return g, l, kept
}

// booked is what a test looks at of an event.
type booked struct {
	State                     string
	Status, Attempts          int
	Target                    string
	Input, Output             int64
	Estimated, Stream, Priced bool
	Cost                      string
}

func book(e *ledger.Event) booked {
	return booked{
		State: e.State.String(), Status: e.Status, Attempts: e.Attempts, Target: e.Target, Input: e.Usage.InputTokens,
		Output: e.Usage.OutputTokens, Estimated: e.Estimated, Stream: e.Stream, Priced: e.Priced, Cost: e.Cost.String(),
	}
}

func priced(t *snapshot.Target) *snapshot.Target {
	t.Price = snapshot.Price{Known: true, Input: 1_000_000_000, Output: 2_000_000_000}
	return t
}

// TestLedgerHasEveryRequest: each request that is admitted is one event, however it ends.
func TestLedgerHasEveryRequest(t *testing.T) {
	cut := func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = io.WriteString(w, strings.Repeat("data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"y\"}}]}\n\n", 5))
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
	for name, c := range map[string]struct {
		target func(*testing.T) *snapshot.Target
		body   string
		want   booked
	}{
		"Whole": {
			func(t *testing.T) *snapshot.Target { return priced(target(t, "a", answersChat())) }, chatRequest,
			booked{State: "complete", Status: 200, Attempts: 1, Target: "a", Input: 7, Output: 3, Priced: true, Cost: "0.000013"},
		},
		"Stream": {
			func(t *testing.T) *snapshot.Target { return target(t, "a", streamsChat()) }, chatStream,
			booked{State: "complete", Status: 200, Attempts: 1, Target: "a", Input: 7, Output: 3, Stream: true, Cost: "0"},
		},
		"Translated": {
			func(t *testing.T) *snapshot.Target { return anthropicTarget(t) }, chatRequest,
			booked{State: "complete", Status: 200, Attempts: 1, Target: "a", Input: 7, Output: 3, Cost: "0"},
		},
		"Uncounted": {
			func(t *testing.T) *snapshot.Target {
				return priced(target(t, "a", answering(http.StatusOK, "application/json", `{"choices":[{"message":{"content":"yo"}}]}`)))
			}, chatRequest,
			booked{State: "complete", Status: 200, Attempts: 1, Target: "a", Input: 15, Output: 10, Estimated: true, Priced: true, Cost: "0.000035"},
		},
		"Absurd": {
			func(t *testing.T) *snapshot.Target {
				return priced(target(t, "a", answering(http.StatusOK, "application/json",
					`{"usage":{"prompt_tokens":9223372036854775807,"completion_tokens":9223372036854775807}}`)))
			}, chatRequest,
			booked{State: "complete", Status: 200, Attempts: 1, Target: "a", Input: 1 << 30, Output: 1 << 30, Priced: true, Cost: "3221.225472"},
		},
		"Cut": {
			func(t *testing.T) *snapshot.Target { return priced(target(t, "a", cut)) }, chatStream,
			booked{State: "incomplete", Status: 200, Attempts: 1, Target: "a", Input: 18, Output: 5, Estimated: true, Stream: true, Priced: true, Cost: "0.000028"},
		},
		"Refused": {
			func(t *testing.T) *snapshot.Target {
				return priced(target(t, "a", answering(http.StatusBadRequest, "application/json", `{"error":{"message":"no","type":"invalid_request_error"}}`)))
			}, chatRequest,
			booked{State: "failed", Status: 400, Attempts: 1, Target: "a", Cost: "0"},
		},
		"Unreachable": {
			func(t *testing.T) *snapshot.Target { return refusing(t, "a") }, chatRequest,
			booked{State: "failed", Status: 502, Attempts: 1, Target: "a", Cost: "0"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			g, _, kept := accounting(t, routes(model("chat", c.target(t))))
			g.chat(c.body, "X-Request-Id", "mine")
			events := kept.all(t)
			if diff := cmp.Diff(c.want, book(&events[0])); diff != "" || len(events) > 1 {
				t.Errorf("%d events (-want +got):\n%s", len(events), diff)
			}
			if e := events[0]; e.RequestID != "mine" || e.Model != "chat" || e.KeyID != "master" || e.Operation != "chat" || e.Duration <= 0 {
				t.Errorf("event %+v", e)
			}
		})
	}
}

// anthropicTarget answers in another protocol.
func anthropicTarget(t *testing.T) *snapshot.Target {
	a := target(t, "a", answering(http.StatusOK, "application/json",
		`{"id":"m","type":"message","role":"assistant","model":"x","content":[{"type":"text","text":"yo"}],"stop_reason":"end_turn","usage":{"input_tokens":7,"output_tokens":3}}`))
	a.Upstream.Protocol = anthropic.New()
	return a
}

// TestWhatIsRefusedIsNotInTheLedger: nothing was admitted, so there is nothing to account for.
func TestWhatIsRefusedIsNotInTheLedger(t *testing.T) {
	g, l, _ := accounting(t, routes(model("chat", target(t, "a", answersChat()))))
	g.chat(`{"model":"other","messages":[{"role":"user","content":"hi"}]}`)
	g.chat(`{"model":`)
	g.post("/v1/chat/completions", chatRequest, "Authorization", "Bearer wrong")
	if b := l.Backlog(); b.Events+b.Open != 0 {
		t.Errorf("backlog %+v", b)
	}
}

// TestTheLedgerKnowsBeforeTheClientDoes: by the time a client has the last byte, the event has ended.
func TestTheLedgerKnowsBeforeTheClientDoes(t *testing.T) {
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		body   string
		last   string
	}{
		"Whole":  {answersChat(), chatRequest, "}}"},
		"Stream": {streamsChat(), chatStream, "data: [DONE]\n"},
		"Large": {
			answering(http.StatusOK, "application/json", strings.Replace(chatAnswer, "yo", strings.Repeat("y", 3*16<<10), 1)),
			chatRequest, "}}",
		},
	} {
		t.Run(name, func(t *testing.T) {
			g, l, _ := accounting(t, routes(model("chat", target(t, "a", c.answer))))
			resp, err := g.client.Do(g.request(http.MethodPost, "/v1/chat/completions", c.body))
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			if tail := readUntil(t, resp.Body, c.last); tail != c.last {
				t.Fatalf("the answer ends %q", tail)
			}
			if b := l.Backlog(); b.Open != 0 {
				t.Errorf("the client has its answer and %d events are open", b.Open)
			}
		})
	}
}

// readUntil reads no further than the end of last.
func readUntil(t *testing.T, r io.Reader, last string) string {
	t.Helper()
	in, tail := bufio.NewReaderSize(r, 16), ""
	for !strings.HasSuffix(tail, last) {
		b, err := in.ReadByte()
		if err != nil {
			t.Fatalf("reading: %v after %q", err, tail)
		}
		tail = (tail + string(b))[max(0, len(tail)+1-len(last)):]
	}
	return tail
}

// TestStreamsAreAskedWhatTheyCost: the upstream is asked where the client was silent, and the client sees nothing of the answer.
func TestStreamsAreAskedWhatTheyCost(t *testing.T) {
	const usageEvent = "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":3}}\n\n"
	for name, c := range map[string]struct {
		options, sent string
		keeps         bool
		want          chat.Usage
	}{
		"Silent":   {"", `"stream_options":{"include_usage":true},`, false, chat.Usage{Known: true, InputTokens: 7, OutputTokens: 3}},
		"Other":    {`"stream_options":{"include_obfuscation":false},`, `"stream_options":{"include_usage":true,"include_obfuscation":false},`, false, chat.Usage{Known: true, InputTokens: 7, OutputTokens: 3}},
		"Empty":    {`"stream_options":{},`, `"stream_options":{"include_usage":true},`, false, chat.Usage{Known: true, InputTokens: 7, OutputTokens: 3}},
		"Null":     {`"stream_options":null,`, `"stream_options":null,`, true, chat.Usage{Known: true, InputTokens: 7, OutputTokens: 3}},
		"Asks":     {`"stream_options":{"include_usage":true},`, `"stream_options":{"include_usage":true},`, true, chat.Usage{Known: true, InputTokens: 7, OutputTokens: 3}},
		"Declines": {`"stream_options":{"include_usage":false},`, `"stream_options":{"include_usage":false},`, true, chat.Usage{Known: true, InputTokens: 7, OutputTokens: 3}},
	} {
		t.Run(name, func(t *testing.T) {
			var sent string
			h := func(w http.ResponseWriter, r *http.Request) {
				b, _ := io.ReadAll(r.Body)
				sent = string(b)
				streamsChat()(w, r)
			}
			g, _, kept := accounting(t, routes(model("chat", target(t, "a", h))))
			r := g.chat(`{` + c.options + `"model":"chat","stream":true,"messages":[{"role":"user","content":"hi"}]}`)
			if want := `{` + c.sent + `"model":"upstream-a","stream":true,"messages":[{"role":"user","content":"hi"}]}`; sent != want {
				t.Errorf("the upstream got %s, want %s", sent, want)
			}
			want := eventAnswer
			if !c.keeps {
				want = strings.Replace(want, usageEvent, "", 1)
			}
			if r.body != want {
				t.Errorf("the client got %q, want %q", r.body, want)
			}
			if got := kept.all(t)[0].Usage; got != c.want {
				t.Errorf("usage %+v", got)
			}
		})
	}
}

// TestUncountedStreamsAreLeftAlone: where nothing is accounted for, no byte is touched.
func TestUncountedStreamsAreLeftAlone(t *testing.T) {
	var sent string
	h := func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		sent = string(b)
		streamsChat()(w, r)
	}
	g := start(t, routes(model("chat", target(t, "a", h))))
	r := g.chat(chatStream)
	if r.body != eventAnswer || sent != strings.Replace(chatStream, `"chat"`, `"upstream-a"`, 1) {
		t.Errorf("sent %s, got %q", sent, r.body)
	}
}

// TestCostIsInTheHeaders of an answer that is known whole.
func TestCostIsInTheHeaders(t *testing.T) {
	g, _, kept := accounting(t, routes(model("chat", priced(target(t, "a", answersChat())))))
	r := g.chat(chatRequest)
	if got := r.Header.Get("X-Fairlead-Cost"); got != "0.000013" || r.Header.Get("X-Litellm-Response-Cost") != got {
		t.Errorf("cost %q", got)
	}
	if got := kept.all(t)[0].Cost; got != money.USD(13_000) {
		t.Errorf("the ledger has %s", got)
	}
}

// TestVectorsAreNoTokens: an upstream that does not say what embeddings cost has not made thousands of tokens of output.
func TestVectorsAreNoTokens(t *testing.T) {
	vector := `{"data":[{"index":0,"embedding":[` + strings.Repeat("0.1,", 2000) + `0.1]}]}`
	g, _, kept := accounting(t, routes(model("chat", target(t, "a", answering(http.StatusOK, "application/json", vector)))))
	g.post("/v1/embeddings", `{"model":"chat","input":"hi"}`)
	if u := kept.all(t)[0].Usage; u.InputTokens == 0 || u.OutputTokens != 0 {
		t.Errorf("usage %+v", u)
	}
}

// TestTheMemberForTheCacheStaysHere: LiteLLM's clients send it whether the alias has a cache or not, and providers refuse it.
func TestTheMemberForTheCacheStaysHere(t *testing.T) {
	for sent, want := range map[string]string{
		`{"cache":{"no-cache":true},"model":"chat","messages":[{"role":"user","content":"hi"}]}`: `{"model":"upstream-a","messages":[{"role":"user","content":"hi"}]}`,
		`{"model":"chat","messages":[{"role":"user","content":"hi"}],"cache":{"ttl":5}}`:         `{"model":"upstream-a","messages":[{"role":"user","content":"hi"}]}`,
		`{"model":"chat","messages":[{"role":"user","content":"hi"}],"cache":"other"}`:           `{"model":"upstream-a","messages":[{"role":"user","content":"hi"}],"cache":"other"}`,
	} {
		var got string
		h := func(w http.ResponseWriter, r *http.Request) {
			b, _ := io.ReadAll(r.Body)
			got = string(b)
			answersChat()(w, r)
		}
		start(t, routes(model("chat", target(t, "a", h)))).chat(sent)
		if got != want {
			t.Errorf("%s became %s, want %s", sent, got, want)
		}
	}
}
