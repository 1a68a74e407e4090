package bedrock

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"
	"unicode"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/fault"
)

// opening stands for what began a conversation of which a client sent only what followed: the first message has to be the user's.
const opening = "[The beginning of the conversation is not shown.]"

// conversation writes the system prompt and the messages of one request.
type conversation struct {
	family family
	system []block
	turns  []turn
	// documents are the names of the documents so far, which have to differ, and how many wanted each.
	documents map[string]int
	// uncached says that a marker of a prompt cache was met that the model has no counterpart for.
	uncached bool
}

// newConversation translates messages. Users and assistants take turns, so neighbours become one message; the results of tools come
// first in theirs. The error is a *fault.Error for what cannot be shown to a model.
func newConversation(messages []chat.Message, f family) (*conversation, error) {
	c := &conversation{family: f, documents: map[string]int{}}
	began := false
	for i := range messages {
		m := &messages[i]
		of, err := c.blocks(m.Parts)
		if err != nil {
			return nil, err
		}
		switch {
		case m.Role != chat.RoleSystem:
			began = true
			c.add(m.Role, of)
		case began:
			c.add(chat.RoleUser, asSystem(of))
		case slices.ContainsFunc(of, func(b block) bool { return b.Text == "" && b.CachePoint == nil }):
			return nil, unshowable("a system prompt is text")
		default:
			c.system = append(c.system, of...)
		}
	}
	return c, c.complete()
}

// asSystem is an instruction in the middle of a conversation: a part of the user's message, in a tag that tells it from what the user
// said.
func asSystem(of []block) []block {
	for i := range of {
		if of[i].Text != "" {
			of[i].Text = "<system>\n" + of[i].Text + "\n</system>"
		}
	}
	return of
}

// add appends blocks to the last message if that has the same role, else as a new one.
func (c *conversation) add(role chat.Role, of []block) {
	to := roleUser
	if role == chat.RoleAssistant {
		to = roleAssistant
	}
	if len(of) == 0 {
		return
	}
	if n := len(c.turns); n > 0 && c.turns[n-1].Role == to {
		c.turns[n-1].Content = append(c.turns[n-1].Content, of...)
		return
	}
	c.turns = append(c.turns, turn{Role: to, Content: of})
}

// complete puts the results of tools first, trims what an answer that has begun ends with, and makes sure that the first message is
// the user's.
func (c *conversation) complete() error {
	for i := range c.turns {
		if c.turns[i].Role == roleUser {
			c.turns[i].Content = resultsFirst(c.turns[i].Content)
		}
	}
	c.trimPrefill()
	switch {
	case len(c.turns) == 0 && len(c.system) == 0:
		return fault.Invalid(fault.CodeInvalidValue, "messages", "'messages' must hold a message that is not empty.")
	case len(c.turns) == 0:
		c.turns, c.system = []turn{{Role: roleUser, Content: c.system}}, nil
	case c.turns[0].Role != roleUser:
		c.turns = slices.Insert(c.turns, 0, turn{Role: roleUser, Content: []block{{Text: opening}}})
	}
	return nil
}

// resultsFirst moves the results of tools before all else, each with the cache point behind it.
func resultsFirst(content []block) []block {
	results, others := make([]block, 0, len(content)), make([]block, 0, len(content))
	last := &others
	for _, b := range content {
		switch {
		case b.ToolResult != nil:
			last = &results
		case b.CachePoint == nil:
			last = &others
		}
		*last = append(*last, b)
	}
	return append(results, others...)
}

// trimPrefill trims white space, which Claude refuses at the end of an answer that has begun.
func (c *conversation) trimPrefill() {
	if n := len(c.turns); n > 0 && c.turns[n-1].Role == roleAssistant {
		content := c.turns[n-1].Content
		if last := &content[len(content)-1]; last.Text != "" {
			last.Text = strings.TrimRightFunc(last.Text, unicode.IsSpace)
		}
	}
}

