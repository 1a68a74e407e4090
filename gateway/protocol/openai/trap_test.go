package openai

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/openai/openai-go/v3"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/fault"
	"github.com/fairlead-dev/fairlead/gateway/protocol"
	"github.com/fairlead-dev/fairlead/gateway/protocol/golden"
	"github.com/fairlead-dev/fairlead/gateway/sse"
)

// write writes events as they come from an upstream's decoder, and returns what the client gets.
func write(t *testing.T, req *chat.Request, events ...chat.Event) string {
	t.Helper()
	out := golden.NewOutput()
	w := Chat{mint: fixedMint()}.Stream(call(protocol.Chat), req, out)
	s := chat.NewSequence(w.Event)
	for i := range events {
		if err := s.Event(&events[i]); err != nil {
			t.Fatalf("event %d: %v", i, err)
		}
	}
	if err := s.End(); err != nil {
		t.Fatalf("End: %v", err)
	}
	if err := w.Close(); err != nil {
		t.Fatalf("Close: %v", err)
	}
	return out.String()
}

// everything is an answer that has all kinds of events.
func everything() []chat.Event {
	stop := chat.Finish{Reason: chat.FinishStop}
	return []chat.Event{
		{Kind: chat.EventThinking, Text: "hm"},
		{Kind: chat.EventSignature, Signature: chat.Signature{Origin: chat.OriginAnthropic, Value: "sig"}},
		{Kind: chat.EventRedacted, Signature: chat.Signature{Origin: chat.OriginAnthropic, Value: "blob"}},
		{Kind: chat.EventText, Text: "héllo \"x\"\n"},
		{Kind: chat.EventToolCall, Call: 0, ID: "call_1", Name: "f", Signature: chat.Signature{Origin: chat.OriginGoogle, Value: "G"}},
		{Kind: chat.EventArguments, Call: 0, Text: `{"a":`},
		{Kind: chat.EventArguments, Call: 0, Text: `1}`},
		{Kind: chat.EventToolCall, Call: 1, ID: "call_2", Name: "g"},
		{Kind: chat.EventFinish, Finish: stop},
		{Kind: chat.EventUsage, Usage: chat.Usage{Known: true, InputTokens: 5, CachedInputTokens: 2, CacheWriteTokens: 1, OutputTokens: 3, ReasoningTokens: 1}},
	}
}

// chunkOf is a chunk as a test reads it.
type chunkOf struct {
	ID      string `json:"id"`
	Created int64  `json:"created"`
	Model   string `json:"model"`
	Choices []struct {
		Index int `json:"index"`
		Delta struct {
			Role      string  `json:"role"`
			Content   *string `json:"content"`
			Reasoning string  `json:"reasoning_content"`
			ToolCalls []struct {
				Index    *int   `json:"index"`
				ID       string `json:"id"`
				Type     string `json:"type"`
				Function struct {
					Name      string `json:"name"`
					Arguments string `json:"arguments"`
				} `json:"function"`
			} `json:"tool_calls"`
		} `json:"delta"`
		FinishReason *string `json:"finish_reason"`
	} `json:"choices"`
	Usage json.RawMessage `json:"usage"`
	Error json.RawMessage `json:"error"`
}

// chunksOf reads a stream strictly: lines of data and blank lines only, each data JSON but for the last, which is [DONE].
func chunksOf(t *testing.T, stream string) []chunkOf {
	t.Helper()
	events, found := strings.CutSuffix(stream, "data: [DONE]\n\n")
	if !found {
		t.Fatalf("the stream does not end with [DONE]: %q", stream)
	}
	var list []chunkOf
	for event := range strings.SplitSeq(strings.TrimSuffix(events, "\n\n"), "\n\n") {
		data, isData := strings.CutPrefix(event, "data: ")
		var c chunkOf
		if err := json.Unmarshal([]byte(data), &c); !isData || err != nil {
			t.Fatalf("event %q: %v", event, err)
		}
		list = append(list, c)
	}
	return list
}

func streamed() *chat.Request { return &chat.Request{Model: "alias", Stream: true, IncludeUsage: true} }

