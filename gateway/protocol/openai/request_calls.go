package openai

import (
	"bytes"
	"encoding/json"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/fields"
	"github.com/fairlead-dev/fairlead/gateway/jsonwrite"
)

// call reads a call of a tool in an earlier turn. Its signature is behind its id, or where Google's own endpoint of this protocol
// has it.
func (c *conversation) call(o *fields.Object) chat.Part {
	p := chat.Part{Kind: chat.KindToolCall, ToolCall: &chat.ToolCall{}}
	p.ToolCall.ID, p.Signature = chat.Unseal(o.Text("id"))
	if s := googleSignature(o, c.params); p.Signature.Value == "" {
		p.Signature = s
	}
	o.Drop("index")
	switch kind := o.Text("type"); kind {
	case "", chat.TypeFunction:
		c.functionCall(o, p.ToolCall)
	case "custom":
		c.customCall(o, p.ToolCall)
	default:
		o.Invalid("type", "must be function or custom.")
	}
	lose(o, c.params)
	return p
}

func (c *conversation) functionCall(o *fields.Object, call *chat.ToolCall) {
	f := o.Object("function")
	if f == nil {
		o.Missing("function")
		return
	}
	call.Name, call.Arguments = f.Text("name"), arguments(f)
	if call.Name == "" {
		f.Missing("name")
	}
	lose(f, c.params)
}

// customCall reads a call of a tool whose input is text rather than JSON, as a function with that text as its one argument.
func (c *conversation) customCall(o *fields.Object, call *chat.ToolCall) {
	f := o.Object("custom")
	if f == nil {
		o.Missing("custom")
		return
	}
	call.Name, call.Arguments = f.Text("name"), jsonwrite.Must(map[string]string{"input": f.Text("input")})
	if call.Name == "" {
		f.Missing("name")
	}
	lose(f, c.params)
}

// arguments reads the arguments of a call: text that holds a JSON object, or that object itself. Models write nothing for a
// function without parameters.
func arguments(o *fields.Object) json.RawMessage {
	const name = "arguments"
	if o.First(name) == '{' {
		return o.Schema(name)
	}
	args := bytes.TrimSpace([]byte(o.Text(name)))
	if len(args) == 0 {
		return json.RawMessage(`{}`)
	}
	if args[0] != '{' || !json.Valid(args) {
		o.Invalid(name, "must be a JSON object as text.")
		return json.RawMessage(`{}`)
	}
	return args
}

// googleSignature reads the place where Google's endpoint of this protocol keeps the signature of a call or of a text.
// Source: https://ai.google.dev/gemini-api/docs/thought-signatures
func googleSignature(o *fields.Object, params *chat.Params) chat.Signature {
	extra := o.Object("extra_content")
	if extra == nil {
		return chat.Signature{}
	}
	defer lose(extra, params)
	google := extra.Object("google")
	if google == nil {
		return chat.Signature{}
	}
	s := chat.Unmark(google.Text("thought_signature"), chat.OriginGoogle)
	lose(google, params)
	return s
}