// usesTools says whether the conversation holds calls of tools or their results: then Converse wants to know the tools.
func (c *conversation) usesTools() bool {
	return slices.ContainsFunc(c.turns, func(t turn) bool {
		return slices.ContainsFunc(t.Content, func(b block) bool { return b.ToolUse != nil || b.ToolResult != nil })
	})
}

// blocks are what parts are. Text of nothing but white space is left out, because Converse refuses it.
func (c *conversation) blocks(parts []chat.Part) ([]block, error) {
	of := make([]block, 0, len(parts))
	for i := range parts {
		b, err := c.block(&parts[i])
		if err != nil {
			return nil, err
		}
		if b == (block{}) {
			continue
		}
		of = append(of, b)
		marker := markerOf(&parts[i])
		if point := c.family.cachePoint(marker); point != nil {
			of = append(of, block{CachePoint: point})
		} else if marker != nil {
			c.uncached = true
		}
	}
	return of, nil
}

// markerOf is the cache marker of a part. Inside the result of a tool Converse has no cache points: it moves behind the result.
func markerOf(p *chat.Part) json.RawMessage {
	if p.CacheControl != nil || p.ToolResult == nil {
		return p.CacheControl
	}
	for _, inner := range p.ToolResult.Parts {
		if inner.CacheControl != nil {
			return inner.CacheControl
		}
	}
	return nil
}

// block is what one part is, empty where it is nothing. Only Claude's own thoughts, with their signature, are given back.
func (c *conversation) block(p *chat.Part) (block, error) {
	switch p.Kind {
	case chat.KindText:
		if strings.TrimSpace(p.Text) == "" {
			return block{}, nil
		}
		return block{Text: p.Text}, nil
	case chat.KindMedia:
		return c.media(p.Media)
	case chat.KindThinking, chat.KindRedacted:
		return c.thought(p), nil
	case chat.KindToolCall:
		return block{ToolUse: &toolUse{ToolUseID: portable(p.ToolCall.ID), Name: p.ToolCall.Name, Input: object(p.ToolCall.Arguments)}}, nil
	}
	return c.result(p.ToolResult)
}

func (c *conversation) thought(p *chat.Part) block {
	signature := p.Signature.For(chat.OriginAnthropic)
	switch {
	case signature == "" || !c.family.claude:
		return block{}
	case p.Kind == chat.KindRedacted:
		return block{ReasoningContent: &reasoningContent{RedactedContent: signature}}
	}
	return block{ReasoningContent: &reasoningContent{ReasoningText: &reasoningText{Text: p.Text, Signature: signature}}}
}

func (c *conversation) result(r *chat.ToolResult) (block, error) {
	content, err := c.blocks(r.Parts)
	content = slices.DeleteFunc(content, func(b block) bool { return b.CachePoint != nil })
	if len(content) == 0 {
		content = []block{{Text: "(empty)"}}
	}
	result := &toolResult{ToolUseID: portable(r.ID), Content: content}
	if r.Failed {
		result.Status = "error"
	}
	return block{ToolResult: result}, err
}

// object is the arguments of a call, which must be an object.
func object(arguments json.RawMessage) json.RawMessage {
	var members map[string]json.RawMessage
	if json.Unmarshal(arguments, &members) != nil || members == nil {
		return json.RawMessage(`{}`)
	}
	return arguments
}

// maxID is the length of the longest id of a call.
const maxID = 64

// portable is an id as Converse accepts it: letters, digits, `-` and `_`, at most 64 of them. Another one is replaced by a digest of
// it, the same for the call and for its result.
// Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ToolUseBlock.html
func portable(id string) string {
	if id != "" && len(id) <= maxID && !strings.ContainsFunc(id, unusual) {
		return id
	}
	digest := sha256.Sum256([]byte(id))
	return "call_" + hex.EncodeToString(digest[:16])
}

func unusual(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '_' && r != '-'
}
