package responses

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	sdk "github.com/openai/openai-go/v3/responses"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/fault"
	"github.com/fairlead-dev/fairlead/gateway/protocol"
	"github.com/fairlead-dev/fairlead/gateway/protocol/golden"
	"github.com/fairlead-dev/fairlead/gateway/sse"
)

// streamed is what a client gets for events; fail is nil for a stream that ends well.
func streamed(t *testing.T, body string, fail *fault.Error, events ...chat.Event) string {
	t.Helper()
	out := golden.NewOutput()
	w := newCodec().Stream(&protocol.Call{}, request(t, body), out)
	s := chat.NewSequence(w.Event)
	for i := range events {
		if err := s.Event(&events[i]); err != nil {
			t.Fatalf("Event: %v", err)
		}
	}
	end := w.Close
	if fail != nil {
		end = func() error { return w.Fail(fail) }
	}
	if err := end(); err != nil {
		t.Fatalf("ending the stream: %v", err)
	}
	return out.String()
}

// client returns OpenAI's Go client of a server that answers with a stream.
func client(t *testing.T, stream string) openai.Client {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = w.Write([]byte(stream))
	}))
	t.Cleanup(server.Close)
	return openai.NewClient(option.WithBaseURL(server.URL), option.WithAPIKey("k"), option.WithMaxRetries(0))
}

var finish = chat.Event{Kind: chat.EventFinish, Finish: chat.Finish{Reason: chat.FinishStop}}

// The helpers of openai-node and openai-python insist on response.created as the first event and response.completed as the last.
func TestTrapCreatedFirstCompletedLast(t *testing.T) {
	stream := streamed(t, `{"input":"x"}`, nil, chat.Event{Kind: chat.EventText, Text: "hi"}, finish)
	var names []string
	for line := range strings.Lines(stream) {
		if name, ok := strings.CutPrefix(strings.TrimSpace(line), "event: "); ok {
			names = append(names, name)
		}
	}
	if names[0] != "response.created" || names[len(names)-1] != "response.completed" {
		t.Errorf("got %v", names)
	}
}

// openai-python dispatches empty events after an `id:`, and other clients stumble over comments: there are event and data lines only.
// The protocol has no [DONE].
func TestTrapOnlyEventAndDataLines(t *testing.T) {
	for line := range strings.Lines(streamed(t, `{"input":"x"}`, nil, chat.Event{Kind: chat.EventText, Text: "hi"}, finish)) {
		if line != "\n" && !strings.HasPrefix(line, "event: ") && !strings.HasPrefix(line, "data: {") {
			t.Errorf("got the line %q", line)
		}
	}
}

// openai-go ends a stream at any event with a member `error`, even if that is null.
func TestTrapErrorNull(t *testing.T) {
	c := client(t, streamed(t, `{"input":"x"}`, nil, chat.Event{Kind: chat.EventText, Text: "hi"}, finish))
	s := c.Responses.NewStreaming(t.Context(), sdk.ResponseNewParams{})
	var text strings.Builder
	last := ""
	for s.Next() {
		if e := s.Current(); e.Type == "response.output_text.delta" {
			text.WriteString(e.Delta)
		} else if e.Type == "response.completed" {
			last = e.Response.OutputText()
		}
	}
	if s.Err() != nil || text.String() != "hi" || last != "hi" {
		t.Errorf("got %q and %q, %v", text.String(), last, s.Err())
	}
}

// A stream that is cut looks like success to the SDKs unless an error comes.
func TestTrapCutStream(t *testing.T) {
	stream := streamed(t, `{"input":"x"}`, fault.BadGateway("cut off"), chat.Event{Kind: chat.EventText, Text: "hi"})
	if strings.Contains(stream, "response.completed") || !strings.Contains(stream, "event: response.failed") {
		t.Errorf("got %s", stream)
	}
	c := client(t, stream)
	s := c.Responses.NewStreaming(t.Context(), sdk.ResponseNewParams{})
	for s.Next() {
	}
	if s.Err() == nil || !strings.Contains(s.Err().Error(), "cut off") {
		t.Errorf("the SDK reports %v", s.Err())
	}
}

// A tool that takes nothing gets `{}`: clients parse the arguments.
func TestTrapCallWithoutArguments(t *testing.T) {
	stream := streamed(t, `{"input":"x"}`, nil, chat.Event{Kind: chat.EventToolCall, ID: "call_1", Name: "f"}, finish)
	if !strings.Contains(stream, `"delta":"{}"`) || !strings.Contains(stream, `"arguments":"{}","status":"completed"`) {
		t.Errorf("got %s", stream)
	}
}