func TestTrapRoleInFirstDelta(t *testing.T) {
	two := append(everything(), chat.Event{Kind: chat.EventText, Choice: 1, Text: "x"}, chat.Event{Kind: chat.EventFinish, Choice: 1})
	begun := map[int]bool{}
	for _, c := range chunksOf(t, write(t, streamed(), two...)) {
		for _, choice := range c.Choices {
			if first := !begun[choice.Index]; first != (choice.Delta.Role == "assistant") {
				t.Errorf("choice %d: first is %v, role is %q", choice.Index, first, choice.Delta.Role)
			}
			begun[choice.Index] = true
		}
	}
	if len(begun) != 2 {
		t.Errorf("%d choices, want 2", len(begun))
	}
}

// TestTrapChoicesBeginInOrder: the helper of openai-python fails with an IndexError otherwise.
func TestTrapChoicesBeginInOrder(t *testing.T) {
	stop := chat.Finish{Reason: chat.FinishStop}
	stream := write(t, streamed(),
		chat.Event{Kind: chat.EventText, Choice: 2, Text: "c"}, chat.Event{Kind: chat.EventText, Choice: 0, Text: "a"},
		chat.Event{Kind: chat.EventText, Choice: 1, Text: "b"}, chat.Event{Kind: chat.EventFinish, Choice: 1, Finish: stop},
		chat.Event{Kind: chat.EventFinish, Choice: 0, Finish: stop}, chat.Event{Kind: chat.EventFinish, Choice: 2, Finish: stop},
	)
	var begun []int
	for _, c := range chunksOf(t, stream) {
		for _, choice := range c.Choices {
			if choice.Delta.Role != "" {
				begun = append(begun, choice.Index)
			}
		}
	}
	if diff := cmp.Diff([]int{0, 1, 2}, begun); diff != "" {
		t.Errorf("choices begin: -want +got\n%s", diff)
	}
}

func TestTrapNoNullErrorAndNoForeignKeys(t *testing.T) {
	stream := write(t, streamed(), everything()...)
	for _, key := range []string{`"error"`, `"event"`, `"selected_model_id"`, `"type":"response`} {
		if strings.Contains(stream, key) {
			t.Errorf("the stream holds %s, which clients take for something else", key)
		}
	}
	for line := range strings.Lines(stream) {
		if line != "\n" && !strings.HasPrefix(line, "data: ") {
			t.Errorf("line %q: openai-python dispatches empty events after an id, openai-node parses an event without data", line)
		}
	}
}

func TestTrapToolCallsHaveIndexAndArguments(t *testing.T) {
	arguments := map[int]string{}
	ids := map[int]string{}
	for _, c := range chunksOf(t, write(t, streamed(), everything()...)) {
		for _, choice := range c.Choices {
			for _, call := range choice.Delta.ToolCalls {
				if call.Index == nil {
					t.Fatal("a call without index: Open WebUI drops it")
				}
				if call.Function.Arguments == "" {
					t.Error("a piece of a call with empty arguments: the AI SDK hands the tool an empty string")
				}
				ids[*call.Index] += call.ID
				arguments[*call.Index] += call.Function.Arguments
			}
		}
	}
	if diff := cmp.Diff(map[int]string{0: `{"a":1}`, 1: `{}`}, arguments); diff != "" {
		t.Errorf("arguments: -want +got\n%s", diff)
	}
	if diff := cmp.Diff(map[int]string{0: "call_1__sig_Z29vZ2xlOkc", 1: "call_2"}, ids); diff != "" {
		t.Errorf("ids: -want +got\n%s", diff)
	}
}

func TestTrapFinishIsToolCallsAfterACall(t *testing.T) {
	var reasons []string
	for _, c := range chunksOf(t, write(t, streamed(), everything()...)) {
		for _, choice := range c.Choices {
			if choice.FinishReason != nil {
				reasons = append(reasons, *choice.FinishReason)
			}
		}
	}
	if diff := cmp.Diff([]string{"tool_calls"}, reasons); diff != "" {
		t.Errorf("the AI SDK ends its loop on stop: -want +got\n%s", diff)
	}
}

