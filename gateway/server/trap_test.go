package server

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/fairlead-dev/fairlead/gateway/provider"
	"github.com/fairlead-dev/fairlead/gateway/provider/anthropic"
	"github.com/fairlead-dev/fairlead/gateway/provider/openai"
	"github.com/fairlead-dev/fairlead/gateway/sse"
)

// The tests of this file are the rows of a matrix: what a stream may hold that real clients stumble over, against every protocol
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

// TestTrapCommentLines: python-genai takes `: keepalive` for JSON.
func TestTrapCommentLines(t *testing.T) {
	matrix(t, badHabits, func(t *testing.T, _ streaming, r reply) {
		for line := range strings.Lines(r.body) {
			if strings.HasPrefix(line, ":") {
				t.Errorf("the stream has the comment %q", line)
			}
		}
	})
}

// TestTrapEventWithoutData: openai-node and LangChain parse the data that is not there.
func TestTrapEventWithoutData(t *testing.T) {
	matrix(t, badHabits, func(t *testing.T, s streaming, r reply) {
		for event := range strings.SplitSeq(strings.TrimSuffix(r.body, "\n\n"), "\n\n") {
			if s.contentType == "text/event-stream" && strings.Count("\n"+event, "\ndata: ") != 1 {
				t.Errorf("an event that has not one line of data: %q", event)
			}
		}
	})
}

// TestTrapIDAndRetryLines: after an `id:` openai-python dispatches an empty event for every further blank line.
func TestTrapIDAndRetryLines(t *testing.T) {
	matrix(t, badHabits, func(t *testing.T, _ streaming, r reply) {
		for line := range strings.Lines(r.body) {
			if strings.HasPrefix(line, "id:") || strings.HasPrefix(line, "retry:") {
				t.Errorf("the stream has the line %q", line)
			}
		}
	})
}

// TestTrapNullErrorInChunk: openai-go aborts, and the AI SDK reports the error "null".
func TestTrapNullErrorInChunk(t *testing.T) {
	matrix(t, badHabits, func(t *testing.T, _ streaming, r reply) {
		for line := range strings.Lines(r.body) {
			if doc := jsonLine(line); doc != nil {
				if _, has := doc["error"]; has {
					t.Errorf("an event has the member error: %s", line)
				}
			}
		}
	})
}

// TestTrapRoleIsMissing: the helper of openai-node refuses the stream, and LangChain drops the calls of tools.
func TestTrapRoleIsMissing(t *testing.T) {
	matrix(t, badHabits, func(t *testing.T, s streaming, r reply) {
		before, after, _ := strings.Cut(r.body, `Hi"`)
		line, _, _ := strings.Cut(after, "\n")
		if begin := before + line; !strings.Contains(begin, s.role) {
			t.Errorf("no %s up to the first text: %s", s.role, begin)
		}
	})
}

// TestTrapCallWithoutArgumentsOrIndex: the AI SDK hands the tool an empty string; Open WebUI drops a call without index.
func TestTrapCallWithoutArgumentsOrIndex(t *testing.T) {
	matrix(t, badHabits, func(t *testing.T, s streaming, r reply) { r.wants(t, s.call, "a whole call") })
}

// TestTrapStopAfterACall: the AI SDK keeps `stop`, and the loop of the agent ends. Gemini and Ollama have no other word.
func TestTrapStopAfterACall(t *testing.T) {
	matrix(t, badHabits, func(t *testing.T, s streaming, r reply) { r.wants(t, s.finish, "the reason") })
}

// TestTrapEndOfStream: each protocol ends in its own way. [DONE] is a SyntaxError in genai-js, openai-go drops a last event without a
// blank line, and ollama-js raises an error without a line that says done.
func TestTrapEndOfStream(t *testing.T) {
	matrix(t, badHabits, func(t *testing.T, s streaming, r reply) {
		if !strings.HasSuffix(r.body, s.end) || r.err != nil {
			t.Errorf("the stream ends %q (%v), want %q", r.body[max(0, len(r.body)-80):], r.err, s.end)
		}
		if done := strings.Contains(r.body, "[DONE]"); done != strings.Contains(s.end, "[DONE]") {
			t.Errorf("[DONE] is in the stream: %v", done)
		}
	})
}

