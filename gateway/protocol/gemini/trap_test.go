package gemini

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/fault"
	"github.com/fairlead-dev/fairlead/gateway/jsonwrite"
	"github.com/fairlead-dev/fairlead/gateway/protocol"
	"github.com/fairlead-dev/fairlead/gateway/protocol/golden"
	"github.com/fairlead-dev/fairlead/gateway/sse"
)

// streamed is what a client gets for events of any upstream, through a Sequence.
func streamed(t *testing.T, array bool, events ...chat.Event) string {
	t.Helper()
	call := newCall(protocol.Chat, ":streamGenerateContent")
	call.Array = array
	out := golden.NewOutput()
	w := Generate{}.Stream(call, &chat.Request{Model: alias, Stream: true}, out)
	seq := chat.NewSequence(w.Event)
	for i := range events {
		if err := seq.Event(&events[i]); err != nil {
			t.Fatalf("Event: %v", err)
		}
	}
	if err := seq.End(); err != nil {
		t.Fatalf("End: %v", err)
	}
	if err := w.Close(); err != nil {
		t.Fatalf("Close: %v", err)
	}
	return out.String()
}

var stop = chat.Event{Kind: chat.EventFinish, Finish: chat.Finish{Reason: chat.FinishStop}}

// chunks are the responses in a stream of events.
func chunks(t *testing.T, stream string) []response {
	t.Helper()
	var list []response
	for data, err := range sse.Events(strings.NewReader(stream)) {
		if err != nil {
			t.Fatalf("Events: %v", err)
		}
		var r response
		if err := json.Unmarshal(data, &r); err != nil {
			t.Fatalf("a chunk is no JSON: %v: %s", err, data)
		}
		list = append(list, r)
	}
	return list
}

// TestTrapOnlyDataLines: python-genai takes comments for JSON, genai-js loses the text of events with names and fails on [DONE] and
// on a missing blank line at the end.
func TestTrapOnlyDataLines(t *testing.T) {
	got := streamed(t, false, chat.Event{Kind: chat.EventText, Text: "a\nb"}, stop)
	if !strings.HasSuffix(got, "\n\n") {
		t.Errorf("no blank line at the end: %q", got)
	}
	for line := range strings.SplitSeq(strings.TrimSuffix(got, "\n\n"), "\n") {
		if line != "" && !strings.HasPrefix(line, "data: {") {
			t.Errorf("a line that is no data: %q", line)
		}
	}
}

// TestTrapEveryChunkHasAPart: chats of the SDKs for Node and Go forget the whole turn when a chunk has no candidate with a part.
func TestTrapEveryChunkHasAPart(t *testing.T) {
	got := streamed(t, false,
		chat.Event{Kind: chat.EventStart, ID: "x"}, chat.Event{Kind: chat.EventThinking, Text: "t"}, chat.Event{Kind: chat.EventText, Text: "a"}, stop,
		chat.Event{Kind: chat.EventUsage, Usage: chat.Usage{Known: true, InputTokens: 1}},
	)
	for _, r := range chunks(t, got) {
		if len(r.Candidates) != 1 || len(r.Candidates[0].Content.Parts) == 0 || r.Candidates[0].Content.Role != "model" {
			t.Errorf("a chunk without a part: %+v", r)
		}
	}
}

// TestTrapFinishAndUsageOnTheLastChunk: SDKs take the reason and the usage from the last chunk, also where the upstream tells the
// usage after the reason.
func TestTrapFinishAndUsageOnTheLastChunk(t *testing.T) {
	got := chunks(t, streamed(t, false, chat.Event{Kind: chat.EventText, Text: "a"}, stop,
		chat.Event{Kind: chat.EventUsage, Usage: chat.Usage{Known: true, InputTokens: 3, OutputTokens: 2, ReasoningTokens: 1}}))
	last := got[len(got)-1]
	if last.Candidates[0].FinishReason != "STOP" || last.Usage == nil {
		t.Fatalf("the last chunk is %+v", last)
	}
	if diff := cmp.Diff(usageMetadata{Prompt: 3, Candidates: 1, Thoughts: 1, Total: 5}, *last.Usage); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if got[0].Candidates[0].FinishReason != "" {
		t.Error("a chunk before the last has a reason")
	}
}

