package server

import (
	"net/http"
	"strings"
	"testing"

	"github.com/fairlead-dev/fairlead/gateway/provider"
	"github.com/fairlead-dev/fairlead/gateway/provider/anthropic"
	"github.com/fairlead-dev/fairlead/gateway/provider/gemini"
	"github.com/fairlead-dev/fairlead/gateway/provider/ollama"
	"github.com/fairlead-dev/fairlead/gateway/provider/openai"
)

// The tables of this file are what has to become of the answers of other protocols for a client that asked for a chat completion.

// outcome is an answer of an upstream, and what is in the client's.
type outcome struct {
	answer string
	want   []string
	not    string
}

func checkOutcomes(t *testing.T, p provider.Provider, kind, request string, outcomes map[string]outcome) {
	t.Helper()
	for name, c := range outcomes {
		t.Run(name, func(t *testing.T) {
			g, _ := before(t, p, answering(http.StatusOK, kind, c.answer))
			r := g.chat(request)
			for _, want := range c.want {
				if r.StatusCode != http.StatusOK || !strings.Contains(r.body, want) {
					t.Errorf("status %d, no %s in\n%s", r.StatusCode, want, r.body)
				}
			}
			if c.not != "" && strings.Contains(r.body, c.not) {
				t.Errorf("the client got %s:\n%s", c.not, r.body)
			}
		})
	}
}

func TestTrapAnswersOfAnthropic(t *testing.T) {
	message := func(content, reason, usage string) string {
		return `{"type":"message","role":"assistant","content":[` + content + `],"stop_reason":"` + reason + `","usage":{` + usage + `}}`
	}
	const text, tokens = `{"type":"text","text":"yo"}`, `"input_tokens":7,"output_tokens":3`
	outcomes := map[string]outcome{
		"TextIsJoined": {answer: message(text+","+text, "end_turn", tokens), want: wants(`"content":"yoyo"`, `"finish_reason":"stop"`)},
		"Call":         {answer: message(`{"type":"tool_use","id":"toolu_1","name":"f","input":{"x":1}}`, "tool_use", tokens), want: wants(`"id":"toolu_1"`, `"arguments":"{\"x\":1}"`, `"finish_reason":"tool_calls"`, `"content":null`)},
		"Thinking":     {answer: message(`{"type":"thinking","thinking":"Hm.","signature":"Eq=="},`+text, "end_turn", tokens), want: wants(`"reasoning_content":"Hm."`, `Eq==`)},
		"Usage": {
			answer: message(text, "end_turn", `"input_tokens":5,"cache_creation_input_tokens":20,"cache_read_input_tokens":100,"output_tokens":7`),
			want:   wants(`"prompt_tokens":125`, `"cached_tokens":100`, `"cache_write_tokens":20`, `"completion_tokens":7`, `"total_tokens":132`),
		},
	}
	for reason, want := range map[string]string{
		"end_turn": "stop", "stop_sequence": "stop", "pause_turn": "stop", "max_tokens": "length", "model_context_window_exceeded": "length", "refusal": "content_filter",
	} {
		outcomes["Stop/"+reason] = outcome{answer: message(text, reason, tokens), want: wants(`"finish_reason":"` + want + `"`)}
	}
	checkOutcomes(t, anthropic.New(), "application/json", chatRequest, outcomes)
}

// TestTrapStreamsOfAnthropic: pings mean nothing, blocks get indexes of their own, and the usage is what was used so far.
func TestTrapStreamsOfAnthropic(t *testing.T) {
	const stream = `data: {"type":"message_start","message":{"id":"msg_1","model":"claude","usage":{"input_tokens":10,"output_tokens":1}}}

data: {"type":"ping"}

data: {"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":""}}

data: {"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"Hm."}}

data: {"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"Eq=="}}

data: {"type":"content_block_stop","index":0}

data: {"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"toolu_1","name":"f","input":{}}}

data: {"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{\"x\":"}}

data: {"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"1}"}}

data: {"type":"content_block_stop","index":1}

data: {"type":"message_delta","delta":{"stop_reason":"tool_use"},"usage":{"output_tokens":9}}

data: {"type":"message_stop"}

`
	const request = `{"model":"chat","messages":[{"role":"user","content":"hi"}],"stream":true,"stream_options":{"include_usage":true}}`
	checkOutcomes(t, anthropic.New(), "text/event-stream", request, map[string]outcome{
		"Whole": {
			answer: stream,
			want: wants(`"delta":{"role":"assistant"`, `"reasoning_content":"Hm."`, `Eq==`, `"tool_calls":[{"index":0,"id":"toolu_1"`,
				`"finish_reason":"tool_calls"`, `"choices":[],"usage":{"prompt_tokens":10,"completion_tokens":9`, "data: [DONE]\n\n"),
			not: "ping",
		},
		"Error": {
			answer: strings.Split(stream, `data: {"type":"message_delta"`)[0] + "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}\n\n",
			want:   wants(`data: {"error":{"message":"Overloaded"`), not: "[DONE]",
		},
	})
}

