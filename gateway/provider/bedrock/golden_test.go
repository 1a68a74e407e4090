package bedrock

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/aws/aws-sdk-go-v2/aws/protocol/eventstream"
	"github.com/aws/aws-sdk-go-v2/aws/protocol/eventstream/eventstreamapi"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/protocol"
	"github.com/fairlead-dev/fairlead/gateway/protocol/anthropic"
	"github.com/fairlead-dev/fairlead/gateway/protocol/golden"
	"github.com/fairlead-dev/fairlead/gateway/provider"
)

var (
	_ provider.Provider = Provider{}
	_ provider.Chatter  = Provider{}
	_ provider.Embedder = Provider{}
	_ provider.Counter  = Provider{}
)

// TestRequest runs the cases of requests in neutral form.
func TestRequest(t *testing.T) {
	golden.Run(t, "testdata/request/*.txtar", func(t *testing.T, c *golden.Case) {
		var req chat.Request
		if err := json.Unmarshal([]byte(c.Section("chat")), &req); err != nil {
			t.Fatalf("the section chat: %v", err)
		}
		c.Check("upstream request", golden.Outbound(New().EncodeChat(&req, c.Section("model"))))
		c.Check("count", golden.Outbound(New().EncodeCount(&req, c.Section("model"))))
	})
}

// TestClaude runs the cases of what a client of Anthropic's protocol sends to a Claude model of Bedrock.
func TestClaude(t *testing.T) {
	golden.Run(t, "testdata/claude/*.txtar", func(t *testing.T, c *golden.Case) {
		req, err := anthropic.NewMessages().Decode(&protocol.Call{}, []byte(c.Section("request")))
		if err != nil {
			t.Fatalf("Decode: %v", err)
		}
		c.Check("upstream request", golden.Outbound(New().EncodeChat(req, c.Section("model"))))
		c.Check("count", golden.Outbound(New().EncodeCount(req, c.Section("model"))))
	})
}

// TestAnswer runs the cases of answers that are not streamed.
func TestAnswer(t *testing.T) {
	golden.Run(t, "testdata/answer/*.txtar", func(_ *testing.T, c *golden.Case) {
		a, err := New().DecodeChat(&chat.Request{}).Whole([]byte(c.Section("upstream")))
		if err != nil {
			c.Check("answer", golden.Fault(err))
			return
		}
		c.Check("answer", golden.JSON(a))
	})
}

// TestStream runs the cases of streams.
func TestStream(t *testing.T) {
	golden.Run(t, "testdata/stream/*.txtar", func(t *testing.T, c *golden.Case) {
		var got golden.Events
		src := iotest.OneByteReader(bytes.NewReader(frames(t, c.Section("upstream"))))
		err := New().DecodeChat(&chat.Request{}).Stream(src, got.Event)
		c.Check("events", got.End(err))
	})
}

// frames is a stream as it is on the wire, of lines that hold the type of a message, that of its event or exception, and its payload.
func frames(t testing.TB, lines string) []byte {
	t.Helper()
	var b bytes.Buffer
	enc := eventstream.NewEncoder()
	for line := range strings.Lines(lines) {
		kind, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		name, payload, _ := strings.Cut(rest, " ")
		m := eventstream.Message{Payload: []byte(payload)}
		m.Headers.Set(eventstreamapi.MessageTypeHeader, eventstream.StringValue(kind))
		of := eventstreamapi.EventTypeHeader
		if kind == eventstreamapi.ExceptionMessageType {
			of = eventstreamapi.ExceptionTypeHeader
		}
		m.Headers.Set(of, eventstream.StringValue(name))
		m.Headers.Set(eventstreamapi.ContentTypeHeader, eventstream.StringValue("application/json"))
		if err := enc.Encode(&b, m); err != nil {
			t.Fatalf("encoding the message %q: %v", line, err)
		}
	}
	return b.Bytes()
}
