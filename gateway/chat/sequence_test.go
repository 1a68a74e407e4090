package chat

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

// brief is the events of a stream in short: kind, call, text.
func brief(events []Event) []string {
	names := [...]string{"?", "start", "text", "thinking", "signature", "redacted", "call", "arguments", "end", "finish", "usage"}
	out := make([]string, 0, len(events))
	for _, e := range events {
		s := names[e.Kind]
		switch e.Kind {
		case EventToolCall, EventArguments, EventToolCallEnd:
			s += string(rune('0' + e.Call))
		}
		if text := e.Text + e.Name + string(e.Finish.Reason) + e.Signature.Value; text != "" {
			s += " " + text
		}
		out = append(out, s)
	}
	return out
}

func order(t *testing.T, events ...Event) ([]Event, error) {
	t.Helper()
	var got []Event
	s := NewSequence(func(e *Event) error {
		got = append(got, *e)
		return nil
	})
	for i := range events {
		if err := s.Event(&events[i]); err != nil {
			t.Fatalf("Event: %v", err)
		}
	}
	return got, s.End()
}

func text(s string) Event             { return Event{Kind: EventText, Text: s} }
func call(i int, name string) Event   { return Event{Kind: EventToolCall, Call: i, ID: "id", Name: name} }
func arguments(i int, s string) Event { return Event{Kind: EventArguments, Call: i, Text: s} }
func callEnd(i int) Event             { return Event{Kind: EventToolCallEnd, Call: i} }
func finish(r FinishReason) Event     { return Event{Kind: EventFinish, Finish: Finish{Reason: r}} }

var sequences = map[string]struct {
	reason string
	events []Event
	want   []string
}{
	"StartIsAdded":  {"clients need one", []Event{text("a"), finish(FinishStop)}, []string{"start", "text a", "finish stop"}},
	"OneStart":      {"", []Event{{Kind: EventStart}, {Kind: EventStart}, text("a"), finish(FinishStop)}, []string{"start", "text a", "finish stop"}},
	"EmptyTextGoes": {"it says nothing", []Event{text(""), finish(FinishStop)}, []string{"start", "finish stop"}},
	"NoArguments": {
		"an empty string is no JSON object: LangChain and the AI SDK hand it to the tool",
		[]Event{call(0, "f"), finish(FinishToolCalls)},
		[]string{"start", "call0 f", "arguments0 {}", "end0", "finish tool_calls"},
	},
	"StopAfterCalls": {
		"agents end their loop on stop",
		[]Event{call(0, "f"), arguments(0, "{}"), finish(FinishStop)},
		[]string{"start", "call0 f", "arguments0 {}", "end0", "finish tool_calls"},
	},
	"LengthAfterCalls": {
		"the arguments may be cut",
		[]Event{call(0, "f"), arguments(0, `{"a`), finish(FinishLength)},
		[]string{"start", "call0 f", `arguments0 {"a`, "end0", "finish length"},
	},
	"ParallelWithEnds": {
		"nothing has to wait",
		[]Event{call(0, "f"), arguments(0, "1"), callEnd(0), call(1, "g"), arguments(1, "2"), callEnd(1), finish(FinishStop)},
		[]string{"start", "call0 f", "arguments0 1", "end0", "call1 g", "arguments1 2", "end1", "finish tool_calls"},
	},
	"ParallelWithoutEnds": {
		"the second waits for the end of the first, which only the end of all tells",
		[]Event{call(0, "f"), arguments(0, "1"), call(1, "g"), arguments(1, "2"), arguments(0, "3"), call(2, "h"), finish(FinishToolCalls)},
		[]string{
			"start", "call0 f", "arguments0 1", "arguments0 3", "end0", "call1 g", "arguments1 2", "end1",
			"call2 h", "arguments2 {}", "end2", "finish tool_calls",
		},
	},
	"HeldEndsFirst": {
		"an end that comes while the call waits is kept",
		[]Event{call(0, "f"), call(1, "g"), arguments(1, "2"), callEnd(1), arguments(0, "1"), callEnd(0), text("x"), finish(FinishToolCalls)},
		[]string{"start", "call0 f", "arguments0 1", "end0", "call1 g", "arguments1 2", "end1", "text x", "finish tool_calls"},
	},
	"TextEndsCalls": {
		"",
		[]Event{call(0, "f"), text("x"), finish(FinishToolCalls)},
		[]string{"start", "call0 f", "arguments0 {}", "end0", "text x", "finish tool_calls"},
	},
	"TextAmongArguments": {
		"none of them is lost, and no call is cut in two",
		[]Event{call(0, "f"), arguments(0, `{"a":`), text("x"), call(1, "g"), arguments(0, "1}"), text("y"), arguments(1, "{}"), finish(FinishToolCalls)},
		[]string{
			"start", "call0 f", `arguments0 {"a":`, "arguments0 1}", "end0", "call1 g", "arguments1 {}", "end1", "text x", "text y", "finish tool_calls",
		},
	},
	"LogprobsAmongArguments": {
		"vLLM sends them with every token",
		[]Event{
			call(0, "f"), {Kind: EventText, Logprobs: []json.RawMessage{[]byte("{}")}}, arguments(0, "{"), arguments(0, "}"), callEnd(0), finish(FinishToolCalls),
		},
		[]string{"start", "call0 f", "arguments0 {", "arguments0 }", "end0", "text", "finish tool_calls"},
	},
	"TextAfterArguments": {
		"it does not wait",
		[]Event{call(0, "f"), arguments(0, "{}"), text("x"), call(1, "g"), arguments(1, "{}"), finish(FinishToolCalls)},
		[]string{"start", "call0 f", "arguments0 {}", "end0", "text x", "call1 g", "arguments1 {}", "end1", "finish tool_calls"},
	},
	"NothingAfterTheEnd": {
		"some servers go on",
		[]Event{finish(FinishStop), text("x"), finish(FinishLength), {Kind: EventUsage}},
		[]string{"start", "finish stop", "usage"},
	},
	"SignedEmptyText": {
		"Gemini signs a part without text",
		[]Event{{Kind: EventText, Signature: Signature{OriginGoogle, "s"}}, finish(FinishStop)},
		[]string{"start", "text s", "finish stop"},
	},
	"ArgumentsOfNobody": {"", []Event{arguments(3, "x"), callEnd(3), finish(FinishStop)}, []string{"start", "finish stop"}},
}