// TestTrapParallelCallsToAnthropic: OpenAI's calls may interleave, and Anthropic's SDKs throw where blocks do, or where anything comes before
// message_start.
func TestTrapParallelCallsToAnthropic(t *testing.T) {
	piece := func(index, rest string) string {
		return `data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":` + index + `,` + rest + `}]}}]}` + "\n\n"
	}
	stream := piece("0", `"id":"a","type":"function","function":{"name":"f","arguments":""}`) + piece("1", `"id":"b","type":"function","function":{"name":"g","arguments":""}`) +
		piece("0", `"function":{"arguments":"{\"x\""}`) + piece("1", `"function":{"arguments":"{\"y\""}`) + piece("0", `"function":{"arguments":":1}"}`) + piece("1", `"function":{"arguments":":2}"}`) +
		`data: {"choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}` + "\n\ndata: [DONE]\n\n"
	g, _ := before(t, openai.New(), answering(http.StatusOK, "text/event-stream", stream))
	r := g.post("/v1/messages", `{"model":"chat","stream":true,"max_tokens":5,"messages":[{"role":"user","content":"hi"}]}`)
	at := 0
	for _, want := range []string{"event: message_start", `"index":0,"content_block"`, `"name":"f"`, `"type":"content_block_stop","index":0`, `"index":1,"content_block"`, `"name":"g"`, `"type":"content_block_stop","index":1`, "message_stop"} {
		next := strings.Index(r.body[at:], want)
		if next < 0 || at == 0 && next > 0 {
			t.Fatalf("no %s in its place after %d bytes:\n%s", want, at, r.body)
		}
		at += next + 1
	}
}

func TestTrapAnswersOfGemini(t *testing.T) {
	candidate := func(parts, reason string) string {
		return `{"candidates":[{"content":{"role":"model","parts":[` + parts + `]},"finishReason":"` + reason + `"}]}`
	}
	const text = `{"text":"yo"}`
	outcomes := map[string]outcome{
		"Thoughts": {answer: candidate(`{"text":"Hm.","thought":true},`+text, "STOP"), want: wants(`"reasoning_content":"Hm."`, `"content":"yo"`)},
		"Call": {
			answer: candidate(`{"functionCall":{"name":"f","args":{"x":1}},"thoughtSignature":"R1M="}`, "STOP"),
			want:   wants(`"finish_reason":"tool_calls"`, `"arguments":"{\"x\":1}"`, `__sig_`), not: `"id":""`,
		},
		"Blocked": {answer: `{"promptFeedback":{"blockReason":"SAFETY"}}`, want: wants(`"finish_reason":"content_filter"`)},
		"Usage": {
			answer: strings.TrimSuffix(candidate(text, "STOP"), "}") + `,"usageMetadata":{"promptTokenCount":100,"cachedContentTokenCount":40,"candidatesTokenCount":7,"thoughtsTokenCount":20}}`,
			want:   wants(`"prompt_tokens":100`, `"cached_tokens":40`, `"completion_tokens":27`, `"reasoning_tokens":20`),
		},
	}
	for reason, want := range map[string]string{
		"STOP": "stop", "MAX_TOKENS": "length", "SAFETY": "content_filter", "RECITATION": "content_filter", "BLOCKLIST": "content_filter",
		"PROHIBITED_CONTENT": "content_filter", "SPII": "content_filter", "IMAGE_SAFETY": "content_filter",
	} {
		outcomes["Finish/"+reason] = outcome{answer: candidate(text, reason), want: wants(`"finish_reason":"` + want + `"`)}
	}
	checkOutcomes(t, gemini.New(), "application/json", chatRequest, outcomes)
	g, _ := before(t, gemini.New(), answering(http.StatusOK, "application/json", candidate("", "MALFORMED_FUNCTION_CALL")))
	if r := g.chat(chatRequest); r.StatusCode != http.StatusBadGateway || r.openAIError(t).Message == "" {
		t.Errorf("a malformed call: status %d %s", r.StatusCode, r.body)
	}
}