// TestTrapEventNames: without them anthropic-js sees no event, and with one genai-js loses the text. The names of Anthropic's and of
// the Responses API are the types of their events.
func TestTrapEventNames(t *testing.T) {
	matrix(t, badHabits, func(t *testing.T, s streaming, r reply) {
		named := strings.HasPrefix(s.path, "/v1/messages") || strings.HasPrefix(s.path, "/v1/responses")
		if !named {
			if strings.Contains(r.body, "event:") {
				t.Errorf("an event has a name:\n%s", r.body)
			}
			return
		}
		for event := range strings.SplitSeq(strings.TrimSuffix(r.body, "\n\n"), "\n\n") {
			name, data, _ := strings.Cut(strings.TrimPrefix(event, "event: "), "\n")
			if doc := jsonLine(data); doc["type"] != name {
				t.Errorf("the event %q has the type %v", name, doc["type"])
			}
		}
	})
}

// TestTrapStreamIsCut: raw SDKs and LangChain see success where a stream just ends, so that one without a reason gets an error, and
// nothing after it that could be taken for the end.
func TestTrapStreamIsCut(t *testing.T) {
	half := func(s streaming) string { return s.bad[:strings.Index(s.bad, "call_1")] }
	matrix(t, half, func(t *testing.T, s streaming, r reply) {
		r.wants(t, `Hi"`, "what came before")
		checkFailed(t, s, r)
	})
}

// TestTrapErrorInStream: every SDK raises an error that comes alone, without choices beside it.
func TestTrapErrorInStream(t *testing.T) {
	broken := func(s streaming) string {
		at := strings.LastIndex(s.bad[:strings.Index(s.bad, "call_1")], "\n\n") + 2
		return s.bad[:at] + "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"api_error\",\"message\":\"out of memory\",\"code\":502}}\n\n"
	}
	matrix(t, broken, func(t *testing.T, s streaming, r reply) {
		r.wants(t, "out of memory", "the upstream's own words")
		checkFailed(t, s, r)
	})
}

func checkFailed(t *testing.T, s streaming, r reply) {
	t.Helper()
	if r.StatusCode != http.StatusOK || r.err != nil {
		t.Errorf("status %d, %v", r.StatusCode, r.err)
	}
	at := strings.LastIndex(r.body, s.failure)
	if at < 0 {
		t.Fatalf("the stream ends without %s:\n%s", s.failure, r.body)
	}
	if last := r.body[at:]; strings.Contains(last, "choices") || strings.Count(last, "data: ")+strings.Count(last, "{\"error\"") > 2 {
		t.Errorf("the error is not alone or not the last: %s", last)
	}
	for _, end := range []string{"[DONE]", "message_stop", "response.completed", "finishReason", `"done":true`} {
		if strings.Contains(r.body, end) {
			t.Errorf("a broken stream has %s:\n%s", end, r.body)
		}
	}
}

// TestTrapErrorBeforeTheStream: clients go by the content type, so that an error that comes before the first event has a status, and is
// JSON and no stream.
func TestTrapErrorBeforeTheStream(t *testing.T) {
	first := func(streaming) string {
		return "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"api_error\",\"message\":\"out of memory\",\"code\":503}}\n\n"
	}
	matrix(t, first, func(t *testing.T, _ streaming, r reply) {
		if r.StatusCode < 500 || r.Header.Get("Content-Type") != "application/json" || jsonLine(r.body) == nil {
			t.Errorf("status %d, type %q: %s", r.StatusCode, r.Header.Get("Content-Type"), r.body)
		}
	})
}

