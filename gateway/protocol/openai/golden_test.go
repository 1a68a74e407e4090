package openai

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/protocol"
	"github.com/fairlead-dev/fairlead/gateway/protocol/golden"
	"github.com/fairlead-dev/fairlead/gateway/provider"
)

// fixedMint makes the same things in every run.
func fixedMint() mint {
	n := 0
	return mint{now: func() time.Time { return time.Unix(1700000000, 0) }, id: func() string { n++; return "new" + strconv.Itoa(n) }}
}

func fixedDecoder() *Decoder { return &Decoder{mint: fixedMint()} }

func call(op protocol.Operation) *protocol.Call {
	return &protocol.Call{Endpoint: protocol.Endpoint{Protocol: protocol.OpenAI, Operation: op}}
}

// codec is the endpoint of chats or of legacy completions.
func codec(name string) protocol.ChatCodec {
	if name == "completions" {
		return Completions{mint: fixedMint()}
	}
	return Chat{mint: fixedMint()}
}

// TestRequests reads what clients send: section `request`, at the endpoint that section `endpoint` names.
func TestRequests(t *testing.T) {
	golden.Run(t, "testdata/requests/*.txtar", func(t *testing.T, c *golden.Case) {
		body := []byte(c.Section("request"))
		if c.Section("endpoint") == "embeddings" {
			req, err := Embeddings{}.Decode(call(protocol.Embeddings), body)
			c.Check("neutral", neutral(t, req, err))
			return
		}
		req, err := codec(c.Section("endpoint")).Decode(call(protocol.Chat), body)
		c.Check("neutral", neutral(t, req, err))
	})
}

// TestUpstreamRequests writes what upstreams get, of what a client of this protocol sent: section `request`, for the models and
// dialects of the sections that are named after them.
func TestUpstreamRequests(t *testing.T) {
	golden.Run(t, "testdata/upstream_requests/*.txtar", func(t *testing.T, c *golden.Case) {
		req, err := Chat{}.Decode(call(protocol.Chat), []byte(c.Section("request")))
		if err != nil {
			t.Fatalf("Decode: %v", err)
		}
		targets := strings.Fields(c.Section("targets"))
		for _, target := range targets {
			dialect, model, _ := strings.Cut(target, ":")
			d := DialectCompatible
			if dialect == "openai" {
				d = DialectOpenAI
			}
			body, lost, err := EncodeChat(req, model, d)
			c.Check(target, golden.Outbound(provider.Outbound{Path: "/chat/completions", Body: [][]byte{body}, Lost: lost}, err))
		}
	})
}

// TestUpstreamAnswers reads what upstreams answer, whole in section `answer` or streamed in section `stream`, and writes what a
// client of this protocol gets of it.
func TestUpstreamAnswers(t *testing.T) {
	golden.Run(t, "testdata/upstream_answers/*.txtar", func(t *testing.T, c *golden.Case) {
		req := &chat.Request{Model: "alias", Stream: true, IncludeUsage: true}
		endpoint := "chat"
		if c.Has("endpoint") {
			endpoint = c.Section("endpoint")
		}
		if c.Has("request") {
			decoded, err := codec(endpoint).Decode(call(protocol.Chat), []byte(c.Section("request")))
			if err != nil {
				t.Fatalf("Decode: %v", err)
			}
			req = decoded
		}
		if c.Has("answer") {
			a, err := fixedDecoder().Whole([]byte(c.Section("answer")))
			c.Check("neutral", neutral(t, a, err))
			if err == nil {
				c.Check("client", golden.JSON(codec(endpoint).Answer(req, a)))
			}
		}
		if c.Has("stream") {
			var events golden.Events
			err := decode(fixedDecoder(), c.Section("stream"), events.Event)
			c.Check("events", events.End(err))
			c.Check("client stream", written(t, codec(endpoint), req, c.Section("stream")))
		}
	})
}

// decode reads a stream as the proxy does.
func decode(d *Decoder, stream string, emit func(*chat.Event) error) error {
	s := chat.NewSequence(emit)
	if err := d.Stream(strings.NewReader(stream), s.Event); err != nil {
		return err
	}
	return s.End()
}

// written is what a client sees of an upstream's stream.
func written(t *testing.T, codec protocol.ChatCodec, req *chat.Request, stream string) string {
	t.Helper()
	out := golden.NewOutput()
	w := codec.Stream(call(protocol.Chat), req, out)
	err := decode(fixedDecoder(), stream, w.Event)
	if err == nil {
		err = w.Close()
	} else {
		err = w.Fail(asFault(err))
	}
	if err != nil {
		t.Fatalf("writing the stream: %v", err)
	}
	return out.String()
}

// TestUpstreamErrors reads answers that are no success.
func TestUpstreamErrors(t *testing.T) {
	golden.Run(t, "testdata/upstream_errors/*.txtar", func(t *testing.T, c *golden.Case) {
		status, err := strconv.Atoi(c.Section("status"))
		if err != nil {
			t.Fatalf("reading the status: %v", err)
		}
		h := http.Header{}
		if c.Has("headers") {
			for line := range strings.Lines(c.Section("headers")) {
				name, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
				h.Set(name, value)
			}
		}
		e := DecodeError(status, h, []byte(c.Section("body")))
		c.Check("fault", golden.Fault(e))
		c.Check("client", golden.JSON(Errors{}.Body(e, "req_1")))
	})
}