// TestTrapCallsAreWhole: this protocol has no fragments of calls, and every call has arguments.
func TestTrapCallsAreWhole(t *testing.T) {
	got := chunks(t, streamed(t, false,
		chat.Event{Kind: chat.EventToolCall, Call: 0, ID: "c1", Name: "f", Signature: chat.Signature{Origin: chat.OriginOpenAI, Value: "enc"}},
		chat.Event{Kind: chat.EventToolCall, Call: 1, ID: "c2", Name: "g"},
		chat.Event{Kind: chat.EventArguments, Call: 0, Text: `{"a"`}, chat.Event{Kind: chat.EventArguments, Call: 0, Text: `:1}`}, stop,
	))
	var calls []functionCall
	for _, r := range got {
		for _, p := range r.Candidates[0].Content.Parts {
			if p.FunctionCall != nil {
				calls = append(calls, *p.FunctionCall)
			}
		}
	}
	want := []functionCall{{"c1", "f", json.RawMessage(`{"a":1}`)}, {"c2", "g", json.RawMessage(`{}`)}}
	if diff := cmp.Diff(want, calls); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	s, _ := unmarked(got[0].Candidates[0].Content.Parts[0].ThoughtSignature)
	if diff := cmp.Diff(chat.Signature{Origin: chat.OriginOpenAI, Value: "enc"}, s); diff != "" {
		t.Errorf("signature: -want +got\n%s", diff)
	}
}

// TestTrapArgumentsThatAreNoObject: what an upstream's model got wrong cannot be an object; Google has a reason for it.
func TestTrapArgumentsThatAreNoObject(t *testing.T) {
	got := chunks(t, streamed(t, false, chat.Event{Kind: chat.EventToolCall, ID: "c", Name: "f"},
		chat.Event{Kind: chat.EventArguments, Text: `{"a":`}, stop))
	if len(got) != 1 || got[0].Candidates[0].FinishReason != finishMalformed {
		t.Errorf("the stream is %+v", got)
	}
}

// TestTrapSignaturesAreBase64: the SDKs for Go and Python decode the field to bytes.
func TestTrapSignaturesAreBase64(t *testing.T) {
	for _, s := range []chat.Signature{{Origin: chat.OriginAnthropic, Value: "EqQB+/?"}, {Origin: chat.OriginOpenAI, Value: "gAAA~"}} {
		for _, redacted := range []bool{false, true} {
			text := marked(s, redacted)
			var bytes []byte
			if err := json.Unmarshal(jsonwrite.Must(text), &bytes); err != nil {
				t.Errorf("%q is no base64: %v", text, err)
			}
			got, wasRedacted := unmarked(strings.NewReplacer("+", "-", "/", "_", "=", "").Replace(text))
			if got != s || wasRedacted != redacted {
				t.Errorf("%v comes back as %v, redacted %v", s, got, wasRedacted)
			}
		}
	}
}

// TestTrapSignatureIsOnAPartWithText: chats of the SDK for Go forget parts without text, and a signature with them.
func TestTrapSignatureIsOnAPartWithText(t *testing.T) {
	got := chunks(t, streamed(t, false,
		chat.Event{Kind: chat.EventThinking, Text: "a"}, chat.Event{Kind: chat.EventThinking, Text: "b"},
		chat.Event{Kind: chat.EventSignature, Signature: chat.Signature{Origin: chat.OriginAnthropic, Value: "s"}},
		chat.Event{Kind: chat.EventText, Text: "c"}, stop,
	))
	p := got[1].Candidates[0].Content.Parts[0]
	if *p.Text != "b" || !p.Thought || p.ThoughtSignature == "" {
		t.Errorf("the second chunk has %+v", p)
	}
}