// Clients give up on lines over 128 KB, some at 64: only the events that repeat everything may be longer.
func TestTrapLongLines(t *testing.T) {
	long := strings.Repeat("\x01", 100<<10)
	tools := `,"tools":[{"type":"custom","name":"c","description":"` + strings.Repeat("d", 200<<10) + `"}]`
	custom, err := json.Marshal(map[string]string{"input": long})
	if err != nil {
		t.Fatalf("encoding the input: %v", err)
	}
	stream := streamed(t, `{"input":"x"`+tools+`}`, nil,
		chat.Event{Kind: chat.EventThinking, Text: long},
		chat.Event{Kind: chat.EventText, Text: long},
		chat.Event{Kind: chat.EventToolCall, Call: 0, ID: "call_1", Name: "f"},
		chat.Event{Kind: chat.EventArguments, Call: 0, Text: `{"x":"` + strings.Repeat("y", 3<<20) + `"}`},
		chat.Event{Kind: chat.EventToolCall, Call: 1, ID: "call_2", Name: "c"},
		chat.Event{Kind: chat.EventArguments, Call: 1, Text: string(custom)},
		finish)
	var name string
	for line := range strings.Lines(stream) {
		if event, ok := strings.CutPrefix(line, "event: "); ok {
			name = strings.TrimSpace(event)
		}
		repeats := strings.HasSuffix(name, ".done") || name == "response.completed"
		if len(line) > sse.MaxLine && !repeats {
			t.Errorf("%s has %d bytes", name, len(line))
		}
	}
}

// What a client gets in one turn it returns in the next: it has to mean the same.
func TestRoundTrip(t *testing.T) {
	declared := `"tools":[{"type":"function","name":"f","parameters":{}},{"type":"custom","name":"c"},{"type":"namespace","name":"n","tools":[{"type":"function","name":"f"},{"type":"custom","name":"c"}]},{"type":"tool_search","execution":"client","parameters":{}}]`
	parts := []chat.Part{
		{Kind: chat.KindThinking, Text: "a\n\nb", Signature: chat.Signature{Origin: chat.OriginAnthropic, Value: "c2ln"}},
		{Kind: chat.KindThinking, Signature: chat.Signature{Origin: chat.OriginOpenAI, Value: "gAAA:x"}},
		{Kind: chat.KindRedacted, Signature: chat.Signature{Origin: chat.OriginAnthropic, Value: "hidden"}},
		chat.Text("hello \"you\""),
		{Kind: chat.KindToolCall, ToolCall: &chat.ToolCall{ID: "1", Name: "f", Arguments: []byte(`{"x":"\u0000"}`)}, Signature: chat.Signature{Origin: chat.OriginGoogle, Value: "s"}},
		{Kind: chat.KindToolCall, ToolCall: &chat.ToolCall{ID: "2", Name: "c", Arguments: []byte(`{"input":"a\nb"}`)}},
		{Kind: chat.KindToolCall, ToolCall: &chat.ToolCall{ID: "3", Name: "n__f", Arguments: []byte(`{}`)}},
		{Kind: chat.KindToolCall, ToolCall: &chat.ToolCall{ID: "4", Name: "n__c", Arguments: []byte(`{"input":""}`)}},
		{Kind: chat.KindToolCall, ToolCall: &chat.ToolCall{ID: "5", Name: "tool_search", Arguments: []byte(`{"query":"x"}`)}},
	}
	answer := &chat.Answer{Choices: []chat.Choice{{Parts: parts, Finish: chat.Finish{Reason: chat.FinishToolCalls}}}}
	var got struct{ Output json.RawMessage }
	if err := json.Unmarshal(newCodec().Answer(request(t, `{"input":"x",`+declared+`}`), answer), &got); err != nil {
		t.Fatalf("reading the answer: %v", err)
	}
	next := request(t, fmt.Sprintf(`{"input":%s,%s}`, got.Output, declared))
	want := []chat.Message{{Role: chat.RoleAssistant, Parts: parts}}
	if diff := cmp.Diff(want, next.Messages); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if len(next.Params) > 0 {
		t.Errorf("lost %v", next.Params)
	}
}

// An answer to a request of another codec, or to none that was remembered, repeats defaults.
func TestAnswerWithoutMemory(t *testing.T) {
	var r sdk.Response
	body := newCodec().Answer(&chat.Request{Model: "m"}, &chat.Answer{})
	if err := json.Unmarshal(body, &r); err != nil || r.Model != "m" || r.Status != "completed" || len(r.Output) > 0 {
		t.Errorf("got %s, %v", body, err)
	}
}

// goneOutput is an Output whose client has gone after some events.
type goneOutput struct {
	bytes.Buffer
	left int
}

var errGone = errors.New("client gone")

func (o *goneOutput) Raw([]byte) error { return nil }

func (o *goneOutput) Event(string, []byte) error {
	if o.left--; o.left < 0 {
		return errGone
	}
	return nil
}

// Every event that cannot be sent ends the stream with the error of the Output.
func TestStreamClientGone(t *testing.T) {
	events := []chat.Event{
		{Kind: chat.EventStart},
		{Kind: chat.EventThinking, Text: "a"},
		{Kind: chat.EventText, Text: "b"},
		{Kind: chat.EventToolCall, ID: "1", Name: "c"},
		{Kind: chat.EventArguments, Text: `{"input":"x"}`},
		finish,
	}
	run := func(o *goneOutput) error {
		w := newCodec().Stream(&protocol.Call{}, request(t, `{"input":"x","tools":[{"type":"custom","name":"c"}]}`), o)
		s := chat.NewSequence(w.Event)
		for i := range events {
			if err := s.Event(&events[i]); err != nil {
				return err
			}
		}
		return w.Close()
	}
	sent := 0
	for ; sent < 100; sent++ {
		err := run(&goneOutput{left: sent})
		if err == nil {
			break
		}
		if !errors.Is(err, errGone) {
			t.Fatalf("after %d events: %v", sent, err)
		}
	}
	if sent < 15 || sent == 100 {
		t.Errorf("a whole stream took %d events", sent)
	}
}
