package responses

import (
	"encoding/json"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/fault"
	"github.com/fairlead-dev/fairlead/gateway/jsonscan"
	"github.com/fairlead-dev/fairlead/gateway/protocol"
	"github.com/fairlead-dev/fairlead/gateway/protocol/golden"
	"github.com/fairlead-dev/fairlead/gateway/sse"
)

// seed adds a section of all golden cases.
func seed(f *testing.F, section string) {
	f.Helper()
	files, err := filepath.Glob("testdata/*/*.txtar")
	if err != nil || len(files) == 0 {
		f.Fatalf("finding the cases: %v, %d files", err, len(files))
	}
	for _, file := range files {
		ar, err := txtar.ParseFile(file)
		if err != nil {
			f.Fatalf("reading %s: %v", file, err)
		}
		for _, s := range ar.Files {
			if s.Name == section {
				f.Add(s.Data)
			}
		}
	}
}

// FuzzDecode: whatever JSON comes, there is a request or a mistake of the client, and an answer to it is JSON.
func FuzzDecode(f *testing.F) {
	seed(f, "request")
	answer := &chat.Answer{Choices: []chat.Choice{{Parts: []chat.Part{
		chat.Text("x"), {Kind: chat.KindToolCall, ToolCall: &chat.ToolCall{ID: "1", Name: "f", Arguments: []byte("{}")}},
	}}}}
	f.Fuzz(func(t *testing.T, body []byte) {
		if _, err := jsonscan.Scan(&jsonscan.Spec{}, body); err != nil {
			t.Skip("the scanner refuses it")
		}
		req, err := newCodec().Decode(&protocol.Call{}, body)
		if err != nil {
			if _, ok := errors.AsType[*fault.Error](err); !ok {
				t.Errorf("the error is no fault: %v", err)
			}
			return
		}
		if got := newCodec().Answer(req, answer); !json.Valid(got) {
			t.Errorf("not JSON: %s", got)
		}
	})
}

// FuzzStream: whatever an upstream says, each event is one line of JSON with its number and the name that it is sent under, and every
// item that is closed was opened. The input is the text of the answer's parts: the first byte of each line is the kind of its event.
func FuzzStream(f *testing.F) {
	f.Add("Fa\nCthought\nDsig\nBtext\nFf\nG{\"x\":1}\nHx\nI\nJ")
	f.Add("Fc\nG{\"input\":\"y\"}\nBtext\nI")
	f.Add("D\nDs\nEr\nEr\nB\nC\nC\xff\nBx\n")
	f.Fuzz(func(t *testing.T, script string) {
		out := golden.NewOutput()
		w := newCodec().Stream(&protocol.Call{}, request(t, `{"input":"x","tools":[{"type":"custom","name":"c"}]}`), out)
		s := chat.NewSequence(w.Event)
		for line := range strings.SplitSeq(script, "\n") {
			if line == "" {
				continue
			}
			text := line[1:]
			e := chat.Event{
				Kind: chat.EventKind(line[0] - '@'), Call: len(text) % 3, Text: text, ID: text, Name: text,
				Signature: chat.Signature{Origin: chat.OriginAnthropic, Value: text},
			}
			if err := s.Event(&e); err != nil {
				t.Fatalf("Event: %v", err)
			}
		}
		end := w.Close
		if s.End() != nil {
			end = func() error { return w.Fail(fault.BadGateway(script)) }
		}
		if err := end(); err != nil {
			t.Fatalf("ending the stream: %v", err)
		}
		checkEvents(t, out.String())
	})
}

// seenEvent is what checkEvents looks at.
type seenEvent struct {
	Type   string
	Number int    `json:"sequence_number"`
	ItemID string `json:"item_id"`
	Item   struct{ ID string }
}

func checkEvents(t *testing.T, stream string) {
	t.Helper()
	open, next := "", 0
	for data, err := range sse.Events(strings.NewReader(stream)) {
		if err != nil {
			t.Fatalf("reading the stream: %v", err)
		}
		var e seenEvent
		if err := json.Unmarshal(data, &e); err != nil {
			t.Fatalf("reading an event: %v: %s", err, data)
		}
		if e.Number != next || !strings.Contains(stream, "event: "+e.Type+"\ndata: ") {
			t.Errorf("got the event %s with the number %d, want %d", e.Type, e.Number, next)
		}
		next++
		if e.Type != eventError && e.Type != "response.failed" {
			open = checkOpen(t, &e, open)
		}
	}
}

// checkOpen returns the item that is open after the event, where open was before it.
func checkOpen(t *testing.T, e *seenEvent, open string) string {
	t.Helper()
	switch {
	case e.Type == "response.output_item.added" && open == "":
		return e.Item.ID
	case e.Type == "response.output_item.done" && open == e.Item.ID:
		return ""
	case e.Item.ID != "" || e.ItemID != open:
		t.Errorf("%s came while %q was open", e.Type, open)
	}
	return open
}

// FuzzObserver: whatever passes, in whatever pieces, the observer reports the same.
func FuzzObserver(f *testing.F) {
	f.Add([]byte(created+textDelta+completed), 5)
	f.Add([]byte("data: {\"type\":\"response.completed\",\"response\":{\"usage\":{\"input_tokens\":1}}}\r\r"), 1)
	f.Add([]byte(`{"usage":{"input_tokens":1,"output_tokens":2}}`), 3)
	f.Fuzz(func(t *testing.T, answer []byte, cut int) {
		for _, stream := range []bool{true, false} {
			whole, pieces := NewObserver(stream), NewObserver(stream)
			_, _ = whole.Write(answer)
			at := min(max(cut, 0), len(answer))
			_, _ = pieces.Write(answer[:at])
			_, _ = pieces.Write(answer[at:])
			whole.End()
			pieces.End()
			if whole.Usage() != pieces.Usage() || whole.Complete() != pieces.Complete() || whole.Failed() != pieces.Failed() {
				t.Errorf("cut at %d: %+v, in one: %+v", at, pieces, whole)
			}
		}
	})
}