func TestTrapUsageOnlyLastAndOnlyWhereAsked(t *testing.T) {
	list := chunksOf(t, write(t, streamed(), everything()...))
	for i, c := range list {
		if last := i == len(list)-1; last != (c.Usage != nil) || last != (len(c.Choices) == 0) {
			t.Errorf("chunk %d of %d: usage %s, %d choices", i, len(list), c.Usage, len(c.Choices))
		}
	}
	want := `{"prompt_tokens":5,"completion_tokens":3,"total_tokens":8,"prompt_tokens_details":{"cached_tokens":2,"cache_write_tokens":1},` +
		`"completion_tokens_details":{"reasoning_tokens":1}}`
	if got := string(list[len(list)-1].Usage); got != want {
		t.Errorf("usage %s, want %s", got, want)
	}
	quiet := &chat.Request{Model: "alias", Stream: true}
	for _, c := range chunksOf(t, write(t, quiet, everything()...)) {
		if c.Usage != nil {
			t.Errorf("usage %s in a stream whose client did not ask for it", c.Usage)
		}
	}
}

func TestTrapConstantThroughTheStream(t *testing.T) {
	for _, c := range chunksOf(t, write(t, streamed(), everything()...)) {
		if c.ID != "chatcmpl-new1" || c.Created != 1700000000 || c.Model != "alias" {
			t.Errorf("id %q, created %d, model %q change in the stream", c.ID, c.Created, c.Model)
		}
	}
}

// TestTrapLineLength: Open WebUI's HTTP client gives up on lines over 128 KB. Texts are of characters that JSON makes six of.
func TestTrapLineLength(t *testing.T) {
	long := strings.Repeat("\x01", 200<<10)
	log := json.RawMessage(`{"token":"` + strings.Repeat("x", 1000) + `"}`)
	events := []chat.Event{
		{Kind: chat.EventThinking, Text: long},
		{Kind: chat.EventSignature, Signature: chat.Signature{Origin: chat.OriginAnthropic, Value: "sig"}},
		{Kind: chat.EventText, Text: long},
		{Kind: chat.EventToolCall, ID: "1", Name: "f"},
		{Kind: chat.EventArguments, Text: `{"a":"` + strings.Repeat("ü", 200<<10) + `"}`},
		{Kind: chat.EventFinish, Finish: chat.Finish{Reason: chat.FinishStop}, Logprobs: slices.Repeat([]json.RawMessage{log}, 200)},
	}
	stream := write(t, streamed(), events...)
	for line := range strings.Lines(stream) {
		if len(line) > sse.MaxLine {
			t.Errorf("a line of %d bytes", len(line))
		}
	}
	content, reasoning, arguments := gathered(t, stream)
	if content != long || reasoning != long || arguments != events[4].Text || strings.Count(stream, `"role"`) != 1 {
		t.Errorf("%d bytes of content, %d of reasoning, %d of arguments: something was lost, or the role comes twice",
			len(content), len(reasoning), len(arguments))
	}
	if n := strings.Count(stream, `"token":"`); n != 200 {
		t.Errorf("%d log probabilities, want 200", n)
	}
}

// gathered joins the pieces of a stream.
func gathered(t *testing.T, stream string) (content, reasoning, arguments string) {
	t.Helper()
	var c, r, a strings.Builder
	for _, chunk := range chunksOf(t, stream) {
		for _, choice := range chunk.Choices {
			if choice.Delta.Content != nil {
				c.WriteString(*choice.Delta.Content)
			}
			r.WriteString(choice.Delta.Reasoning)
			for _, call := range choice.Delta.ToolCalls {
				a.WriteString(call.Function.Arguments)
			}
		}
	}
	return c.String(), r.String(), a.String()
}