// TestTrapNoLineOver64K: clients give up on long lines. A call is the exception: its arguments are one object.
func TestTrapNoLineOver64K(t *testing.T) {
	got := streamed(t, false, chat.Event{Kind: chat.EventText, Text: strings.Repeat("\u0001é", 200_000)}, stop)
	for line := range strings.SplitSeq(got, "\n") {
		if len(line) > sse.MaxLine {
			t.Fatalf("a line of %d bytes", len(line))
		}
	}
}

// TestTrapStreamIsAnArray: without alt=sse a stream is one JSON array.
func TestTrapStreamIsAnArray(t *testing.T) {
	got := streamed(t, true, chat.Event{Kind: chat.EventText, Text: "a"}, stop)
	var list []response
	if err := json.Unmarshal([]byte(got), &list); err != nil || len(list) != 2 {
		t.Errorf("%d chunks, %v in %s", len(list), err, got)
	}
}

// TestTrapCutStreamIsAnError: a stream without a reason for its end must not look complete to anybody.
func TestTrapCutStreamIsAnError(t *testing.T) {
	err := newTestDecoder().Stream(strings.NewReader(`data: {"candidates":[{"content":{"parts":[{"text":"a"}]}}]}`+"\n\n"), func(*chat.Event) error { return nil })
	if !errors.Is(err, chat.ErrUnfinished) {
		t.Errorf("Stream: %v, want %v", err, chat.ErrUnfinished)
	}
	got := translated(`data: {"candidates":[{"content":{"parts":[{"text":"a"}]}}]}`+"\n\n", false)
	if strings.Contains(got, "finishReason") || !strings.Contains(got, `data: {"error":{"code":502,`) {
		t.Errorf("a cut stream ends with %s", got)
	}
}

// TestTrapStopAfterCalls: Google says STOP after calls, and agents end their loop on it.
func TestTrapStopAfterCalls(t *testing.T) {
	a, err := newTestDecoder().Whole([]byte(`{"candidates":[{"content":{"parts":[{"functionCall":{"name":"f"}}]},"finishReason":"STOP"}]}`))
	if err != nil {
		t.Fatalf("Whole: %v", err)
	}
	if got := a.Choices[0].Finish.Reason; got != chat.FinishToolCalls {
		t.Errorf("the reason is %s", got)
	}
	if call := a.Choices[0].Parts[0].ToolCall; call.ID == "" || string(call.Arguments) != "{}" {
		t.Errorf("the call is %+v", call)
	}
}

// TestTrapBlockedPrompt: a prompt that Google blocks is a success without candidates, no failure of the upstream.
func TestTrapBlockedPrompt(t *testing.T) {
	a, err := newTestDecoder().Whole([]byte(`{"promptFeedback":{"blockReason":"SAFETY"}}`))
	if err != nil || len(a.Choices) != 1 || a.Choices[0].Finish.Reason != chat.FinishContentFilter {
		t.Errorf("Whole: %+v, %v", a, err)
	}
}

// TestTrapFinishReasons maps each reason of Google's.
func TestTrapFinishReasons(t *testing.T) {
	for reason, want := range map[string]chat.FinishReason{
		"STOP": chat.FinishStop, "OTHER": chat.FinishStop, "LANGUAGE": chat.FinishStop, "MAX_TOKENS": chat.FinishLength, "CONTINUATION": chat.FinishLength,
		"SAFETY": chat.FinishContentFilter, "RECITATION": chat.FinishContentFilter, "BLOCKLIST": chat.FinishContentFilter,
		"PROHIBITED_CONTENT": chat.FinishContentFilter, "SPII": chat.FinishContentFilter, "IMAGE_SAFETY": chat.FinishContentFilter,
	} {
		got, err := (&candidate{FinishReason: reason}).ended()
		if err != nil || got.Reason != want {
			t.Errorf("%s: %s, %v, want %s", reason, got.Reason, err, want)
		}
	}
	for _, reason := range []string{"MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL", "TOO_MANY_TOOL_CALLS"} {
		if _, err := (&candidate{FinishReason: reason}).ended(); err == nil || err.Status != 502 {
			t.Errorf("%s: %v, want a 502", reason, err)
		}
	}
}

