package ollama

import (
	"encoding/json"
	"time"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/fields"
	"github.com/fairlead-dev/fairlead/gateway/protocol"
)

// Chat is the codec of POST /api/chat.
type Chat struct{ now func() time.Time }

// NewChat returns the codec.
func NewChat() Chat { return Chat{now: time.Now} }

// Decode reads a request. One without messages is complete: see Unasked.
func (c Chat) Decode(_ *protocol.Call, body []byte) (*chat.Request, error) {
	o, err := fields.Read(body)
	if err != nil {
		return nil, err
	}
	req := newRequest(o, c.now)
	req.Messages = messages(o, &req.Params)
	req.Tools = tools(o, &req.Params)
	return req, finish(o, req)
}

// Answer writes a whole answer.
func (c Chat) Answer(req *chat.Request, a *chat.Answer) []byte {
	return wholeAnswer(newLines(formChat, req.Model, created(a.Created, c.now)), a, elapsed(req, c.now))
}

// Stream returns what writes a streamed answer, one JSON object on each line.
func (c Chat) Stream(_ *protocol.Call, req *chat.Request, out protocol.Output) protocol.StreamWriter {
	return newStream(formChat, req, out, c.now)
}

// Unasked is the answer to a request that wants a model to be loaded or unloaded and asks it nothing, which is a request without
// messages. Only an Ollama has anything to do for it. ok is false where the model is asked something.
func (c Chat) Unasked(req *chat.Request) (answer []byte, ok bool) {
	if len(req.Messages) > 0 {
		return nil, false
	}
	return newLines(formChat, req.Model, c.now()).unasked(req), true
}

// newRequest reads what chat and generate have in common. Streaming is what Ollama does unless it is told not to. When the request
// came is remembered, because an answer says how long it took.
func newRequest(o *fields.Object, now func() time.Time) *chat.Request {
	req := &chat.Request{Model: o.Text("model"), Stream: true, IncludeUsage: true, Own: now()}
	if s := o.Bool("stream"); s != nil {
		req.Stream = *s
	}
	req.Format = format(o)
	req.Reasoning = think(o)
	req.Params.Add(chat.ParamLogprobs, "logprobs", o.Checked("logprobs", new(bool), "a boolean"))
	req.Params.Add(chat.ParamTopLogprobs, "top_logprobs", o.Checked("top_logprobs", new(int64), "an integer"))
	req.Params.Add(chat.ParamKeepAlive, "keep_alive", o.Raw("keep_alive"))
	options(o, &req.Params)
	return req
}

// finish keeps the members that nobody took, and returns the client's first mistake.
func finish(o *fields.Object, req *chat.Request) error {
	rest(o, &req.Params)
	return o.Err()
}

// rest keeps the members of an object that nobody took, under their paths, so that an encoder can say that they are lost.
func rest(o *fields.Object, params *chat.Params) {
	o.Rest(func(name string, value json.RawMessage) { params.Add(o.Path(name), o.Path(name), value) })
}

// created is when an answer was made, in UTC as Ollama writes it.
func created(t time.Time, now func() time.Time) time.Time {
	if t.IsZero() {
		t = now()
	}
	return t.UTC()
}

// elapsed is how long ago a request came.
func elapsed(req *chat.Request, now func() time.Time) time.Duration {
	at := now()
	began, ok := req.Own.(time.Time)
	if !ok {
		began = at
	}
	return at.Sub(began)
}
