package gemini

import (
	"fmt"

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
	current := currentTurn(messages)
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
		e.append(body, role, e.parts(m, at, i >= current))
	}
	if len(body.Contents) == 0 && body.SystemInstruction != nil {
		// A request needs contents.
		body.Contents = []content{{Role: roleUser, Parts: body.SystemInstruction.Parts}}
		body.SystemInstruction = nil
	}
}

// system adds a message to the system instruction.
func (e *encoder) system(body *generateRequest, m *chat.Message, at string) {
	parts := e.parts(m, at, false)
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

// currentTurn is the first message of the turn that goes on: what follows the last words of the user, apart from those that come
// along with the results of tools, as some agents send them.
// Source: https://ai.google.dev/gemini-api/docs/thought-signatures
func currentTurn(messages []chat.Message) int {
	for i := len(messages) - 1; i >= 0; i-- {
		if messages[i].Role == chat.RoleUser && (i == 0 || messages[i-1].Role != chat.RoleTool) {
			return i
		}
	}
	return 0
}

// parts translates a message. current says that it belongs to the turn that goes on.
func (e *encoder) parts(m *chat.Message, at string, current bool) []part {
	parts := make([]part, 0, len(m.Parts))
	needsSignature := current && e.model.newest()
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
			parts = append(parts, e.call(p, needsSignature))
			// Of calls in parallel only the first has a signature.
			needsSignature = false
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
