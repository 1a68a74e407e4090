package responses

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/fault"
	"github.com/fairlead-dev/fairlead/gateway/protocol"
	"github.com/fairlead-dev/fairlead/gateway/protocol/golden"
)

// newCodec returns a Codec whose ids and clock are the same in every run.
func newCodec() *Codec {
	return &Codec{newID: func() string { return "0a1b" }, now: func() time.Time { return time.Unix(1_800_000_000, 0) }}
}

// TestDecode runs the cases of testdata/request: what a client sent, and what it means.
func TestDecode(t *testing.T) {
	golden.Run(t, "testdata/request/*.txtar", func(_ *testing.T, c *golden.Case) {
		req, err := newCodec().Decode(&protocol.Call{}, []byte(c.Section("request")))
		if err != nil {
			c.Check("chat", golden.Fault(err))
			return
		}
		c.Check("chat", golden.JSON(req))
	})
}

// TestAnswer runs the cases of testdata/answer: a request, a neutral answer, and what the client gets, whole and streamed.
func TestAnswer(t *testing.T) {
	golden.Run(t, "testdata/answer/*.txtar", func(t *testing.T, c *golden.Case) {
		req := request(t, c.Section("request"))
		var a chat.Answer
		parse(t, c.Section("neutral answer"), &a)
		whole := newCodec().Answer(req, &a)
		c.Check("client answer", golden.JSON(whole))
		out := golden.NewOutput()
		w := newCodec().Stream(&protocol.Call{}, req, out)
		if err := a.Events(chat.NewSequence(w.Event).Event); err != nil {
			t.Fatalf("Events: %v", err)
		}
		if err := w.Close(); err != nil {
			t.Fatalf("Close: %v", err)
		}
		c.Check("client stream", out.String())
		checkSDK(t, whole, out.String())
	})
}

// TestStream runs the cases of testdata/stream: the events of a stream, one a line, and what the client gets. Where there is a
// section "fault", the stream breaks with it.
func TestStream(t *testing.T) {
	golden.Run(t, "testdata/stream/*.txtar", func(t *testing.T, c *golden.Case) {
		req := request(t, c.Section("request"))
		out := golden.NewOutput()
		w := newCodec().Stream(&protocol.Call{}, req, out)
		s := chat.NewSequence(w.Event)
		for line := range strings.Lines(c.Section("events")) {
			var e chat.Event
			parse(t, line, &e)
			if err := s.Event(&e); err != nil {
				t.Fatalf("Event: %v", err)
			}
		}
		if c.Has("fault") {
			var f fault.Error
			parse(t, c.Section("fault"), &f)
			if err := w.Fail(&f); err != nil {
				t.Fatalf("Fail: %v", err)
			}
		} else if err := w.Close(); err != nil {
			t.Fatalf("Close: %v", err)
		}
		c.Check("client stream", out.String())
		checkSDK(t, nil, out.String())
	})
}

func request(t *testing.T, body string) *chat.Request {
	t.Helper()
	req, err := newCodec().Decode(&protocol.Call{}, []byte(body))
	if err != nil {
		t.Fatalf("Decode: %v", err)
	}
	return req
}

func parse(t *testing.T, doc string, v any) {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(doc))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		t.Fatalf("reading %.60s: %v", doc, err)
	}
}
