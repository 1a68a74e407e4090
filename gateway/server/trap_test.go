package server

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/fairlead-dev/fairlead/gateway/provider"
	"github.com/fairlead-dev/fairlead/gateway/provider/anthropic"
	"github.com/fairlead-dev/fairlead/gateway/provider/openai"
)

// The tests named Trap are the rows of a matrix: what a stream may hold that real clients stumble over, against every protocol
// that streams. The upstreams below have all the bad habits at once, and what a client gets must have none of them.

// badOpenAI streams comments, an event without data, ids, a null error, no role, a call without index and arguments, `stop` after a
// call, and no [DONE].
const badOpenAI = ": comment\n\nevent: ping\n\nid: 7\nretry: 10\n\n" +
	"id: 8\ndata: {\"error\":null,\"id\":\"x\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hi\"}}]}\n\n\n" +
	"data: {\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"id\":\"call_1\",\"type\":\"function\",\"function\":{\"name\":\"f\",\"arguments\":\"\"}}]}}]}\n\n" +
	"data: {\"error\":null,\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":2}}\n\n"

// badAnthropic is the same in Anthropic's protocol, as far as that has it.
const badAnthropic = ": comment\n\nevent: ping\n\n" +
	"event: message_start\nid: 7\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"x\",\"usage\":{\"input_tokens\":3,\"output_tokens\":1}}}\n\n" +
	"event: ping\ndata: {\"type\":\"ping\"}\n\nevent: tomorrow\ndata: {\"type\":\"tomorrow\",\"error\":null}\n\n" +
	"event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n" +
	"event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"Hi\"}}\n\n" +
	"event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":0}\n\n" +
	"event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":1,\"content_block\":{\"type\":\"tool_use\",\"id\":\"call_1\",\"name\":\"f\",\"input\":{}}}\n\n" +
	"event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":1}\n\n" +
	"event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":2}}\n\n" +
	"event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"

// streaming is a client protocol that streams, and the words by which its clients know what the matrix asks for. A word is empty
// where the protocol has nothing of the kind.
type streaming struct {
	path, body string
	// contentType of the stream.
	contentType string
	// from is the protocol that the upstream speaks, and what it sends.
	from provider.Provider
	bad  string
	// role, call and finish are in a stream that calls a tool; end is how it ends; failure is in one that broke.
	role, call, finish, end, failure string
	// longest is how long a line may be where the protocol cannot divide a call.
	longest int
}

func streamingSurfaces() map[string]streaming {
	const (
		messages = `"messages":[{"role":"user","content":"hi"}]`
		tools    = `,"tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object"}}}]`
		whole    = 4 << 20
	)
	all := map[string]streaming{
		"OpenAI": {
			path: "/v1/chat/completions", body: `{"model":"chat","stream":true,` + messages + tools + `}`,
			role: `"delta":{"role":"assistant"`, call: `"tool_calls":[{"index":0,"id":"call_1","type":"function","function":{"name":"f","arguments":"{}"}}]`,
			finish: `"finish_reason":"tool_calls"`, end: "data: [DONE]\n\n", failure: `data: {"error":{"message":`,
		},
		"Completions": {
			path: "/v1/completions", body: `{"model":"chat","stream":true,"prompt":"hi"}`,
			end: "data: [DONE]\n\n", failure: `data: {"error":{"message":`,
		},
		"Responses": {
			path: "/v1/responses", body: `{"model":"chat","stream":true,"input":"hi","tools":[{"type":"function","name":"f","parameters":{"type":"object"}}]}`,
			role: `"role":"assistant"`, call: `"arguments":"{}","status":"completed","call_id":"call_1","name":"f"`, finish: "event: response.completed\n",
			end: "}\n\n", failure: "event: response.failed\n", longest: whole,
		},
		"Anthropic": {
			path: "/v1/messages", body: `{"model":"chat","stream":true,"max_tokens":9,` + messages + `,"tools":[{"name":"f","input_schema":{"type":"object"}}]}`,
			role: `"role":"assistant"`, call: `"delta":{"type":"input_json_delta","partial_json":"{}"}`, finish: `"stop_reason":"tool_use"`,
			end: "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n", failure: "event: error\ndata: {\"type\":\"error\",",
		},
		"Gemini": {
			path: "/v1beta/models/chat:streamGenerateContent?alt=sse", body: `{"contents":[{"role":"user","parts":[{"text":"hi"}]}],"tools":[{"functionDeclarations":[{"name":"f"}]}]}`,
			role: `"role":"model"`, call: `"functionCall":{"name":"f","id":"call_1","args":{}}`, finish: `"finishReason":"STOP"`, end: "}\n\n", failure: `data: {"error":{"code":502,`, longest: whole,
		},
		"Ollama": {
			path: "/api/chat", body: `{"model":"chat",` + messages + tools + `}`, contentType: "application/x-ndjson",
			role: `"role":"assistant"`, call: `"name":"f","arguments":{}}`, finish: `"done":true,"done_reason":"stop"`, end: "}\n", failure: `{"error":"`, longest: whole,
		},
		"OllamaGenerate": {
			path: "/api/generate", body: `{"model":"chat","prompt":"hi"}`, contentType: "application/x-ndjson",
			finish: `"done":true,"done_reason":"stop"`, end: "}\n", failure: `{"error":"`,
		},
	}
	for name, s := range all {
		s.from, s.bad = openai.NewCompatible(), badOpenAI
		if name == "OpenAI" || name == "Completions" {
			s.from, s.bad = anthropic.New(), badAnthropic
		}
		if s.contentType == "" {
			s.contentType = "text/event-stream"
		}
		all[name] = s
	}
	return all
}

// matrix runs a test for every protocol, with the answer to an upstream's stream. The upstream sends sent(s).
func matrix(t *testing.T, sent func(s streaming) string, check func(t *testing.T, s streaming, r reply)) {
	t.Helper()
	for name, s := range streamingSurfaces() {
		t.Run(name, func(t *testing.T) {
			a := speaking(s.from, target(t, "a", answering(http.StatusOK, "text/event-stream", sent(s))))
			check(t, s, start(t, routes(model("chat", a))).post(s.path, s.body))
		})
	}
}

func badHabits(s streaming) string { return s.bad }

// jsonLine is the object in a line of a stream, or nil where there is none.
func jsonLine(line string) (doc map[string]any) {
	_ = json.Unmarshal([]byte(strings.TrimPrefix(line, "data: ")), &doc)
	return doc
}

// wants fails where the answer does not hold a text; where that is empty there is nothing to want.
func (r reply) wants(t *testing.T, text, why string) {
	t.Helper()
	if !strings.Contains(r.body, text) {
		t.Errorf("%s: no %s in\n%s", why, text, r.body)
	}
}
