package server

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/fairlead-dev/fairlead/gateway/provider/gemini"
	"github.com/fairlead-dev/fairlead/gateway/provider/ollama"
	"github.com/fairlead-dev/fairlead/gateway/provider/openai"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
	"github.com/fairlead-dev/fairlead/gateway/sse"
)

// fragments are a text as OpenAI's streams give it: in pieces between characters, the first of which is as large as some servers
// make them.
func fragments(text string) []string {
	var all []string
	for size := 1 << 20; text != ""; size = 5000 {
		n := min(size, len(text))
		for n < len(text) && !utf8.RuneStart(text[n]) {
			n--
		}
		all, text = append(all, text[:n]), text[n:]
	}
	return all
}

// argumentsFrom are upstreams that call a tool with the arguments given.
func argumentsFrom(t *testing.T, arguments string) map[string]*snapshot.Target {
	t.Helper()
	var openAI strings.Builder
	for i, f := range fragments(arguments) {
		quoted, err := json.Marshal(f)
		if err != nil {
			t.Fatal(err)
		}
		begin := ""
		if i == 0 {
			begin = `"id":"call_1","type":"function",`
		}
		fmt.Fprintf(&openAI, `data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,%s"function":{"name":"save","arguments":%s}}]}}]}`+"\n\n", begin, quoted)
	}
	openAI.WriteString(`data: {"choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}` + "\n\ndata: [DONE]\n\n")
	events := `data: {"candidates":[{"content":{"role":"model","parts":[{"functionCall":{"name":"save","args":` + arguments +
		`}}]},"finishReason":"STOP"}]}` + "\r\n\r\n"
	lines := `{"message":{"role":"assistant","content":"","tool_calls":[{"function":{"name":"save","arguments":` + arguments + `}}]},"done":false}` + "\n" +
		`{"message":{"role":"assistant","content":""},"done":true,"done_reason":"stop","prompt_eval_count":1,"eval_count":1}` + "\n"
	compatible := target(t, "a", answering(http.StatusOK, "text/event-stream", openAI.String()))
	compatible.Upstream.Protocol = openai.NewCompatible()
	return map[string]*snapshot.Target{
		"OpenAI": compatible,
		"Gemini": speaking(gemini.New(), target(t, "a", answering(http.StatusOK, "text/event-stream", events))),
		"Ollama": speaking(ollama.New(), target(t, "a", answering(http.StatusOK, "application/x-ndjson", lines))),
	}
}

// streamClient is a client that asks for a stream.
type streamClient struct {
	path, request string
	// arguments that the data of an event adds to those of the call.
	arguments func(data []byte) string
	// whole are the types of events that have everything in them by the rules of the protocol, however long that is.
	whole []string
}

func streamClients() map[string]streamClient {
	schema := `{"type":"object","properties":{"text":{"type":"string"}}}`
	return map[string]streamClient{
		"OpenAI": {
			path: "/v1/chat/completions",
			request: `{"model":"chat","stream":true,"messages":[{"role":"user","content":"hi"}],` +
				`"tools":[{"type":"function","function":{"name":"save","parameters":` + schema + `}}]}`,
			arguments: openAIArguments,
		},
		"Anthropic": {
			path: "/v1/messages",
			request: `{"model":"chat","stream":true,"max_tokens":9,"messages":[{"role":"user","content":"hi"}],` +
				`"tools":[{"name":"save","input_schema":` + schema + `}]}`,
			arguments: anthropicArguments,
		},
		"Responses": {
			path: "/v1/responses",
			request: `{"model":"chat","stream":true,"store":false,"input":"hi",` +
				`"tools":[{"type":"function","name":"save","parameters":` + schema + `}]}`,
			arguments: responsesArguments,
			whole:     []string{"response.function_call_arguments.done", "response.output_item.done", "response.completed"},
		},
	}
}

func openAIArguments(data []byte) string {
	var e struct {
		Choices []struct {
			Delta struct {
				ToolCalls []struct{ Function struct{ Arguments string } } `json:"tool_calls"`
			}
		}
	}
	if json.Unmarshal(data, &e) != nil || len(e.Choices) == 0 || len(e.Choices[0].Delta.ToolCalls) == 0 {
		return ""
	}
	return e.Choices[0].Delta.ToolCalls[0].Function.Arguments
}

func anthropicArguments(data []byte) string {
	var e struct {
		Delta struct {
			PartialJSON string `json:"partial_json"`
		}
	}
	if json.Unmarshal(data, &e) != nil {
		return ""
	}
	return e.Delta.PartialJSON
}

func responsesArguments(data []byte) string {
	var e struct{ Type, Delta string }
	if json.Unmarshal(data, &e) != nil || e.Type != "response.function_call_arguments.delta" {
		return ""
	}
	return e.Delta
}

// TestLimitToolArgumentOf3MB: what a model writes into a file arrives complete, and no line of the stream is one that clients give
// up on, whether the upstream sends the call in fragments or whole.
func TestLimitToolArgumentOf3MB(t *testing.T) {
	text := strings.Repeat("func main() {\n\tfmt.Println(\"Grüße, \\\"World\\\" 😀\", '\x01')\n}\n", 3<<20/60)
	arguments, err := json.Marshal(map[string]string{"text": text})
	if err != nil {
		t.Fatal(err)
	}
	for upstream, target := range argumentsFrom(t, string(arguments)) {
		g := start(t, routes(model("chat", unhurried(target))))
		for name, client := range streamClients() {
			if upstream == name {
				continue // passes as it is
			}
			t.Run(upstream+"To"+name, func(t *testing.T) { client.check(t, g, text) })
		}
	}
}

// mayBeLong says whether an event is one of those that have everything in them. Its type is at its beginning.
func (c streamClient) mayBeLong(data []byte) bool {
	return slices.ContainsFunc(c.whole, func(kind string) bool { return bytes.HasPrefix(data, []byte(`{"type":"`+kind+`"`)) })
}

// check asks for the call and reads it.
func (c streamClient) check(t *testing.T, g *gateway, text string) {
	resp, err := g.client.Do(g.request(http.MethodPost, c.path, c.request))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		all, _ := io.ReadAll(resp.Body)
		t.Fatalf("status %d: %s", resp.StatusCode, all)
	}
	var arguments strings.Builder
	for data, err := range sse.Events(resp.Body) {
		if err != nil {
			t.Fatal(err)
		}
		if len("data: ")+len(data) < sse.MaxLine {
			arguments.WriteString(c.arguments(data))
		} else if !c.mayBeLong(data) {
			t.Errorf("a line of %d bytes: %.200s", len(data), data)
		}
	}
	var got struct{ Text string }
	if err := json.Unmarshal([]byte(arguments.String()), &got); err != nil {
		t.Fatalf("%d bytes of arguments: %v", arguments.Len(), err)
	}
	if got.Text != text {
		t.Errorf("%d bytes of text, want %d", len(got.Text), len(text))
	}
}
