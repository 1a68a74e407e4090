package anthropic

import (
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/protocol"
	"github.com/fairlead-dev/fairlead/gateway/protocol/golden"
	"github.com/fairlead-dev/fairlead/gateway/provider"
)

// newMessages returns Messages whose ids are the same in every run.
func newMessages() Messages { return Messages{newID: func() string { return "ID" }} }

// parse reads neutral JSON.
func parse[T any](t *testing.T, text string) *T {
	t.Helper()
	v := new(T)
	dec := json.NewDecoder(strings.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		t.Fatalf("reading the case: %v", err)
	}
	return v
}

// TestDecode: what a client sends, in neutral form.
func TestDecode(t *testing.T) {
	golden.Run(t, "testdata/client/*.txtar", func(_ *testing.T, c *golden.Case) {
		call := &protocol.Call{Endpoint: protocol.Endpoint{Protocol: protocol.Anthropic, Operation: protocol.Chat}}
		req, err := newMessages().Decode(call, []byte(c.Section("request")))
		if c.Has("count") {
			req, err = CountTokens{}.Decode(call, []byte(c.Section("request")))
		}
		if err != nil {
			c.Check("chat", golden.Fault(err))
			return
		}
		c.Check("chat", golden.JSON(req))
	})
}

// TestAnswer: a neutral answer as a client gets it, whole and streamed.
func TestAnswer(t *testing.T) {
	golden.Run(t, "testdata/answer/*.txtar", func(t *testing.T, c *golden.Case) {
		req := &chat.Request{Model: "alias"}
		a := parse[chat.Answer](t, c.Section("chat"))
		c.Check("answer", golden.JSON(newMessages().Answer(req, a)))
		out := golden.NewOutput()
		w := newMessages().Stream(nil, req, out)
		seq := chat.NewSequence(w.Event)
		if err := a.Events(seq.Event); err != nil {
			t.Fatalf("Events: %v", err)
		}
		if err := w.Close(); err != nil {
			t.Fatalf("Close: %v", err)
		}
		c.Check("stream", out.String())
	})
}

// TestEncode: a neutral request as an upstream gets it.
func TestEncode(t *testing.T) {
	golden.Run(t, "testdata/upstream/*.txtar", func(t *testing.T, c *golden.Case) {
		req := parse[chat.Request](t, c.Section("chat"))
		encode := Encode
		if c.Has("count") {
			encode = EncodeCount
		}
		r, err := encode(req, c.Section("model"))
		out := provider.Outbound{Path: "/v1/messages", Body: [][]byte{r.Body}, Lost: r.Lost}
		if len(r.Betas) > 0 {
			out.Header = http.Header{"Anthropic-Beta": r.Betas}
		}
		c.Check("upstream request", golden.Outbound(out, err))
	})
}

// TestReply: what an upstream answers, in neutral form. Streams are read at once and byte by byte.
func TestReply(t *testing.T) {
	golden.Run(t, "testdata/reply/*.txtar", func(t *testing.T, c *golden.Case) {
		if c.Has("upstream answer") {
			a, err := DecodeAnswer([]byte(c.Section("upstream answer")))
			if err != nil {
				c.Check("answer", golden.Fault(err))
			} else {
				c.Check("answer", golden.JSON(a))
			}
		}
		if c.Has("upstream stream") {
			stream := c.Section("upstream stream") + "\n"
			whole := events(strings.NewReader(stream))
			c.Check("events", whole)
			if got := events(iotest.OneByteReader(strings.NewReader(stream))); got != whole {
				t.Errorf("read byte by byte the stream gives other events:\n%s", got)
			}
		}
	})
}

// TestError: an upstream's error in neutral form, and as the client of this protocol gets it.
func TestError(t *testing.T) {
	golden.Run(t, "testdata/error/*.txtar", func(t *testing.T, c *golden.Case) {
		status, err := strconv.Atoi(c.Section("status"))
		if err != nil {
			t.Fatalf("reading the case: %v", err)
		}
		h := http.Header{}
		if c.Has("retry-after") {
			h.Set("Retry-After", c.Section("retry-after"))
		}
		e := DecodeError(status, h, []byte(c.Section("upstream")))
		c.Check("fault", golden.Fault(e))
		c.Check("client", golden.JSON(Errors{}.Body(e, "req_1")))
		c.Check("frame", string(Errors{}.Frame(e)))
	})
}

// events are what is read from a stream, in the order of a chat.Sequence.
func events(src io.Reader) string {
	var log golden.Events
	seq := chat.NewSequence(log.Event)
	err := DecodeStream(src, seq.Event)
	if err == nil {
		err = seq.End()
	}
	return log.End(err)
}

var (
	_ protocol.ChatCodec  = Messages{}
	_ protocol.CountCodec = CountTokens{}
	_ protocol.Errors     = Errors{}
	_ protocol.Observer   = (*Observer)(nil)
)
