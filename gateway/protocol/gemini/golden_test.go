package gemini

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/fault"
	"github.com/fairlead-dev/fairlead/gateway/protocol"
	"github.com/fairlead-dev/fairlead/gateway/protocol/golden"
	"github.com/fairlead-dev/fairlead/gateway/provider"
)

// alias is the client's name of the model in all cases.
const alias = "assistant"

func newCall(operation protocol.Operation, path string) *protocol.Call {
	return &protocol.Call{
		Endpoint: protocol.Endpoint{Protocol: protocol.Gemini, Operation: operation}, Path: path, Model: alias,
		Stream: strings.HasPrefix(path, ":stream"),
	}
}

// newTestDecoder returns a Decoder whose ids are the same in every run.
func newTestDecoder() *Decoder {
	n := 0
	return &Decoder{newID: func() string { n++; return fmt.Sprintf("call_minted%d", n) }}
}

// TestGoldenRequest runs the requests of clients: what they mean, and what goes to each of Google's models for them.
func TestGoldenRequest(t *testing.T) {
	golden.Run(t, "testdata/request/*.txtar", func(_ *testing.T, c *golden.Case) {
		req, err := Generate{}.Decode(newCall(protocol.Chat, ":generateContent"), []byte(c.Section("request")))
		if err != nil {
			c.Check("chat", golden.Fault(err))
			return
		}
		c.Check("chat", golden.JSON(req))
		for model, dialect := range map[string]Dialect{
			"gemini-2.5-flash": GoogleAI, "gemini-3-flash-preview": GoogleAI, "gemini-2.5-pro on Vertex AI": VertexAI,
		} {
			if c.Has(model) {
				body, lost, err := EncodeChat(req, strings.TrimSuffix(model, " on Vertex AI"), dialect)
				c.Check(model, golden.Outbound(provider.Outbound{Body: [][]byte{body}, Lost: lost}, err))
			}
		}
	})
}

// TestGoldenAnswer runs whole answers of Google's: what they mean, and what a client of this protocol gets for that.
func TestGoldenAnswer(t *testing.T) {
	golden.Run(t, "testdata/answer/*.txtar", func(t *testing.T, c *golden.Case) {
		a, err := newTestDecoder().Whole([]byte(c.Section("upstream")))
		if err != nil {
			c.Check("events", golden.Fault(err))
			return
		}
		var events golden.Events
		if err := a.Events(events.Event); err != nil {
			t.Fatalf("Events: %v", err)
		}
		c.Check("events", events.End(nil))
		c.Check("client", golden.JSON(Generate{}.Answer(&chat.Request{Model: alias}, a)))
	})
}

// TestGoldenStream runs streams of Google's: the events in them, and what a client of this protocol gets for those.
func TestGoldenStream(t *testing.T) {
	golden.Run(t, "testdata/stream/*.txtar", func(_ *testing.T, c *golden.Case) {
		var events golden.Events
		upstream := c.Section("upstream")
		c.Check("events", events.End(newTestDecoder().Stream(strings.NewReader(upstream), events.Event)))
		for _, array := range []bool{false, true} {
			name := "client"
			if array {
				name = "client with an array"
			}
			if c.Has(name) {
				c.Check(name, translated(upstream, array))
			}
		}
	})
}

// translated is what a client gets for a stream.
func translated(upstream string, array bool) string {
	call := newCall(protocol.Chat, ":streamGenerateContent")
	call.Array = array
	out := golden.NewOutput()
	w := Generate{}.Stream(call, &chat.Request{Model: alias, Stream: true}, out)
	seq := chat.NewSequence(w.Event)
	err := newTestDecoder().Stream(strings.NewReader(upstream), seq.Event)
	if err == nil {
		err = seq.End()
	}
	if err == nil {
		err = w.Close()
	} else {
		err = w.Fail(fault.BadGateway("The upstream's answer ended early."))
	}
	if err != nil {
		return err.Error()
	}
	return out.String()
}

// TestGoldenError runs errors of Google's: what they mean, and what a client of this protocol gets for that.
func TestGoldenError(t *testing.T) {
	golden.Run(t, "testdata/error/*.txtar", func(t *testing.T, c *golden.Case) {
		status, err := strconv.Atoi(c.Section("status"))
		if err != nil {
			t.Fatalf("the section status: %v", err)
		}
		f := ReadError(status, []byte(c.Section("upstream")))
		c.Check("fault", golden.Fault(f))
		c.Check("client", golden.JSON(Errors{}.Body(f, "req-1")))
	})
}

// TestGoldenEmbedding runs requests for embeddings, and the answers to them.
func TestGoldenEmbedding(t *testing.T) {
	golden.Run(t, "testdata/embedding/*.txtar", func(_ *testing.T, c *golden.Case) {
		req, err := Embed{}.Decode(newCall(protocol.Embeddings, c.Section("path")), []byte(c.Section("request")))
		if err != nil {
			c.Check("embedding", golden.Fault(err))
			return
		}
		c.Check("embedding", golden.JSON(req))
		body, lost := EncodeEmbedding(req, "gemini-embedding-001")
		c.Check("gemini-embedding-001", golden.Outbound(provider.Outbound{Body: [][]byte{body}, Lost: lost}, nil))
		body, lost = EncodePredict(req)
		c.Check("gemini-embedding-001 on Vertex AI", golden.Outbound(provider.Outbound{Body: [][]byte{body}, Lost: lost}, nil))
		body, lost, err = EncodeEmbedContent(req)
		c.Check("gemini-embedding-2 on Vertex AI", golden.Outbound(provider.Outbound{Body: [][]byte{body}, Lost: lost}, err))
		for _, upstream := range []string{"upstream", "upstream of Vertex AI"} {
			if !c.Has(upstream) {
				continue
			}
			decode := DecodeEmbedding
			if upstream != "upstream" {
				decode = DecodeVertexEmbedding
			}
			a, err := decode(req, []byte(c.Section(upstream)))
			if err != nil {
				c.Check("client for "+upstream, golden.Fault(err))
				continue
			}
			c.Check("client for "+upstream, golden.JSON(Embed{}.Answer(req, a)))
		}
	})
}
