package server

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strconv"
	"testing"

	"github.com/fairlead-dev/fairlead/gateway/provider/anthropic"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
	"github.com/fairlead-dev/fairlead/gateway/sse"
)

const (
	// manyEvents is the length of the streams, of which each event has its number as text.
	manyEvents = 100_000
	// streamGrowth is what the heap of the gateway, of the upstream and of the client together may grow by while such a stream goes
	// on, in bytes. The stream itself has more than 10 MB.
	streamGrowth = 4 << 20
)

// counting is an upstream that streams numbers: begin, then each in frame, then end.
func counting(begin, frame, end string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		headersOnly(w)
		_, _ = io.WriteString(w, begin)
		for i := range manyEvents {
			if _, err := fmt.Fprintf(w, frame, i); err != nil {
				return
			}
		}
		_, _ = io.WriteString(w, end)
	}
}

func countingOpenAI(t *testing.T) *snapshot.Target {
	return target(t, "a", counting("",
		`data: {"id":"1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":"%d"},"finish_reason":null}]}`+"\n\n",
		`data: {"id":"1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}`+"\n\ndata: [DONE]\n\n"))
}

func countingAnthropic(t *testing.T) *snapshot.Target {
	return speaking(anthropic.New(), target(t, "a", counting(
		`event: message_start`+"\n"+`data: {"type":"message_start","message":{"id":"1","type":"message","role":"assistant","model":"m","content":[],"stop_reason":null,"usage":{"input_tokens":1,"output_tokens":1}}}`+"\n\n"+
			`event: content_block_start`+"\n"+`data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}`+"\n\n",
		`event: content_block_delta`+"\n"+`data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"%d"}}`+"\n\n",
		`event: content_block_stop`+"\n"+`data: {"type":"content_block_stop","index":0}`+"\n\n"+
			`event: message_delta`+"\n"+`data: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":9}}`+"\n\n"+
			`event: message_stop`+"\n"+`data: {"type":"message_stop"}`+"\n\n")))
}

// TestLimitStreamOf100000Events: none is lost, none overtakes another, and nothing of what has passed is kept.
func TestLimitStreamOf100000Events(t *testing.T) {
	const openAIRequest = `{"model":"chat","stream":true,"messages":[{"role":"user","content":"count"}]}`
	const anthropicRequest = `{"model":"chat","stream":true,"max_tokens":9,"messages":[{"role":"user","content":"count"}]}`
	cases := map[string]struct {
		target               func(t *testing.T) *snapshot.Target
		path, request, field string
		last                 string
	}{
		"OpenAIPassed":      {countingOpenAI, "/v1/chat/completions", openAIRequest, `"content":"`, "[DONE]"},
		"AnthropicPassed":   {countingAnthropic, "/v1/messages", anthropicRequest, `"text":"`, `{"type":"message_stop"}`},
		"AnthropicToOpenAI": {countingAnthropic, "/v1/chat/completions", openAIRequest, `"content":"`, "[DONE]"},
		"OpenAIToAnthropic": {countingOpenAI, "/v1/messages", anthropicRequest, `"text":"`, `{"type":"message_stop"}`},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			g := start(t, routes(model("chat", unhurried(c.target(t)))))
			resp, err := g.client.Do(g.request(http.MethodPost, c.path, c.request))
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			count(t, resp.Body, []byte(c.field), c.last)
		})
	}
}

// count reads a stream in which the numbers stand behind field, and which ends with last.
func count(t *testing.T, stream io.Reader, field []byte, last string) {
	t.Helper()
	var next int
	var before, latest string
	var first uint64
	for data, err := range sse.Events(stream) {
		if err != nil {
			t.Fatalf("after %d numbers: %v", next, err)
		}
		_, text, _ := bytes.Cut(data, field)
		digits, _, _ := bytes.Cut(text, []byte(`"`))
		before, latest = latest, string(data)
		if len(digits) == 0 {
			continue
		}
		if n, err := strconv.Atoi(string(digits)); err != nil || n != next {
			t.Fatalf("found %q after %d numbers, after %s", digits, next, before)
		}
		if next++; next%(manyEvents/5) == 0 {
			grown(t, &first)
		}
	}
	if next != manyEvents || latest != last {
		t.Errorf("%d numbers, and %.200q at the end", next, latest)
	}
}

// grown compares what is in use with what was when it was called first.
func grown(t *testing.T, first *uint64) {
	t.Helper()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	if *first == 0 {
		*first = m.HeapAlloc
	}
	if m.HeapAlloc > *first+streamGrowth {
		t.Errorf("the heap has grown from %d to %d bytes", *first, m.HeapAlloc)
	}
}
