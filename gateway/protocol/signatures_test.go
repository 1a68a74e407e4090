package protocol_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/protocol"
	"github.com/fairlead-dev/fairlead/gateway/provider"
	"github.com/fairlead-dev/fairlead/gateway/provider/anthropic"
	"github.com/fairlead-dev/fairlead/gateway/provider/bedrock"
	"github.com/fairlead-dev/fairlead/gateway/provider/gemini"
	"github.com/fairlead-dev/fairlead/gateway/provider/ollama"
	"github.com/fairlead-dev/fairlead/gateway/provider/openai"
	"github.com/fairlead-dev/fairlead/gateway/provider/vertex"
	"github.com/fairlead-dev/fairlead/gateway/sse"
	"github.com/fairlead-dev/fairlead/gateway/surface"
)

// upstream is a provider and one of its answers that holds signatures.
type upstream struct {
	name     string
	provider provider.Chatter
	model    string
	origin   chat.Origin
	// unsigned says that there are thoughts without a signature.
	unsigned bool
	whole    string
	stream   []string
}

// upstreams are answers with all kinds of signatures that providers want back. A stream of them is either what the provider would
// send, or, where that is empty, made of the whole answer.
var upstreams = []upstream{
	{
		name: "Anthropic", provider: anthropic.New(), model: "claude-sonnet-4-6", origin: chat.OriginAnthropic,
		whole: `{"type":"message","id":"msg_1","role":"assistant","content":[
			{"type":"thinking","thinking":"I need\nthe \"weather\" – twice.","signature":"EqQBCg+/sig=="},
			{"type":"text","text":"I look it up."},
			{"type":"tool_use","id":"toolu_1","name":"weather","input":{"city":"Oslo"}},
			{"type":"tool_use","id":"toolu_2","name":"weather","input":{"city":"Rome"}}],"stop_reason":"tool_use"}`,
		stream: []string{
			`{"type":"message_start","message":{"type":"message","id":"msg_1","role":"assistant","content":[]}}`,
			`{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}`,
			`{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"I need\nthe "}}`,
			`{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"\"weather\" – twice."}}`,
			`{"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"EqQBCg+/sig=="}}`,
			`{"type":"content_block_stop","index":0}`,
			`{"type":"content_block_start","index":1,"content_block":{"type":"text","text":""}}`,
			`{"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"I look it up."}}`,
			`{"type":"content_block_stop","index":1}`,
			`{"type":"content_block_start","index":2,"content_block":{"type":"tool_use","id":"toolu_1","name":"weather","input":{}}}`,
			`{"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"{\"city\":\"Oslo\"}"}}`,
			`{"type":"content_block_stop","index":2}`,
			`{"type":"content_block_start","index":3,"content_block":{"type":"tool_use","id":"toolu_2","name":"weather","input":{}}}`,
			`{"type":"content_block_delta","index":3,"delta":{"type":"input_json_delta","partial_json":"{\"city\":\"Rome\"}"}}`,
			`{"type":"content_block_stop","index":3}`,
			`{"type":"message_delta","delta":{"stop_reason":"tool_use","stop_sequence":null},"usage":{"output_tokens":9}}`,
			`{"type":"message_stop"}`,
		},
	},
	{
		name: "AnthropicWithoutWords", provider: anthropic.New(), model: "claude-opus-4-8", origin: chat.OriginAnthropic,
		whole: `{"type":"message","id":"msg_1","role":"assistant","content":[
			{"type":"thinking","thinking":"","signature":"EqQBCg+/sig=="},
			{"type":"tool_use","id":"toolu_1","name":"weather","input":{"city":"Oslo"}}],"stop_reason":"tool_use"}`,
	},
	{
		name: "AnthropicSeveral", provider: anthropic.New(), model: "claude-sonnet-4-6", origin: chat.OriginAnthropic,
		whole: `{"type":"message","id":"msg_1","role":"assistant","content":[
			{"type":"thinking","thinking":"First.","signature":"c2lnMQ=="},
			{"type":"redacted_thinking","data":"cmVkYWN0ZWQ="},
			{"type":"thinking","thinking":"Second.","signature":"c2lnMg=="},
			{"type":"tool_use","id":"toolu_1","name":"weather","input":{"city":"Oslo"}}],"stop_reason":"tool_use"}`,
	},
	{
		name: "Bedrock", provider: bedrock.New(), model: "anthropic.claude-sonnet-4-20250514-v1:0", origin: chat.OriginAnthropic,
		whole: `{"output":{"message":{"role":"assistant","content":[
			{"reasoningContent":{"reasoningText":{"text":"I need the weather.","signature":"EqQBCg+/sig=="}}},
			{"toolUse":{"toolUseId":"tooluse_1","name":"weather","input":{"city":"Oslo"}}}]}},"stopReason":"tool_use"}`,
	},
	{
		name: "BedrockRedacted", provider: bedrock.New(), model: "anthropic.claude-3-7-sonnet-20250219-v1:0", origin: chat.OriginAnthropic,
		whole: `{"output":{"message":{"role":"assistant","content":[
			{"reasoningContent":{"redactedContent":"cmVkYWN0ZWQ="}},
			{"toolUse":{"toolUseId":"tooluse_1","name":"weather","input":{"city":"Oslo"}}}]}},"stopReason":"tool_use"}`,
	},
	{name: "Gemini", provider: gemini.New(), model: "gemini-3-pro", origin: chat.OriginGoogle, whole: geminiCalls, stream: geminiCallChunks},
	{name: "VertexAI", provider: vertex.New(), model: "gemini-3-pro", origin: chat.OriginGoogle, whole: geminiCalls, stream: geminiCallChunks},
	{
		name: "GeminiText", provider: gemini.New(), model: "gemini-3-pro", origin: chat.OriginGoogle,
		whole: `{"candidates":[{"content":{"role":"model","parts":[
			{"text":"It is cold.","thoughtSignature":"AbC+/0=="}]},"finishReason":"STOP"}]}`,
		stream: []string{
			`{"candidates":[{"content":{"role":"model","parts":[{"text":"It is "}]}}]}`,
			`{"candidates":[{"content":{"role":"model","parts":[{"text":"cold."}]}}]}`,
			`{"candidates":[{"content":{"role":"model","parts":[{"text":"","thoughtSignature":"AbC+/0=="}]},"finishReason":"STOP"}]}`,
		},
	},
	{
		name: "GoogleCompatible", provider: openai.NewCompatible(), model: "gemini-3-pro", origin: chat.OriginGoogle,
		whole: `{"id":"1","choices":[{"index":0,"finish_reason":"tool_calls","message":{"role":"assistant","tool_calls":[
			{"id":"function-call-1","type":"function","function":{"name":"weather","arguments":"{\"city\":\"Oslo\"}"},
			"extra_content":{"google":{"thought_signature":"AbC+/0=="}}}]}}]}`,
	},
	{
		name: "DeepSeek", provider: openai.NewCompatible(), model: "deepseek-reasoner", origin: chat.OriginCompatible,
		whole: `{"id":"1","choices":[{"index":0,"finish_reason":"tool_calls","message":{"role":"assistant","content":"",
			"reasoning_content":"I need the weather.","tool_calls":[
			{"id":"call_1","type":"function","function":{"name":"weather","arguments":"{\"city\":\"Oslo\"}"}}]}}]}`,
	},
	{
		name: "OpenRouter", provider: openai.NewCompatible(), model: "anthropic/claude-sonnet-4.5", origin: chat.OriginCompatible,
		whole: `{"id":"1","choices":[{"index":0,"finish_reason":"tool_calls","message":{"role":"assistant","content":"",
			"reasoning":"I need the weather.","reasoning_details":[
			{"type":"reasoning.text","text":"I need the weather.","signature":"EqQBCg+/sig==","format":"anthropic-claude-v1","index":0}],"tool_calls":[
			{"id":"call_1","type":"function","function":{"name":"weather","arguments":"{\"city\":\"Oslo\"}"}}]}}]}`,
	},
	{
		name: "OpenRouterEncrypted", provider: openai.NewCompatible(), model: "openai/gpt-5.1", origin: chat.OriginCompatible,
		whole: `{"id":"1","choices":[{"index":0,"finish_reason":"tool_calls","message":{"role":"assistant","content":"","reasoning_details":[
			{"type":"reasoning.encrypted","data":"gAAAAA==","id":"rs_1","format":"openai-responses-v1","index":0}],"tool_calls":[
			{"id":"call_1","type":"function","function":{"name":"weather","arguments":"{\"city\":\"Oslo\"}"}}]}}]}`,
	},
	{
		name: "Ollama", provider: ollama.New(), model: "qwen3", unsigned: true,
		whole: `{"message":{"role":"assistant","content":"","thinking":"I need the weather.","tool_calls":[
			{"id":"call_1","function":{"name":"weather","arguments":{"city":"Oslo"}}}]},"done":true,"done_reason":"stop"}`,
	},
	{
		name: "Mistral", provider: openai.NewCompatible(), model: "magistral-medium-latest", origin: chat.OriginCompatible,
		whole: `{"id":"1","choices":[{"index":0,"finish_reason":"tool_calls","message":{"role":"assistant","content":[
			{"type":"thinking","thinking":[{"type":"text","text":"I need the weather."}]}],"tool_calls":[
			{"id":"abcdefghi","type":"function","function":{"name":"weather","arguments":"{\"city\":\"Oslo\"}"}}]}}]}`,
	},
}

