package anthropic

import (
	"net/http"
	"slices"
	"strings"
	"unicode"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/fault"
)

// turn is one message.
type turn struct {
	Role    string  `json:"role"`
	Content []block `json:"content"`
}

// opening stands for what began a conversation of which a client sent only what followed: the first message has to be the user's.
const opening = "[The beginning of the conversation is not shown.]"

// conversation writes the system prompt and the messages: users and assistants take turns, so neighbours become one message; the
// results of tools come first in theirs.
// Source: https://platform.claude.com/docs/en/agents-and-tools/tool-use/handle-tool-calls
func (e *encoder) conversation() error {
	began := false
	for i, m := range e.req.Conversation() {
		if m.Name != "" {
			e.ledger.Lose(at(i, "name"))
		}
		of, err := blocksOf(m.Parts)
		if err != nil {
			return err
		}
		switch {
		case m.Role != chat.RoleSystem:
			began = true
			e.add(m.Role, of)
		case began:
			e.add(chat.RoleUser, newSystem(of))
		default:
			e.body.System = append(e.body.System, of...)
		}
	}
	e.trimPrefill()
	return e.complete()
}

// newSystem is an instruction in the middle of a conversation, which this protocol knows only in a beta: a part of the user's
// message, in a tag that tells it from what the user said.
func newSystem(of []block) []block {
	for i := range of {
		if of[i].Type == blockText {
			of[i].Text = "<system>\n" + of[i].Text + "\n</system>"
		}
	}
	return of
}

// add appends blocks to the last message if that has the same role, else as a new one.
func (e *encoder) add(role chat.Role, of []block) {
	to := roleUser
	if role == chat.RoleAssistant {
		to = roleAssistant
	}
	if len(of) == 0 {
		return
	}
	if n := len(e.body.Messages); n > 0 && e.body.Messages[n-1].Role == to {
		last := &e.body.Messages[n-1]
		last.Content = append(last.Content, of...)
		return
	}
	e.body.Messages = append(e.body.Messages, turn{Role: to, Content: of})
}

// complete puts the results of tools first, and makes sure that the first message is the user's.
func (e *encoder) complete() error {
	for i := range e.body.Messages {
		if e.body.Messages[i].Role == roleUser {
			slices.SortStableFunc(e.body.Messages[i].Content, resultsFirst)
		}
	}
	switch {
	case len(e.body.Messages) == 0 && len(e.body.System) == 0:
		return &fault.Error{
			Status: http.StatusBadRequest, Code: fault.CodeInvalidValue, Param: "messages",
			Message: "'messages' must hold a message that is not empty.",
		}
	case len(e.body.Messages) == 0:
		e.body.Messages, e.body.System = []turn{{Role: roleUser, Content: e.body.System}}, nil
	case e.body.Messages[0].Role != roleUser:
		begin := turn{Role: roleUser, Content: []block{{Type: blockText, Text: opening}}}
		e.body.Messages = slices.Insert(e.body.Messages, 0, begin)
	}
	return nil
}

func resultsFirst(a, b block) int { return rank(a) - rank(b) }

func rank(b block) int {
	if b.Type == blockToolResult {
		return 0
	}
	return 1
}

// trimPrefill trims what an answer that has begun ends with: Anthropic refuses white space there.
func (e *encoder) trimPrefill() {
	n := len(e.body.Messages)
	if n == 0 || e.body.Messages[n-1].Role != roleAssistant {
		return
	}
	content := e.body.Messages[n-1].Content
	if last := &content[len(content)-1]; last.Type == blockText {
		last.Text = strings.TrimRightFunc(last.Text, unicode.IsSpace)
	}
}
