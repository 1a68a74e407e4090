package anthropic

import (
	"encoding/json"
	"errors"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/fault"
	"github.com/fairlead-dev/fairlead/gateway/jsonwrite"
	"github.com/fairlead-dev/fairlead/gateway/protocol/golden"
)

// streamed writes events as a client gets them, and reads them as strictly as a client does. end is the last call of the writer.
func streamed(t *testing.T, events []chat.Event, end func(w *streamWriter) error) (*received, string) {
	t.Helper()
	out := golden.NewOutput()
	w := newMessages().Stream(nil, &chat.Request{Model: "alias"}, out).(*streamWriter)
	seq := chat.NewSequence(w.Event)
	for i := range events {
		if err := seq.Event(&events[i]); err != nil {
			t.Fatalf("Event: %v", err)
		}
	}
	if err := end(w); err != nil {
		t.Fatalf("ending the stream: %v", err)
	}
	r, err := receive(out.String())
	if err != nil {
		t.Fatalf("a client cannot read the stream: %v\n%s", err, out.String())
	}
	return r, out.String()
}

func stopped(reason chat.FinishReason) chat.Event {
	return chat.Event{Kind: chat.EventFinish, Finish: chat.Finish{Reason: reason}}
}

// Without a name @anthropic-ai/sdk sees no event, and before message_start it throws.
func TestTrapEventsHaveNamesAndBeginWithMessageStart(t *testing.T) {
	_, stream := streamed(t, []chat.Event{{Kind: chat.EventText, Text: "hi"}, stopped(chat.FinishStop)}, (*streamWriter).Close)
	if !strings.HasPrefix(stream, "event: message_start\ndata: {\"type\":\"message_start\"") {
		t.Errorf("the stream begins otherwise:\n%s", stream)
	}
	if strings.Count(stream, "event: ") != strings.Count(stream, "data: ") {
		t.Errorf("there are events without a name:\n%s", stream)
	}
}

// A comment breaks python-genai, an id: line openai-python, data that is not there openai-node: none is in any stream.
func TestTrapNoLinesButNamesAndData(t *testing.T) {
	_, stream := streamed(t, []chat.Event{{Kind: chat.EventText, Text: "a\n\nid: 1\n: b"}, stopped(chat.FinishStop)}, (*streamWriter).Close)
	for line := range strings.Lines(stream) {
		if line != "\n" && !strings.HasPrefix(line, "event: ") && !strings.HasPrefix(line, "data: {") {
			t.Errorf("the stream has the line %q", line)
		}
	}
}

// The SDKs address blocks by their index: calls that OpenAI interleaves come one after another.
func TestTrapInterleavedCallsBecomeBlocksInOrder(t *testing.T) {
	r, _ := streamed(t, []chat.Event{
		{Kind: chat.EventToolCall, Call: 0, ID: "a", Name: "f"},
		{Kind: chat.EventToolCall, Call: 1, ID: "b", Name: "g"},
		{Kind: chat.EventArguments, Call: 0, Text: `{"x"`},
		{Kind: chat.EventArguments, Call: 1, Text: `{"y"`},
		{Kind: chat.EventArguments, Call: 0, Text: `:1}`},
		{Kind: chat.EventArguments, Call: 1, Text: `:2}`},
		stopped(chat.FinishToolCalls),
	}, (*streamWriter).Close)
	want := []*receivedBlock{
		{Type: blockToolUse, ID: "a", Name: "f", Arguments: `{"x":1}`, stopped: true},
		{Type: blockToolUse, ID: "b", Name: "g", Arguments: `{"y":2}`, stopped: true},
	}
	if diff := cmp.Diff(want, r.Blocks, cmp.AllowUnexported(receivedBlock{})); diff != "" {
		t.Errorf("blocks: -want +got\n%s", diff)
	}
}

// The AI SDK hands a tool an empty string where there are no arguments.
func TestTrapArgumentsAreNeverEmpty(t *testing.T) {
	r, _ := streamed(t, []chat.Event{{Kind: chat.EventToolCall, ID: "a", Name: "f"}, stopped(chat.FinishToolCalls)}, (*streamWriter).Close)
	if got := r.Blocks[0].Arguments; got != "{}" {
		t.Errorf("arguments = %q, want {}", got)
	}
	b, _ := answerBlock(&chat.Part{Kind: chat.KindToolCall, ToolCall: &chat.ToolCall{ID: "a", Name: "f"}})
	if string(b.Input) != "{}" {
		t.Errorf("input = %s, want {}", b.Input)
	}
}

// An agent ends its loop where a call of a tool ends with anything but tool_use.
func TestTrapStopAfterACallIsToolUse(t *testing.T) {
	r, _ := streamed(t, []chat.Event{{Kind: chat.EventToolCall, ID: "a", Name: "f"}, stopped(chat.FinishStop)}, (*streamWriter).Close)
	if r.StopReason != stopToolUse {
		t.Errorf("stop_reason = %s, want %s", r.StopReason, stopToolUse)
	}
}

// A stream that just closes looks like success: one that was cut ends with an error, and without message_stop.
func TestTrapCutStreamEndsWithAnError(t *testing.T) {
	cut := func(w *streamWriter) error { return w.Fail(fault.BadGateway("The upstream broke off.")) }
	r, _ := streamed(t, []chat.Event{{Kind: chat.EventText, Text: "hi"}}, cut)
	if r.Error != errAPI || r.Ended {
		t.Errorf("error = %q, message_stop = %v, want %s and none", r.Error, r.Ended, errAPI)
	}
}