const geminiCalls = `{"candidates":[{"content":{"role":"model","parts":[
	{"text":"I need the weather.","thought":true},
	{"functionCall":{"name":"weather","args":{"city":"Oslo"}},"thoughtSignature":"AbC+/0=="},
	{"functionCall":{"name":"weather","args":{"city":"Rome"}}}]},"finishReason":"STOP"}]}`

var geminiCallChunks = []string{
	`{"candidates":[{"content":{"role":"model","parts":[{"text":"I need the weather.","thought":true}]}}]}`,
	`{"candidates":[{"content":{"role":"model","parts":[{"functionCall":{"name":"weather","args":{"city":"Oslo"}},"thoughtSignature":"AbC+/0=="}]}}]}`,
	`{"candidates":[{"content":{"role":"model","parts":[{"functionCall":{"name":"weather","args":{"city":"Rome"}}}]},"finishReason":"STOP"}]}`,
}

// lost are the pairs of which a signature cannot come back, and why.
var lost = map[string]string{
	"AnthropicSeveral through Ollama":    "the one place, the id of the first call, holds one signature",
	"BedrockRedacted through Ollama":     "thinking without words has no place of its own",
	"OpenRouterEncrypted through Ollama": "thinking without words has no place of its own",
	"GeminiText through Ollama":          "a turn without a call has no place at all, and Gemini does not insist on this one",
}

