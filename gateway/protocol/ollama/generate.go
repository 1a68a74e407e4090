package ollama

import (
	"time"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/fields"
	"github.com/fairlead-dev/fairlead/gateway/protocol"
)

// Generate is the codec of POST /api/generate. Its answers have no `context`: that holds tokens, which mean something to one model
// only, and Ollama calls it deprecated.
type Generate struct{ now func() time.Time }

// NewGenerate returns the codec.
func NewGenerate() Generate { return Generate{now: time.Now} }

// Decode reads a request. One without a prompt is complete: see Unasked.
func (g Generate) Decode(_ *protocol.Call, body []byte) (*chat.Request, error) {
	o, err := fields.Read(body)
	if err != nil {
		return nil, err
	}
	req := newRequest(o, g.now)
	req.Prompt = &chat.Prompt{Text: o.Text("prompt"), Suffix: o.Text("suffix"), System: o.Text("system"), Images: images(o)}
	for _, name := range []string{"template", "context", "raw"} {
		keepUnlessZero(o, &req.Params, name)
	}
	return req, finish(o, req)
}

// Answer writes a whole answer.
func (g Generate) Answer(req *chat.Request, a *chat.Answer) []byte {
	return wholeAnswer(newLines(formGenerate, req.Model, created(a.Created, g.now)), a, elapsed(req, g.now))
}

// Stream returns what writes a streamed answer, one JSON object on each line.
func (g Generate) Stream(_ *protocol.Call, req *chat.Request, out protocol.Output) protocol.StreamWriter {
	return newStream(formGenerate, req, out, g.now)
}

// Unasked is as that of Chat, for a request without a prompt.
func (g Generate) Unasked(req *chat.Request) (answer []byte, ok bool) {
	if req.Prompt.Text != "" {
		return nil, false
	}
	return newLines(formGenerate, req.Model, g.now()).unasked(req), true
}

// keepUnlessZero takes a member out and keeps it as a parameter if it says anything: Ollama's Go client sends empty ones with every
// request.
func keepUnlessZero(o *fields.Object, params *chat.Params, name string) {
	switch raw := o.Raw(name); string(raw) {
	case `""`, `[]`, `{}`, "false", "0":
	default:
		params.Add(name, o.Path(name), raw)
	}
}
