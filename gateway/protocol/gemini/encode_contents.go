package gemini

import (
	"fmt"
	"slices"

	"github.com/fairlead-dev/fairlead/gateway/chat"
)

// Roles of this protocol.
const (
	roleUser  = "user"
	roleModel = "model"
)

// contents translates the conversation. Neighbours of one role become one content, as the results of a turn's calls have to be.
// The system's messages at the beginning are the system instruction. Later ones keep their place, as words of the user, because the
// protocol has no other place for them; so do all for a Gemma, which has no system instruction.
func (e *encoder) contents(body *generateRequest) {
	messages := e.req.Conversation()
	for i := range messages {
		m := &messages[i]
		at := fmt.Sprintf("messages[%d]", i)
		if m.Name != "" {
			e.ledger.Lose(at + ".name")
		}
		if m.Role == chat.RoleSystem && len(body.Contents) == 0 && !e.model.gemma {
			e.system(body, m, at)
			continue
		}
		role := roleUser
		if m.Role == chat.RoleAssistant {
			role = roleModel
		}
		e.append(body, role, e.parts(m, at))
	}
	e.sign(body.Contents)
	if len(body.Contents) == 0 && body.SystemInstruction != nil {
		// A request needs contents.
		body.Contents = []content{{Role: roleUser, Parts: body.SystemInstruction.Parts}}
		body.SystemInstruction = nil
	}
}

// system adds a message to the system instruction.
func (e *encoder) system(body *generateRequest, m *chat.Message, at string) {
	parts := e.parts(m, at)
	for _, p := range parts {
		if p.Text == nil {
			e.fail(at, "a system instruction is text")
		}
	}
	if len(parts) == 0 {
		return
	}
	if body.SystemInstruction == nil {
		body.SystemInstruction = &content{}
	}
	body.SystemInstruction.Parts = append(body.SystemInstruction.Parts, parts...)
}

// append adds parts to the last content, if it is of the role, or adds another.
func (*encoder) append(body *generateRequest, role string, parts []part) {
	if len(parts) == 0 {
		return
	}
	if last := len(body.Contents) - 1; last >= 0 && body.Contents[last].Role == role {
		body.Contents[last].Parts = append(body.Contents[last].Parts, parts...)
		return
	}
	body.Contents = append(body.Contents, content{Role: role, Parts: parts})
}

// sign gives the calls that need a signature and have none one that stands for it: the first of each content of the turn that goes
// on, which is what follows the last words of the user without results of tools. Of calls in parallel only the first has one.
// Source: https://ai.google.dev/gemini-api/docs/thought-signatures
func (e *encoder) sign(contents []content) {
	if !e.model.newest() {
		return
	}
	for i := len(contents) - 1; i >= 0 && !contents[i].asks(); i-- {
		calls := slices.IndexFunc(contents[i].Parts, func(p part) bool { return p.FunctionCall != nil })
		if calls >= 0 && contents[i].Parts[calls].ThoughtSignature == "" {
			contents[i].Parts[calls].ThoughtSignature = noSignature
		}
	}
}

// asks says whether a content begins a turn.
func (c *content) asks() bool {
	return c.Role == roleUser && !slices.ContainsFunc(c.Parts, func(p part) bool { return p.FunctionResponse != nil })
}

// parts translates a message.
func (e *encoder) parts(m *chat.Message, at string) []part {
	parts := make([]part, 0, len(m.Parts))
	given := e.ordered(m)
	for i := range given {
		p := &given[i]
		e.cached = e.cached || p.CacheControl != nil
		switch p.Kind {
		case chat.KindText:
			parts = e.text(parts, p)
		case chat.KindThinking, chat.KindRedacted:
			parts = e.thinking(parts, p)
		case chat.KindMedia:
			parts = append(parts, e.media(p.Media, fmt.Sprintf("%s.content[%d]", at, i)))
		case chat.KindToolCall:
			parts = append(parts, e.call(p))
		case chat.KindToolResult:
			parts = e.result(parts, p.ToolResult, at)
		}
	}
	return parts
}

// text translates text. Empty text is left out: the protocol refuses it.
func (*encoder) text(parts []part, p *chat.Part) []part {
	s := p.Signature.For(chat.OriginGoogle)
	if p.Text == "" && s == "" {
		return parts
	}
	return append(parts, part{Text: &p.Text, ThoughtSignature: s})
}

// thinking gives thoughts back that a Gemini signed. Others are no use to it: what it thought is in the signatures, and what another
// provider's model thought is for that one only.
func (*encoder) thinking(parts []part, p *chat.Part) []part {
	s := p.Signature.For(chat.OriginGoogle)
	if s == "" {
		return parts
	}
	return append(parts, part{Text: &p.Text, Thought: true, ThoughtSignature: s})
}