func TestSequence(t *testing.T) {
	for name, c := range sequences {
		t.Run(name, func(t *testing.T) {
			got, err := order(t, c.events...)
			if err != nil {
				t.Errorf("End: %v", err)
			}
			if diff := cmp.Diff(c.want, brief(got)); diff != "" {
				t.Errorf("%s: -want +got\n%s", c.reason, diff)
			}
		})
	}
}

func TestSequenceUnfinished(t *testing.T) {
	for name, events := range map[string][]Event{"Nothing": nil, "OnlyStart": {{Kind: EventStart}}, "Cut": {text("a")}} {
		if _, err := order(t, events...); !errors.Is(err, ErrUnfinished) {
			t.Errorf("%s: End: %v, want ErrUnfinished", name, err)
		}
	}
}

func TestSequenceStopsWithTheClient(t *testing.T) {
	gone := errors.New("gone")
	s := NewSequence(func(*Event) error { return gone })
	e := text("a")
	if err := s.Event(&e); !errors.Is(err, gone) {
		t.Errorf("Event: %v, want the error of the writer", err)
	}
}

func TestSequenceCutsLongTexts(t *testing.T) {
	long := strings.Repeat("ü", maxPiece)
	got, err := order(t, text(long), call(0, "f"), arguments(0, long), finish(FinishToolCalls))
	if err != nil {
		t.Fatal(err)
	}
	var said, argued strings.Builder
	for _, e := range got {
		if len(e.Text) > maxPiece || !utf8.ValidString(e.Text) {
			t.Errorf("an event of %d bytes", len(e.Text))
		}
		switch e.Kind {
		case EventText:
			said.WriteString(e.Text)
		case EventArguments:
			argued.WriteString(e.Text)
		}
	}
	if said.String() != long || argued.String() != long {
		t.Error("the pieces do not make the whole")
	}
}

func TestPieces(t *testing.T) {
	for name, text := range map[string]string{
		"Empty": "", "Short": "hi", "AtLimit": strings.Repeat("x", maxPiece), "OverLimit": strings.Repeat("x", maxPiece+1),
		"Wide": "x" + strings.Repeat("😀", maxPiece), "Control": strings.Repeat("\x00", 3*maxPiece), "BadUTF8": strings.Repeat("\x80", 2*maxPiece+1),
	} {
		t.Run(name, func(t *testing.T) {
			parts := slices.Collect(Pieces(text))
			if got := strings.Join(parts, ""); got != text {
				t.Errorf("the parts make %d bytes, want %d", len(got), len(text))
			}
			for _, p := range parts {
				doc, err := json.Marshal(p)
				if err != nil || p == "" || len(doc) > 60<<10 || utf8.ValidString(text) && !utf8.ValidString(p) {
					t.Errorf("a part of %d bytes, %d in JSON, %v", len(p), len(doc), err)
				}
			}
		})
	}
}

// TestEventsAndCollector: an answer shown as events and collected again is the same answer.
func TestEventsAndCollector(t *testing.T) {
	want := &Answer{
		ID: "a",
		Choices: []Choice{
			{
				Parts: []Part{
					{Kind: KindThinking, Text: "hm", Signature: Signature{OriginAnthropic, "s"}},
					{Kind: KindRedacted, Signature: Signature{OriginAnthropic, "r"}},
					Text("let me see"),
					{Kind: KindToolCall, ToolCall: &ToolCall{ID: "1", Name: "f", Arguments: json.RawMessage(`{"a":1}`)}, Signature: Signature{OriginGoogle, "g"}},
					{Kind: KindToolCall, ToolCall: &ToolCall{ID: "2", Name: "g", Arguments: json.RawMessage(`{}`)}},
				},
				Finish: Finish{Reason: FinishToolCalls},
			},
			{Parts: []Part{Text("b")}, Finish: Finish{Reason: FinishStop, StopSequence: "x"}},
		},
		Usage: Usage{Known: true, InputTokens: 3, OutputTokens: 5},
	}
	var c Collector
	s := NewSequence(c.Event)
	if err := want.Events(s.Event); err != nil {
		t.Fatal(err)
	}
	if err := s.End(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, c.Answer()); diff != "" {
		t.Errorf("answer: -want +got\n%s", diff)
	}
}

func TestTidy(t *testing.T) {
	a := &Answer{Choices: []Choice{{
		Parts: []Part{{Kind: KindToolCall, ToolCall: &ToolCall{Name: "f"}}}, Finish: Finish{Reason: FinishStop},
	}}}
	a.Tidy()
	if c := a.Choices[0]; c.Finish.Reason != FinishToolCalls || string(c.Parts[0].ToolCall.Arguments) != "{}" {
		t.Errorf("Tidy: %+v", c)
	}
}