// TestTrapLongLine: Open WebUI gives up on lines of 128 KB, openai-go on those of 32 MB. A tool gets its 3 MB all the same: in pieces, but
// where the protocol has calls in one piece only.
func TestTrapLongLine(t *testing.T) {
	const large = 3 << 20
	long := func(s streaming) string {
		text := strings.Repeat("y", large)
		if s.bad == badAnthropic {
			const stop = "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":1}"
			piece := `data: {"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{\"x\":\"` + text + `\"}"}}` + "\n\n"
			return strings.Replace(strings.Replace(s.bad, `"text":"Hi"`, `"text":"`+text+`"`, 1), stop, piece+stop, 1)
		}
		return strings.Replace(strings.Replace(s.bad, `"content":"Hi"`, `"content":"`+text+`"`, 1), `"arguments":""`, `"arguments":"{\"x\":\"`+text+`\"}"`, 1)
	}
	matrix(t, long, func(t *testing.T, s streaming, r reply) {
		want := 2 * large
		if s.call == "" {
			want = large
		}
		if n := strings.Count(r.body, "y"); n < want {
			t.Errorf("%d of %d bytes arrived", n, want)
		}
		over := 0
		for line := range strings.Lines(r.body) {
			if len(line) > max(sse.MaxLine, s.longest) && !strings.Contains(line, "response.completed") {
				t.Errorf("a line of %d bytes", len(line))
			}
			if len(line) > sse.MaxLine {
				over++
			}
		}
		if s.longest == 0 && over > 0 || over > 6 {
			t.Errorf("%d lines are over %d bytes", over, sse.MaxLine)
		}
	})
}

// TestTrapContentTypeOfStreams: Open WebUI and the SDKs tell a stream by its type alone.
func TestTrapContentTypeOfStreams(t *testing.T) {
	matrix(t, badHabits, func(t *testing.T, s streaming, r reply) {
		if got := r.Header.Get("Content-Type"); got != s.contentType || r.Header.Get("Cache-Control") != "no-cache" {
			t.Errorf("type %q, cache-control %q, want %q", got, r.Header.Get("Cache-Control"), s.contentType)
		}
	})
}

// TestTrapGeminiArray: a client that does not ask for alt=sse gets one JSON array, which is what the type says.
func TestTrapGeminiArray(t *testing.T) {
	s := streamingSurfaces()["Gemini"]
	a := speaking(s.from, target(t, "a", answering(http.StatusOK, "text/event-stream", s.bad)))
	r := start(t, routes(model("chat", a))).post("/v1beta/models/chat:streamGenerateContent", s.body)
	if r.Header.Get("Content-Type") != "application/json" || !strings.HasPrefix(r.body, "[") || jsonLine(`{"x":`+r.body+`}`) == nil {
		t.Errorf("type %q: %s", r.Header.Get("Content-Type"), r.body)
	}
}

// TestTrapUpstreamsOwnCommentsPass: bytes of the client's own protocol pass untouched, the comments of an upstream that wants to keep a
// connection open among them; every client of OpenAI's protocol skips them.
func TestTrapUpstreamsOwnCommentsPass(t *testing.T) {
	const sent = ": OPENROUTER PROCESSING\n\n" + eventAnswer
	next := make(chan struct{})
	g := start(t, routes(model("chat", target(t, "a", func(w http.ResponseWriter, _ *http.Request) {
		headersOnly(w)
		_, _ = io.WriteString(w, sent[:strings.Index(sent, "data")])
		_ = http.NewResponseController(w).Flush()
		<-next
		_, _ = io.WriteString(w, sent[strings.Index(sent, "data"):])
	}))))
	resp, err := g.client.Do(g.request(http.MethodPost, "/v1/chat/completions", chatStream))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	comment := make([]byte, 4)
	if _, err := io.ReadFull(resp.Body, comment); err != nil {
		t.Errorf("the comment did not come at once: %v", err)
	}
	close(next)
	rest, err := io.ReadAll(resp.Body)
	if got := fmt.Sprintf("%s%s", comment, rest); got != sent || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
}
