package gemini

import (
	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/fields"
)

// contents reads the conversation.
func (d *decoder) contents(o *fields.Object) {
	if !o.Has("contents") {
		o.Missing("contents")
	}
	model := &turn{}
	for _, c := range o.Objects("contents") {
		role := c.Text("role")
		parts := c.Objects("parts")
		switch role {
		case "model":
			d.model(model, parts)
		case "", "user", "function":
			d.say(model)
			d.user(parts)
		default:
			c.Invalid("role", "must be user or model.")
		}
		restOf(c, &d.req.Params)
	}
	d.say(model)
}

// say ends the turn of the model, if there is one.
func (d *decoder) say(t *turn) {
	t.end()
	if len(t.parts) > 0 {
		d.req.Messages = append(d.req.Messages, chat.Message{Role: chat.RoleAssistant, Parts: t.parts})
	}
	*t = turn{}
}

// user reads a content of the user. Results of tools are messages of their own.
func (d *decoder) user(parts []*fields.Object) {
	for _, p := range parts {
		part, role, ok := d.userPart(p)
		restOf(p, &d.req.Params)
		if !ok {
			continue
		}
		last := len(d.req.Messages) - 1
		if last < 0 || d.req.Messages[last].Role != role || p == parts[0] && role == chat.RoleUser {
			d.req.Messages = append(d.req.Messages, chat.Message{Role: role})
			last++
		}
		d.req.Messages[last].Parts = append(d.req.Messages[last].Parts, part)
	}
}

func (d *decoder) userPart(p *fields.Object) (chat.Part, chat.Role, bool) {
	if r := p.Object(either(p, "functionResponse", "function_response")); r != nil {
		return d.result(r), chat.RoleTool, true
	}
	part, ok := d.part(p)
	return part, chat.RoleUser, ok
}

// model reads a content of the model. SDKs give a streamed answer back as one content for each chunk: they are one turn.
func (d *decoder) model(t *turn, parts []*fields.Object) {
	for _, p := range parts {
		signature, redacted := unmarked(p.Text(either(p, "thoughtSignature", "thought_signature")))
		thought := p.Bool("thought")
		if call := p.Object(either(p, "functionCall", "function_call")); call != nil {
			t.add(d.call(call, signature))
		} else if part, ok := d.part(p); ok {
			part.Signature = signature
			t.add(thoughts(part, thought != nil && *thought, redacted))
		}
		restOf(p, &d.req.Params)
	}
}

// thoughts makes a thought of a part that is one.
func thoughts(p chat.Part, thought, redacted bool) chat.Part {
	switch {
	case redacted:
		p.Kind = chat.KindRedacted
	case thought && p.Kind == chat.KindText:
		p.Kind = chat.KindThinking
	}
	return p
}

// part reads what user and model have in common: text and media.
func (d *decoder) part(p *fields.Object) (chat.Part, bool) {
	for _, name := range []string{
		"executableCode", "executable_code", "codeExecutionResult", "code_execution_result", "toolCall", "tool_call", "toolResponse", "tool_response",
	} {
		if p.Has(name) {
			p.Unsupported(name, "only Google runs such tools")
			return chat.Part{}, false
		}
	}
	if blob := p.Object(either(p, "inlineData", "inline_data")); blob != nil {
		return chat.Part{Kind: chat.KindMedia, Media: d.blob(blob)}, true
	}
	if file := p.Object(either(p, "fileData", "file_data")); file != nil {
		return chat.Part{Kind: chat.KindMedia, Media: d.file(file)}, true
	}
	// A part with a signature alone has no text, and all else is for the list of what is lost.
	return chat.Text(p.Text("text")), true
}
