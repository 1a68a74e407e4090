package anthropic

import (
	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/fields"
)

// conversation reads `system` and `messages`.
func (d *decoder) conversation(o *fields.Object) {
	if o.Has("system") {
		d.append(chat.RoleSystem, d.content(o, "system", d.systemPart))
	}
	if !o.Has("messages") {
		o.Missing("messages")
	}
	for _, m := range o.Objects("messages") {
		d.message(m)
	}
	chat.NameResults(d.req.Messages)
}

// message reads one message. Results of tools, which are blocks of the user's here, become messages of their own: first, because
// they belong to the calls before them.
func (d *decoder) message(m *fields.Object) {
	role := m.Text("role")
	if !m.Has("content") {
		m.Missing("content")
	}
	switch role {
	case roleUser:
		results, others := split(d.content(m, "content", d.userPart))
		if len(results) > 0 {
			d.append(chat.RoleTool, results)
		}
		if len(others) > 0 || len(results) == 0 {
			d.append(chat.RoleUser, others)
		}
	case roleAssistant:
		d.append(chat.RoleAssistant, chat.SignTexts(d.content(m, "content", d.assistantPart)))
	case roleSystem:
		d.append(chat.RoleSystem, d.content(m, "content", d.systemPart))
	case "":
		m.Missing("role")
	default:
		m.Invalid("role", "must be user, assistant or system.")
	}
	d.rest(m)
}

func (d *decoder) append(role chat.Role, parts []chat.Part) {
	d.req.Messages = append(d.req.Messages, chat.Message{Role: role, Parts: parts})
}

func split(parts []chat.Part) (results, others []chat.Part) {
	for _, p := range parts {
		if p.Kind == chat.KindToolResult {
			results = append(results, p)
		} else {
			others = append(others, p)
		}
	}
	return results, others
}

// content reads content that is a text or a list of blocks. read returns the parts that a block of a type stands for.
func (d *decoder) content(o *fields.Object, name string, read func(b *fields.Object, kind string) []chat.Part) []chat.Part {
	if o.First(name) == '"' {
		return []chat.Part{chat.Text(o.Text(name))}
	}
	var parts []chat.Part
	for _, b := range o.Objects(name) {
		cache := b.Raw("cache_control")
		kind := b.Text("type")
		if kind == "" {
			b.Missing("type")
		}
		of := read(b, kind)
		if n := len(of); n > 0 {
			of[n-1].CacheControl = cache
		}
		parts = append(parts, of...)
	}
	return parts
}

func (d *decoder) systemPart(b *fields.Object, kind string) []chat.Part {
	if kind != blockText {
		b.Unsupported("type", "a system prompt is text")
		return nil
	}
	return d.text(b)
}

func (d *decoder) userPart(b *fields.Object, kind string) []chat.Part {
	if kind == blockToolResult {
		return d.toolResult(b)
	}
	return d.given(b, kind)
}

// given reads a block of what a user, or a tool of the client, gives to the model.
func (d *decoder) given(b *fields.Object, kind string) []chat.Part {
	switch kind {
	case blockText:
		return d.text(b)
	case blockImage, blockDocument:
		return d.media(b, kind)
	case blockSearch:
		return d.searchResult(b)
	}
	b.Unsupported("type", "only text, images, documents, search results and results of tools can be given to this model")
	return nil
}

// assistantPart reads a block of an earlier answer. Blocks of tools that Anthropic ran by itself mean nothing to another provider.
func (d *decoder) assistantPart(b *fields.Object, kind string) []chat.Part {
	switch kind {
	case blockText:
		return d.text(b)
	case blockThinking:
		signature := chat.Unmark(b.Text("signature"), chat.OriginAnthropic)
		return d.done(b, chat.Part{Kind: chat.KindThinking, Text: b.Text("thinking"), Signature: signature})
	case blockRedacted:
		return d.done(b, chat.Part{Kind: chat.KindRedacted, Signature: chat.Unmark(b.Text("data"), chat.OriginAnthropic)})
	case blockToolUse:
		return d.toolUse(b)
	case blockToolResult, blockImage, blockDocument, blockSearch:
		b.Invalid("type", "must not be %s in a message of the assistant.", kind)
	default:
		d.lose(b.At())
	}
	return nil
}

// done ends the reading of a block.
func (d *decoder) done(b *fields.Object, p chat.Part) []chat.Part {
	d.rest(b)
	return []chat.Part{p}
}

// text reads a text. Citations are Anthropic's own record of where an earlier answer is from.
func (d *decoder) text(b *fields.Object) []chat.Part {
	b.Drop("citations")
	return d.done(b, chat.Text(b.Text("text")))
}

func (d *decoder) toolUse(b *fields.Object) []chat.Part {
	call := &chat.ToolCall{Name: b.Text("name"), Arguments: b.Schema("input")}
	p := chat.Part{Kind: chat.KindToolCall, ToolCall: call}
	call.ID, p.Signature = readCallID(b.Text("id"))
	if call.Name == "" {
		b.Missing("name")
	}
	if call.ID == "" {
		b.Missing("id")
	}
	if call.Arguments == nil {
		call.Arguments = []byte(`{}`)
	}
	// Who called: the model itself, unless code that Anthropic ran did.
	b.Drop("caller")
	return d.done(b, p)
}

func (d *decoder) toolResult(b *fields.Object) []chat.Part {
	r := &chat.ToolResult{}
	r.ID, _ = readCallID(b.Text("tool_use_id"))
	if r.ID == "" {
		b.Missing("tool_use_id")
	}
	if failed := b.Bool("is_error"); failed != nil {
		r.Failed = *failed
	}
	r.Parts = d.content(b, "content", d.resultPart)
	return d.done(b, chat.Part{Kind: chat.KindToolResult, ToolResult: r})
}

// resultPart reads a block of a tool's result. A reference to a tool is for Anthropic's own search of tools.
func (d *decoder) resultPart(b *fields.Object, kind string) []chat.Part {
	if kind == "tool_reference" {
		d.lose(b.At())
		return nil
	}
	return d.given(b, kind)
}
