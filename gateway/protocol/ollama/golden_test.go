package ollama

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/embedding"
	"github.com/fairlead-dev/fairlead/gateway/fault"
	"github.com/fairlead-dev/fairlead/gateway/protocol"
	"github.com/fairlead-dev/fairlead/gateway/protocol/golden"
	"github.com/fairlead-dev/fairlead/gateway/provider"
)

// upstreamModel is the upstream's own name of the model in all cases. No answer may show it but in a message of Ollama's.
const upstreamModel = "llama3.2:3b"

var (
	_ protocol.ChatCodec      = Chat{}
	_ protocol.ChatCodec      = Generate{}
	_ protocol.EmbeddingCodec = Embed{}
	_ protocol.EmbeddingCodec = Embeddings{}
	_ protocol.Errors         = Errors{}
	_ protocol.Observer       = (*Observer)(nil)
	_ provider.ChatDecoder    = (*Decoder)(nil)
)

// ticking is a clock that goes on by a millisecond whenever it is read.
func ticking() func() time.Time {
	at := time.Unix(1_800_000_000, 0)
	return func() time.Time {
		at = at.Add(time.Millisecond)
		return at
	}
}

// newDecoder returns a Decoder whose ids are the same in every run.
func newDecoder(req *chat.Request) *Decoder {
	d, n := NewDecoder(req), 0
	d.newID = func() string { n++; return "id" + strconv.Itoa(n) }
	return d
}

// codecs are those of a path that is translated as a chat.
func codec(t *testing.T, path string) protocol.ChatCodec {
	t.Helper()
	switch path {
	case PathChat:
		return Chat{now: ticking()}
	case PathGenerate:
		return Generate{now: ticking()}
	}
	t.Fatalf("no codec for %q", path)
	return nil
}

// TestUpstream runs the cases of what an Ollama is sent and what it answers.
func TestUpstream(t *testing.T) {
	golden.Run(t, "testdata/upstream/*.txtar", func(t *testing.T, c *golden.Case) {
		if c.Has("failure") {
			status, err := strconv.Atoi(c.Section("status"))
			if err != nil {
				t.Fatalf("the section status: %v", err)
			}
			c.Check("fault", golden.Fault(Failure(status, []byte(c.Section("failure")))))
			return
		}
		var req chat.Request
		if err := json.Unmarshal([]byte(c.Section("chat")), &req); err != nil {
			t.Fatalf("the section chat: %v", err)
		}
		c.Check("upstream request", outbound(&req))
		if c.Has("upstream stream") {
			var got golden.Events
			err := newDecoder(&req).Stream(iotest.OneByteReader(strings.NewReader(c.Section("upstream stream"))), got.Event)
			c.Check("events", got.End(err))
		}
		if c.Has("upstream answer") {
			a, err := newDecoder(&req).Whole([]byte(c.Section("upstream answer")))
			if err != nil {
				t.Fatalf("Whole: %v", err)
			}
			c.Check("answer", golden.JSON(a))
		}
	})
}

func outbound(req *chat.Request) string {
	path, body, lost, err := EncodeChat(req, upstreamModel)
	return golden.Outbound(provider.Outbound{Path: path, Body: [][]byte{body}, Lost: lost}, err)
}

// TestClient runs the cases of what a client of Ollama sends and gets. What answers it is an Ollama by way of the neutral form, so
// that the two directions are held against each other.
func TestClient(t *testing.T) {
	golden.Run(t, "testdata/client/*.txtar", func(t *testing.T, c *golden.Case) {
		cd := codec(t, c.Section("path"))
		req, err := cd.Decode(&protocol.Call{}, []byte(c.Section("request")))
		if err != nil {
			t.Fatalf("Decode: %v", err)
		}
		c.Check("chat", golden.JSON(req))
		c.Check("upstream request", outbound(req))
		if c.Has("upstream stream") {
			c.Check("client stream", translated(cd, req, c.Section("upstream stream")))
		}
		if c.Has("upstream answer") {
			a, err := newDecoder(req).Whole([]byte(c.Section("upstream answer")))
			if err != nil {
				t.Fatalf("Whole: %v", err)
			}
			c.Check("client answer", golden.JSON(cd.Answer(req, a)))
		}
	})
}

// translated is what a client gets for a stream.
func translated(cd protocol.ChatCodec, req *chat.Request, upstream string) string {
	out := golden.NewOutput()
	w := cd.Stream(&protocol.Call{}, req, out)
	s := chat.NewSequence(w.Event)
	err := newDecoder(req).Stream(strings.NewReader(upstream), s.Event)
	if err == nil {
		err = s.End()
	}
	if e, ok := errors.AsType[*fault.Error](err); ok {
		err = w.Fail(e)
	} else if err == nil {
		err = w.Close()
	}
	if err != nil {
		return out.String() + err.Error()
	}
	return out.String()
}

// TestEmbedding runs the cases of embeddings, in both directions.
func TestEmbedding(t *testing.T) {
	codecs := map[string]protocol.EmbeddingCodec{PathEmbed: Embed{}, PathEmbeddings: Embeddings{}}
	golden.Run(t, "testdata/embedding/*.txtar", func(t *testing.T, c *golden.Case) {
		cd := codecs[c.Section("path")]
		req, err := cd.Decode(&protocol.Call{}, []byte(c.Section("request")))
		if err != nil {
			t.Fatalf("Decode: %v", err)
		}
		c.Check("embedding", golden.JSON(req))
		body, lost, err := EncodeEmbedding(req, upstreamModel)
		c.Check("upstream request", golden.Outbound(provider.Outbound{Path: PathEmbed, Body: [][]byte{body}, Lost: lost}, err))
		var a *embedding.Answer
		if a, err = DecodeEmbedding(req, []byte(c.Section("upstream answer"))); err != nil {
			t.Fatalf("DecodeEmbedding: %v", err)
		}
		c.Check("client answer", golden.JSON(cd.Answer(req, a)))
	})
}
