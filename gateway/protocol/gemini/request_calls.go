package gemini

import (
	"encoding/json"
	"fmt"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/fields"
)

// call reads a call of a tool by the model. Ids are optional in this protocol, and others need them: a call without gets one that
// is the same each time the conversation is sent.
func (d *decoder) call(o *fields.Object, s chat.Signature) chat.Part {
	c := &chat.ToolCall{ID: o.Text("id"), Name: o.Text("name"), Arguments: o.Schema("args")}
	if c.Name == "" {
		o.Missing("name")
	}
	if c.ID == "" {
		c.ID = fmt.Sprintf("call_%d", d.calls)
		d.calls++
	}
	if c.Arguments == nil {
		c.Arguments = json.RawMessage(`{}`)
	}
	d.open[c.Name] = append(d.open[c.Name], c.ID)
	delete(d.answered, c.ID)
	restOf(o, &d.req.Params)
	return chat.Part{Kind: chat.KindToolCall, ToolCall: c, Signature: s}
}

// result reads what a tool returned.
// Source: https://ai.google.dev/api/caching#FunctionResponse
func (d *decoder) result(o *fields.Object) chat.Part {
	r := &chat.ToolResult{ID: o.Text("id"), Name: o.Text("name")}
	if r.Name == "" {
		o.Missing("name")
	}
	r.ID = d.calledBy(r.Name, r.ID)
	var text string
	text, r.Failed = output(o.Schema("response"))
	r.Parts = []chat.Part{chat.Text(text)}
	for _, p := range o.Objects("parts") {
		if part, ok := d.part(p); ok && part.Kind == chat.KindMedia {
			r.Parts = append(r.Parts, part)
		}
		restOf(p, &d.req.Params)
	}
	restOf(o, &d.req.Params)
	return chat.Part{Kind: chat.KindToolResult, ToolResult: r}
}

// calledBy is the id of the call that a result belongs to: the one that it names, or the oldest of its tool that has no result.
func (d *decoder) calledBy(tool, id string) string {
	if id != "" {
		d.answered[id] = true
		return id
	}
	open := d.open[tool]
	for len(open) > 0 && d.answered[open[0]] {
		open = open[1:]
	}
	if len(open) == 0 {
		return tool
	}
	d.open[tool] = open[1:]
	return open[0]
}

// output is the text of a response: what is in `output` or `error`, which Google gives a meaning, or the whole object.
func output(response json.RawMessage) (text string, failed bool) {
	var members map[string]json.RawMessage
	if json.Unmarshal(response, &members) != nil || len(members) != 1 {
		return string(response), false
	}
	for key, failed := range map[string]bool{"output": false, "error": true} {
		if value, ok := members[key]; ok {
			return plain(value), failed
		}
	}
	return string(response), false
}

// plain is a string without its quotes, or else the JSON text.
func plain(value json.RawMessage) string {
	var s string
	if json.Unmarshal(value, &s) == nil {
		return s
	}
	return string(value)
}
