package openai

import (
	"encoding/json"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/fields"
	"github.com/fairlead-dev/fairlead/gateway/protocol"
)

// Chat is the endpoint /chat/completions for clients.
type Chat struct{ mint mint }

var _ protocol.ChatCodec = Chat{}

// NewChat returns the endpoint.
func NewChat() Chat { return Chat{mint: newMint()} }

// Decode reads a client's request. What has no place in a chat.Request becomes a parameter under the name that it has here, nested
// fields under their path. The id of a request's answer and the like, which clients send back with a message, are dropped.
func (Chat) Decode(call *protocol.Call, body []byte) (*chat.Request, error) {
	o, err := fields.Read(body)
	if err != nil {
		return nil, err
	}
	req := &chat.Request{Model: model(call, o)}
	streaming(o, req)
	decodeMessages(o, req)
	decodeTools(o, req)
	req.Format = decodeFormat(o, &req.Params)
	req.Reasoning = decodeReasoning(o, &req.Params)
	decodeParams(o, chatParams, &req.Params)
	lose(o, &req.Params)
	if err := o.Err(); err != nil {
		return nil, err
	}
	chat.NameResults(req.Messages)
	return req, nil
}

// model is the name that the client used: the path's, as in Azure's paths, or the body's.
func model(call *protocol.Call, o *fields.Object) string {
	name := o.Text("model")
	if call.Model != "" {
		return call.Model
	}
	return name
}

// streaming reads whether the client wants events. Padding against the guessing of lengths (include_obfuscation) is OpenAI's own.
func streaming(o *fields.Object, req *chat.Request) {
	if b := o.Bool("stream"); b != nil {
		req.Stream = *b
	}
	options := o.Object("stream_options")
	if options == nil {
		return
	}
	if b := options.Bool("include_usage"); b != nil {
		req.IncludeUsage = *b
	}
	options.Drop("include_obfuscation")
	lose(options, &req.Params)
}

// lose makes parameters of what is left of an object, so that every encoder which does not know them reports them.
func lose(o *fields.Object, params *chat.Params) {
	o.Rest(func(name string, value json.RawMessage) {
		path := o.Path(name)
		params.Add(path, path, value)
	})
}