// TestTrapStreamsOfGemini: every chunk is a whole answer, the usage rides along, and no [DONE] ends it.
func TestTrapStreamsOfGemini(t *testing.T) {
	const stream = `data: {"candidates":[{"content":{"role":"model","parts":[{"text":"Hm.","thought":true}]}}],"usageMetadata":{"promptTokenCount":3}}

data: {"candidates":[{"content":{"role":"model","parts":[{"functionCall":{"name":"f","args":{"x":1}},"thoughtSignature":"R1M="},{"functionCall":{"name":"g","args":{}}}]}}],"usageMetadata":{"promptTokenCount":3,"candidatesTokenCount":1}}

data: {"candidates":[{"content":{"role":"model","parts":[{"text":""}]},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":3,"candidatesTokenCount":2}}

`
	const request = `{"model":"chat","messages":[{"role":"user","content":"hi"}],"stream":true,"stream_options":{"include_usage":true}}`
	checkOutcomes(t, gemini.New(), "text/event-stream", request, map[string]outcome{"Whole": {
		answer: stream,
		want: wants(`"reasoning_content":"Hm."`, `"tool_calls":[{"index":0,`, `"tool_calls":[{"index":1,`, `"finish_reason":"tool_calls"`,
			`"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2`, "data: [DONE]\n\n"),
	}})
}

func TestTrapAnswersOfOllama(t *testing.T) {
	message := func(members, reason string) string {
		return `{"model":"m","message":{"role":"assistant",` + members + `},"done":true,"done_reason":"` + reason + `","prompt_eval_count":7,"eval_count":3}`
	}
	const call = `"content":"","tool_calls":[{"function":{"name":"f","arguments":{"x":1}}}]`
	checkOutcomes(t, ollama.New(), "application/json", chatRequest, map[string]outcome{
		"Stop":     {answer: message(`"content":"yo"`, "stop"), want: wants(`"finish_reason":"stop"`, `"prompt_tokens":7`, `"completion_tokens":3`)},
		"Length":   {answer: message(`"content":"yo"`, "length"), want: wants(`"finish_reason":"length"`)},
		"Call":     {answer: message(call, "stop"), want: wants(`"finish_reason":"tool_calls"`, `"arguments":"{\"x\":1}"`), not: `"id":""`},
		"Thinking": {answer: message(`"content":"yo","thinking":"Hm."`, "stop"), want: wants(`"reasoning_content":"Hm."`)},
	})
}

// TestTrapOllamaIsBusy: a full queue is a 503 that says when to come back.
func TestTrapOllamaIsBusy(t *testing.T) {
	g, _ := before(t, ollama.New(), answering(http.StatusServiceUnavailable, "application/json", `{"error":"server busy, please try again.  maximum pending requests exceeded"}`))
	if r := g.chat(chatRequest); r.StatusCode != http.StatusServiceUnavailable || r.Header.Get("Retry-After") == "" || !strings.Contains(r.body, "server busy") {
		t.Errorf("status %d, retry-after %q: %s", r.StatusCode, r.Header.Get("Retry-After"), r.body)
	}
}

// TestTrapOllamaFailsInTheStream: its own API for OpenAI's clients sends an empty chunk there. An `error` line is an error here.
func TestTrapOllamaFailsInTheStream(t *testing.T) {
	g, got := before(t, ollama.New(), answering(http.StatusOK, "application/x-ndjson",
		`{"message":{"role":"assistant","content":"y"},"done":false}`+"\n"+`{"error":"model runner has unexpectedly stopped"}`+"\n"))
	r := g.chat(chatStream)
	if !strings.Contains(r.body, `data: {"error":{"message":"`) || !strings.Contains(r.body, "unexpectedly stopped") || strings.Contains(r.body, "[DONE]") || got.path != "/api/chat" {
		t.Errorf("status %d %s; asked at %s", r.StatusCode, r.body, got.path)
	}
}