// TestSignatures sends what every provider signs round the loop through every client protocol, whole and streamed: to the client, as
// its protocol's SDKs keep it, and back in the next request with the results of the tools. The provider gets each signature with
// what it belongs to, bit by bit.
func TestSignatures(t *testing.T) {
	table := surface.New()
	for _, u := range upstreams {
		for _, c := range clients {
			for _, streamed := range []bool{false, true} {
				name := u.name + " through " + c.name
				t.Run(name+map[bool]string{true: " streamed"}[streamed], func(t *testing.T) {
					checkSignatures(t, table.Service(&c.call).Chat, u, &c, streamed, lost[name] != "")
				})
			}
		}
	}
}

// checkSignatures goes once round the loop. gone says that the client's protocol has no place for what u signs.
func checkSignatures(t *testing.T, codec protocol.ChatCodec, u upstream, c *client, streamed, gone bool) {
	req := decodeTurn(t, codec, c, nil)
	answer := answerOf(t, u.provider, req, u.whole, u.stream)
	var message any
	if streamed {
		message = c.gather(events(t, writeStream(t, codec, c, req, answer)))
	} else {
		message = c.message(parse(t, codec.Answer(req, answer(nil))))
	}
	body := mustJSON(t, c.next(message))
	next := decodeTurn(t, codec, c, body)
	out, err := u.provider.EncodeChat(next, u.model)
	if err != nil {
		t.Fatalf("EncodeChat: %v\n%s", err, body)
	}
	want, got := signed(parse(t, []byte(u.whole))), signed(parse(t, bytes.Join(out.Body, nil)))
	if gone {
		want = nil
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-signed +came back\n%s\nthe client sent:\n%s", diff, body)
	}
	if (len(want) > 0 || u.unsigned && c.signs) && !c.hasOwn(u.origin) && !chat.Marked(body) {
		t.Errorf("Marked does not see that this must not pass untouched:\n%s", body)
	}
}