// Open WebUI gives up on lines over 128 KB, the client of Ollama in Go on lines over 8 MB.
func TestTrapLinesAreShort(t *testing.T) {
	text, argument := strings.Repeat("\x01é", 1<<18), `{"x":"`+strings.Repeat("a", 3<<20)+`"}`
	r, _ := streamed(t, []chat.Event{
		{Kind: chat.EventThinking, Text: text},
		{Kind: chat.EventText, Text: text},
		{Kind: chat.EventToolCall, ID: "a", Name: "f"},
		{Kind: chat.EventArguments, Text: argument},
		stopped(chat.FinishToolCalls),
	}, (*streamWriter).Close)
	if r.Blocks[0].Text != text || r.Blocks[1].Text != text || r.Blocks[2].Arguments != argument {
		t.Error("the pieces do not make up what was cut")
	}
}

// The SDK for Node keeps the last signature_delta only; receive refuses a second one.
func TestTrapSignatureComesInOneEvent(t *testing.T) {
	signature := chat.Signature{Origin: chat.OriginAnthropic, Value: strings.Repeat("Eq", 10<<10)}
	r, _ := streamed(t, []chat.Event{
		{Kind: chat.EventSignature, Signature: signature}, {Kind: chat.EventThinking, Text: "more"}, stopped(chat.FinishStop),
	}, (*streamWriter).Close)
	if r.Blocks[0].Signature != signature.Value || r.Blocks[1].Text != "more" {
		t.Errorf("blocks = %+v, %+v", r.Blocks[0], r.Blocks[1])
	}
}

// Anthropic's input_tokens exclude what the cache had, OpenAI's prompt_tokens include it.
func TestTrapInputTokensExcludeTheCache(t *testing.T) {
	const wire = `{"input_tokens":5,"cache_creation_input_tokens":20,"cache_read_input_tokens":100,"output_tokens":7,"output_tokens_details":{"thinking_tokens":3}}`
	var u usage
	if err := json.Unmarshal([]byte(wire), &u); err != nil {
		t.Fatal(err)
	}
	want := chat.Usage{Known: true, InputTokens: 125, CachedInputTokens: 100, CacheWriteTokens: 20, OutputTokens: 7, ReasoningTokens: 3}
	if diff := cmp.Diff(want, u.neutral()); diff != "" {
		t.Errorf("neutral: -want +got\n%s", diff)
	}
	if got := string(jsonwrite.Must(newUsage(want))); got != wire {
		t.Errorf("newUsage = %s, want %s", got, wire)
	}
}

// The ids of calls that a client keeps from one provider must be ids for the next: letters, digits, `-` and `_`.
func TestTrapIDsOfOtherProviders(t *testing.T) {
	allowed := regexp.MustCompile(`^[a-zA-Z0-9_-]+$`)
	seen := map[string]string{}
	for _, id := range []string{"", "call_1", "toolu_01", "functions.weather:0", "functions_weather_0", "é", "a b", foreign, foreign + "YQ", "a"} {
		for _, s := range []chat.Signature{{}, {Origin: chat.OriginGoogle, Value: "Ci+/=="}} {
			got := callID(id, s)
			if !allowed.MatchString(got) {
				t.Errorf("callID(%q) = %q", id, got)
			}
			if other, twice := seen[got]; twice {
				t.Errorf("%q and %q are both %q", other, id, got)
			}
			seen[got] = id
			if back, signature := readCallID(got); back != id || signature != s {
				t.Errorf("readCallID(%q) = %q, %v, want %q, %v", got, back, signature, id, s)
			}
		}
	}
	if got := callID("call_1", chat.Signature{}); got != "call_1" {
		t.Errorf("an id that needs no change became %q", got)
	}
}

// Arguments that a model wrote wrong reach the tool, as a member of an object.
func TestTrapArgumentsThatAreNoObject(t *testing.T) {
	for given, want := range map[string]string{
		``: `{}`, ` {"a":1} `: `{"a":1}`, `{"a":`: `{"invalid_arguments":"{\"a\":"}`, `[1]`: `{"invalid_arguments":"[1]"}`,
	} {
		if got := string(object(json.RawMessage(given))); got != want {
			t.Errorf("object(%s) = %s, want %s", given, got, want)
		}
	}
}

// The end of a client is the end of the stream: the decoder returns the very error.
func TestTrapClientGone(t *testing.T) {
	gone := errors.New("gone")
	src := "data: {\"type\":\"message_start\",\"message\":{}}\n\ndata: {\"type\":\"message_stop\"}\n\n"
	if err := DecodeStream(strings.NewReader(src), func(*chat.Event) error { return gone }); !errors.Is(err, gone) {
		t.Errorf("DecodeStream = %v, want %v", err, gone)
	}
}

// Agents shorten a conversation when they find these words in an error, whoever the provider was.
func TestTrapContextLengthOfOtherProviders(t *testing.T) {
	e := fault.Invalid(fault.CodeContextLength, "", "This model's maximum context length is 8192 tokens.")
	if got := string(Errors{}.Body(e, "")); !strings.Contains(got, `"message":"prompt is too long: This model's`) {
		t.Errorf("Body = %s", got)
	}
}