// TestTrapUsage: Google's prompt has the cached tokens in it, its candidates have no thoughts.
func TestTrapUsage(t *testing.T) {
	u := usageMetadata{Prompt: 100, Cached: 40, Candidates: 7, Thoughts: 20, Total: 127}
	want := chat.Usage{Known: true, InputTokens: 100, CachedInputTokens: 40, OutputTokens: 27, ReasoningTokens: 20}
	if diff := cmp.Diff(want, u.neutral()); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

// TestTrapResultNeedsAName: a functionResponse is found by the name of its function, which other protocols do not repeat.
func TestTrapResultNeedsAName(t *testing.T) {
	m := []chat.Message{user(chat.Text("a")), assistant(called("1", "")), returned("1", chat.Text("ok"))}
	m[2].Parts[0].ToolResult.Name = ""
	if _, _, err := EncodeChat(&chat.Request{Messages: m}, "gemini-2.5-flash", GoogleAI); err == nil {
		t.Error("a result without a name was sent")
	}
	chat.NameResults(m)
	body, _, err := EncodeChat(&chat.Request{Messages: m}, "gemini-2.5-flash", GoogleAI)
	if err != nil || !bytes.Contains(body, []byte(`"functionResponse":{"id":"1","name":"f"`)) {
		t.Errorf("EncodeChat: %v: %s", err, body)
	}
}

// TestTrapSignatures: Gemini 3 refuses calls of the current turn without a signature; of calls in parallel only the first has one.
func TestTrapSignatures(t *testing.T) {
	older := []chat.Message{user(chat.Text("a")), assistant(called("0", "")), returned("0", chat.Text("ok"))}
	current := append(slices.Clone(older), assistant(chat.Text("done")), user(chat.Text("b")), assistant(called("1", ""), called("2", "")), returned("1", chat.Text("ok")),
		user(chat.Text("a reminder of the agent's")), assistant(called("3", "own"), called("4", "")))
	cases := map[string]struct {
		reason, model string
		messages      []chat.Message
		want          []string
	}{
		"Gemini3": {"each step of the current turn", "gemini-3-flash-preview", current, []string{"", noSignature, "", "own", ""}},
		"Latest":  {"what has no version is new", "gemini-flash-latest", older, []string{noSignature}},
		"Gemini2": {"older models do not ask for any", "gemini-2.5-pro", current, []string{"", "", "", "own", ""}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			body := newEncoder(&chat.Request{Messages: tc.messages}, tc.model, GoogleAI).request()
			var got []string
			for _, c := range body.Contents {
				for _, p := range c.Parts {
					if p.FunctionCall != nil {
						got = append(got, p.ThoughtSignature)
					}
				}
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s: -want +got\n%s", tc.reason, diff)
			}
		})
	}
}

// TestTrapErrorsInStreams: an error in a stream is raised, with what it means.
func TestTrapErrorsInStreams(t *testing.T) {
	err := newTestDecoder().Stream(strings.NewReader(`data: {"error":{"code":429,"message":"slow down","status":"RESOURCE_EXHAUSTED"}}`),
		func(*chat.Event) error { return nil })
	f, ok := errors.AsType[*fault.Error](err)
	if !ok || f.Status != 429 || f.Code != fault.CodeRateLimited {
		t.Errorf("Stream: %v", err)
	}
	if got := string(Errors{}.Frame(f)); !strings.HasPrefix(got, `data: {"error":{"code":429,`) || !strings.HasSuffix(got, "}\n\n") {
		t.Errorf("Frame: %q", got)
	}
}