// TestTrapBrokenStream: raw SDKs take the silent end of a stream for success, and clients overlook an error beside choices.
func TestTrapBrokenStream(t *testing.T) {
	out := golden.NewOutput()
	w := Chat{mint: fixedMint()}.Stream(call(protocol.Chat), streamed(), out)
	for _, e := range []chat.Event{{Kind: chat.EventStart}, {Kind: chat.EventText, Text: "x"}} {
		if err := w.Event(&e); err != nil {
			t.Fatalf("Event: %v", err)
		}
	}
	if err := w.Fail(fault.Timeout("too slow")); err != nil {
		t.Fatalf("Fail: %v", err)
	}
	_, last, _ := strings.Cut(out.String(), "\n\n")
	want := `data: {"error":{"message":"too slow","type":"server_error","param":null,"code":"upstream_timeout"}}` + "\n\n"
	if last != want {
		t.Errorf("the stream ends with %q, want %q", last, want)
	}
}

// TestTrapNothingBeforeTheFirstEvent: until then another upstream can take over.
func TestTrapNothingBeforeTheFirstEvent(t *testing.T) {
	out := golden.NewOutput()
	w := Chat{mint: fixedMint()}.Stream(call(protocol.Chat), streamed(), out)
	if err := w.Event(&chat.Event{Kind: chat.EventStart, ID: "x"}); err != nil {
		t.Fatalf("Event: %v", err)
	}
	if out.Len() > 0 {
		t.Errorf("%q was sent for a start, which says nothing yet", out.String())
	}
}

// TestSDKReadsTheStream reads a stream with the types and the accumulator of OpenAI's SDK for Go.
func TestSDKReadsTheStream(t *testing.T) {
	events, _ := strings.CutSuffix(write(t, streamed(), everything()...), "data: [DONE]\n\n")
	var acc openai.ChatCompletionAccumulator
	for event := range strings.SplitSeq(strings.TrimSuffix(events, "\n\n"), "\n\n") {
		var c openai.ChatCompletionChunk
		if err := json.Unmarshal([]byte(strings.TrimPrefix(event, "data: ")), &c); err != nil {
			t.Fatalf("%s: %v", event, err)
		}
		if !acc.AddChunk(c) {
			t.Fatalf("the accumulator refuses %s", event)
		}
	}
	m := acc.Choices[0].Message
	got := fmt.Sprintf("%s|%s|%s|%s|%s|%d", m.Role, m.Content, acc.Choices[0].FinishReason, m.ToolCalls[0].Function.Arguments,
		m.ToolCalls[1].Function.Name, acc.Usage.PromptTokensDetails.CachedTokens)
	if want := "assistant|héllo \"x\"\n|tool_calls|{\"a\":1}|g|2"; got != want {
		t.Errorf("the SDK reads %q, want %q", got, want)
	}
}

// TestSDKReadsTheAnswer reads a whole answer with the types of OpenAI's SDK for Go.
func TestSDKReadsTheAnswer(t *testing.T) {
	var c chat.Collector
	s := chat.NewSequence(c.Event)
	for _, e := range everything() {
		if err := s.Event(&e); err != nil {
			t.Fatalf("Event: %v", err)
		}
	}
	var doc openai.ChatCompletion
	if err := json.Unmarshal(Chat{mint: fixedMint()}.Answer(streamed(), c.Answer()), &doc); err != nil {
		t.Fatalf("reading the answer: %v", err)
	}
	m := doc.Choices[0].Message
	details := m.JSON.ExtraFields["reasoning_details"].Raw()
	want := `[{"type":"reasoning.text","text":"hm","signature":"fairlead:anthropic:sig","format":"anthropic-claude-v1","index":0},` +
		`{"type":"reasoning.encrypted","data":"fairlead:anthropic:blob","format":"anthropic-claude-v1","index":1}]`
	if details != want {
		t.Errorf("reasoning_details %s, want %s", details, want)
	}
	if m.Content != "héllo \"x\"\n" || m.ToolCalls[0].ID != "call_1__sig_Z29vZ2xlOkc" || doc.Usage.TotalTokens != 8 {
		t.Errorf("content %q, id %q, %d tokens", m.Content, m.ToolCalls[0].ID, doc.Usage.TotalTokens)
	}
}
