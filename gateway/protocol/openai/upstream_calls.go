package openai

import (
	"bytes"
	"encoding/json"

	"github.com/fairlead-dev/fairlead/gateway/chat"
)

// heardCall is a call of a tool that has begun. at is the index that the upstream gives it.
type heardCall struct {
	at int
	id string
}

// call reads a call, or the next piece of one. A piece belongs to the call with its index, and without an index to the last one;
// an id of its own together with a name makes it a new call, because servers exist that give all calls the same index, or none.
// An id that was not given is made up.
func (d *Decoder) call(t *heard, choice int, c *saidCall) error {
	i := t.find(c)
	if i < 0 {
		if c.ID == "" && c.Function.Name == "" {
			return nil
		}
		i = len(t.calls)
		if err := d.begin(t, choice, c); err != nil {
			return err
		}
	}
	args := callArguments(c.Function.Arguments)
	if args == "" {
		return nil
	}
	return d.send(chat.Event{Kind: chat.EventArguments, Choice: choice, Call: i, Text: args})
}

func (t *heard) find(c *saidCall) int {
	last := len(t.calls) - 1
	for i := last; i >= 0; i-- {
		known := t.calls[i]
		if c.Index != nil && known.at != *c.Index {
			continue
		}
		another := c.Function.Name != "" && (c.ID == "" && c.Index == nil || c.ID != "" && c.ID != known.id)
		if another {
			return -1
		}
		return i
	}
	return -1
}

func (d *Decoder) begin(t *heard, choice int, c *saidCall) error {
	if err := d.sign(t, choice); err != nil {
		return err
	}
	known := &heardCall{at: len(t.calls), id: c.ID}
	if c.Index != nil {
		known.at = *c.Index
	}
	i := len(t.calls)
	t.calls = append(t.calls, known)
	id := c.ID
	if id == "" {
		id = "call_" + d.mint.id()
	}
	var s chat.Signature
	if value := c.Extra.Google.ThoughtSignature; value != "" {
		s = chat.Signature{Origin: chat.OriginGoogle, Value: value}
	}
	return d.send(chat.Event{Kind: chat.EventToolCall, Choice: choice, Call: i, ID: id, Name: c.Function.Name, Signature: s})
}

// callArguments is the JSON text of arguments, or of a piece of them.
func callArguments(raw json.RawMessage) string {
	if bytes.HasPrefix(raw, []byte(`"`)) {
		return text(raw)
	}
	if string(raw) == "null" {
		return ""
	}
	return string(raw)
}
