package anthropic

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-dev/fairlead/gateway/chat"
)

// sentBody is the part of an upstream's request that the traps are about.
type sentBody struct {
	MaxTokens int64   `json:"max_tokens"`
	System    []block `json:"system"`
	Messages  []turn  `json:"messages"`
	Thinking  *thinking
}

func sent(t *testing.T, model string, req *chat.Request) (sentBody, []chat.Param) {
	t.Helper()
	r, err := Encode(req, model)
	if err != nil {
		t.Fatalf("Encode: %v", err)
	}
	return *parseLoose[sentBody](t, r.Body), r.Lost
}

func parseLoose[T any](t *testing.T, text []byte) *T {
	t.Helper()
	v := new(T)
	if err := json.Unmarshal(text, v); err != nil {
		t.Fatalf("reading %s: %v", text, err)
	}
	return v
}

func said(role chat.Role, texts ...string) chat.Message {
	m := chat.Message{Role: role}
	for _, text := range texts {
		m.Parts = append(m.Parts, chat.Text(text))
	}
	return m
}

// outline is the roles and types of blocks of a conversation.
func outline(turns []turn) string {
	var b strings.Builder
	for _, m := range turns {
		b.WriteString(m.Role + ":")
		for _, c := range m.Content {
			b.WriteString(" " + c.Type)
		}
		b.WriteString("\n")
	}
	return b.String()
}

// max_tokens is required here and in no other protocol.
func TestTrapMaxTokensIsRequired(t *testing.T) {
	hi := []chat.Message{said(chat.RoleUser, "hi")}
	for _, tc := range []struct {
		model  string
		stream bool
		want   int64
	}{{"claude-opus-5-5", true, 128_000}, {"claude-opus-5-5", false, defaultWhole}, {"claude-3-haiku", false, 4096}, {"other", true, 4096}} {
		if b, _ := sent(t, tc.model, &chat.Request{Messages: hi, Stream: tc.stream}); b.MaxTokens != tc.want {
			t.Errorf("max_tokens of %s = %d, want %d", tc.model, b.MaxTokens, tc.want)
		}
	}
}

// Users and assistants take turns, instructions after the first stand with the user's words, and results come before them.
func TestTrapRolesAlternate(t *testing.T) {
	result := chat.Part{Kind: chat.KindToolResult, ToolResult: &chat.ToolResult{ID: "a", Parts: []chat.Part{chat.Text("18")}}}
	call := chat.Part{Kind: chat.KindToolCall, ToolCall: &chat.ToolCall{ID: "a", Name: "f", Arguments: []byte(`{}`)}}
	b, _ := sent(t, "claude-opus-5-5", &chat.Request{Messages: []chat.Message{
		said(chat.RoleSystem, "one", "two"),
		said(chat.RoleUser, "hi"),
		said(chat.RoleUser, "there"),
		said(chat.RoleAssistant, ""),
		said(chat.RoleAssistant, "I look."),
		{Role: chat.RoleAssistant, Parts: []chat.Part{call}},
		said(chat.RoleSystem, "three"),
		{Role: chat.RoleTool, Parts: []chat.Part{result}},
	}})
	const want = "user: text text\nassistant: text tool_use\nuser: tool_result text\n"
	if diff := cmp.Diff(want, outline(b.Messages)); diff != "" {
		t.Errorf("messages: -want +got\n%s", diff)
	}
	if len(b.System) != 2 || b.Messages[2].Content[1].Text != "<system>\nthree\n</system>" {
		t.Errorf("system = %+v, folded = %+v", b.System, b.Messages[2].Content[1])
	}
}