// decodeTurn reads a request of a client: the one that begins the conversation where body is nil.
func decodeTurn(t *testing.T, codec protocol.ChatCodec, c *client, body []byte) *chat.Request {
	t.Helper()
	if body == nil {
		body = []byte(c.first)
	}
	req, err := codec.Decode(&c.call, body)
	if err != nil {
		t.Fatalf("Decode: %v\n%s", err, body)
	}
	return req
}

// answerOf decodes an upstream's answer. With an emit it is emitted as the events of a stream.
func answerOf(t *testing.T, p provider.Chatter, req *chat.Request, whole string, stream []string) func(emit func(*chat.Event) error) *chat.Answer {
	return func(emit func(*chat.Event) error) *chat.Answer {
		t.Helper()
		if emit == nil || stream == nil {
			a, err := p.DecodeChat(req).Whole([]byte(whole))
			if err != nil {
				t.Fatalf("Whole: %v", err)
			}
			a.Tidy()
			if emit != nil {
				if err := a.Events(emit); err != nil {
					t.Fatalf("Events: %v", err)
				}
			}
			return a
		}
		var src []byte
		for _, data := range stream {
			src = sse.Append(src, "", []byte(data))
		}
		if err := p.DecodeChat(req).Stream(bytes.NewReader(src), emit); err != nil {
			t.Fatalf("Stream: %v", err)
		}
		return nil
	}
}

// recorder is a protocol.Output.
type recorder struct{ bytes.Buffer }

func (r *recorder) Raw(p []byte) error { _, err := r.Write(p); return err }

func (r *recorder) Event(name string, data []byte) error { return r.Raw(sse.Append(nil, name, data)) }

func writeStream(t *testing.T, codec protocol.ChatCodec, c *client, req *chat.Request, answer func(func(*chat.Event) error) *chat.Answer) []byte {
	t.Helper()
	var out recorder
	w := codec.Stream(&c.call, req, &out)
	s := chat.NewSequence(w.Event)
	answer(s.Event)
	if err := s.End(); err != nil {
		t.Fatalf("End: %v", err)
	}
	if err := w.Close(); err != nil {
		t.Fatalf("Close: %v", err)
	}
	return out.Bytes()
}

// events are the JSON documents of a stream, of whichever form.
func events(t *testing.T, stream []byte) []map[string]any {
	t.Helper()
	var list []map[string]any
	for line := range strings.Lines(string(stream)) {
		line = strings.TrimSpace(strings.TrimPrefix(line, "data:"))
		if strings.HasPrefix(line, "{") {
			list = append(list, parse(t, []byte(line)))
		}
	}
	return list
}

// signed are the objects in a document that hold a signature, or thoughts that a provider wants back without one, in order: as far as
// they have to come back.
func signed(v any) []map[string]any {
	var list []map[string]any
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			list = append(list, signed(e)...)
		}
	case map[string]any:
		if o := carrier(v); o != nil {
			return append(list, o)
		}
		for _, key := range []string{
			"output", "candidates", "choices", "message", "messages", "contents", "content", "parts", "reasoningContent", "reasoningText",
			"tool_calls",
		} {
			list = append(list, signed(v[key])...)
		}
	}
	return list
}

// carrier is what of an object has to come back; nil where it holds no signature.
func carrier(o map[string]any) map[string]any {
	kept := map[string]any{}
	for _, key := range []string{"signature", "thoughtSignature", "redactedContent", "reasoning_content", "reasoning_details", "extra_content"} {
		if o[key] != nil {
			kept[key] = o[key]
		}
	}
	if kind := o["type"]; kind == "redacted_thinking" || kind == "thinking" {
		kept["type"] = kind
	}
	if len(kept) == 0 {
		return nil
	}
	for _, key := range []string{"data", "thinking", "text"} {
		if o[key] != nil {
			kept[key] = o[key]
		}
	}
	if call, ok := o["functionCall"].(map[string]any); ok {
		kept["call"] = call["args"]
	}
	return kept
}

func parse(t *testing.T, text []byte) map[string]any {
	t.Helper()
	var v map[string]any
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatalf("decoding %s: %v", text, err)
	}
	return v
}

func mustJSON(t *testing.T, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