// Thinking has to come back with its signature in a loop of tools. What carries none of Anthropic's is not sent.
func TestTrapThinkingComesBackWithItsSignature(t *testing.T) {
	call := chat.Part{Kind: chat.KindToolCall, ToolCall: &chat.ToolCall{ID: "a", Name: "f", Arguments: []byte(`{}`)}}
	result := chat.Part{Kind: chat.KindToolResult, ToolResult: &chat.ToolResult{ID: "a"}}
	for name, tc := range map[string]struct {
		signature chat.Signature
		types     string
		thinks    bool
		lost      []chat.Param
	}{
		"Own":     {chat.Signature{Origin: chat.OriginAnthropic, Value: "Eq"}, "assistant: thinking tool_use", true, nil},
		"Foreign": {chat.Signature{Origin: chat.OriginGoogle, Value: "Ci"}, "assistant: tool_use", false, []chat.Param{{Name: lostEffort, As: lostEffort}}},
		"None":    {chat.Signature{}, "assistant: tool_use", false, []chat.Param{{Name: lostEffort, As: lostEffort}}},
	} {
		t.Run(name, func(t *testing.T) {
			thought := chat.Part{Kind: chat.KindThinking, Text: "Hm.", Signature: tc.signature}
			b, lost := sent(t, "claude-sonnet-4-5", &chat.Request{Reasoning: &chat.Reasoning{Effort: "low"}, Messages: []chat.Message{
				said(chat.RoleUser, "hi"),
				{Role: chat.RoleAssistant, Parts: []chat.Part{thought, call}},
				{Role: chat.RoleTool, Parts: []chat.Part{result}},
			}})
			if got := outline(b.Messages); !strings.Contains(got, tc.types+"\n") {
				t.Errorf("messages:\n%s\nwant %s", got, tc.types)
			}
			if b.Thinking.on() != tc.thinks {
				t.Errorf("thinking = %+v, want it on: %v", b.Thinking, tc.thinks)
			}
			if diff := cmp.Diff(tc.lost, lost); diff != "" {
				t.Errorf("lost: -want +got\n%s", diff)
			}
		})
	}
}

// Anthropic refuses white space at the end of an answer that has begun, and text of nothing else.
func TestTrapWhiteSpace(t *testing.T) {
	b, _ := sent(t, "claude-sonnet-4-5", &chat.Request{Messages: []chat.Message{said(chat.RoleUser, "hi", " \n"), said(chat.RoleAssistant, "So \n\t")}})
	if got := outline(b.Messages); got != "user: text\nassistant: text\n" || b.Messages[1].Content[0].Text != "So" {
		t.Errorf("messages:\n%s%q", got, b.Messages[1].Content[0].Text)
	}
}

// Pings and types of tomorrow come at any time, and the usage of message_delta is what was used so far, not what was added.
func TestTrapPingsAndCumulativeUsage(t *testing.T) {
	got := events(strings.NewReader(strings.ReplaceAll(`data: {"type":"ping"}
data: {"type":"message_start","message":{"usage":{"input_tokens":10,"output_tokens":5}}}
data: {"type":"ping"}
data: {"type":"tomorrow","delta":3}
data: {"type":"content_block_delta","index":0,"delta":{"type":"delta_of_tomorrow"}}
data: {"type":"message_delta","delta":{"stop_reason":null},"usage":{"output_tokens":7}}
data: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":9}}
data: {"type":"message_stop"}
`, "\n", "\n\n")))
	if !strings.Contains(got, "InputTokens:10 CachedInputTokens:0 CacheWriteTokens:0 OutputTokens:9") || strings.Contains(got, "error") {
		t.Errorf("events:\n%s", got)
	}
}

// What Claude Code sends reaches a provider of another protocol: nothing is refused, and what is lost has its name.
func TestTrapClaudeCode(t *testing.T) {
	req, err := newMessages().Decode(nil, []byte(`{"model":"m","max_tokens":32000,"stream":true,"thinking":{"type":"adaptive"},"output_config":{"effort":"high"},
		"context_management":{"edits":[]},"messages":[{"role":"user","content":"hi"},{"role":"system","content":"Be brief."}]}`))
	if err != nil {
		t.Fatalf("Decode: %v", err)
	}
	if req.Messages[1].Role != chat.RoleSystem || req.Reasoning.Effort != "high" {
		t.Errorf("messages = %+v, reasoning = %+v", req.Messages, req.Reasoning)
	}
	ledger := req.Open()
	ledger.Take(chat.ParamMaxTokens)
	if lost := ledger.Lost(); len(lost) != 1 || lost[0].As != "context_management" {
		t.Errorf("lost = %+v", lost)
	}
}
