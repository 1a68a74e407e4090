package responses

import (
	"encoding/json"
	"strings"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/fields"
	"github.com/fairlead-dev/fairlead/gateway/jsonwrite"
)

func (d *decoder) functionCall(o *fields.Object) {
	arguments := json.RawMessage(o.Text("arguments"))
	if len(strings.TrimSpace(string(arguments))) == 0 {
		arguments = json.RawMessage("{}")
	}
	var object map[string]json.RawMessage
	if json.Unmarshal(arguments, &object) != nil || object == nil {
		o.Invalid("arguments", "must be a JSON object as text.")
	}
	d.call(o, d.own.names.flat(o.Text("namespace"), o.Text("name")), arguments)
}

// customCall reads the call of a tool that takes free text, see customParameter.
func (d *decoder) customCall(o *fields.Object) {
	arguments := jsonwrite.String([]byte(`{"`+customParameter+`":`), o.Text("input"))
	d.call(o, d.own.names.flat(o.Text("namespace"), o.Text("name")), append(arguments, '}'))
}

// clientCall reads the call of a built-in tool that the client runs, such as local_shell, as that of a function of this name. Such
// tools cannot be declared to another provider, but what they did is a part of the conversation.
func (d *decoder) clientCall(o *fields.Object, kind string) {
	arguments := o.Schema("action")
	if arguments == nil {
		arguments = o.Schema("operation")
	}
	if arguments == nil {
		arguments = json.RawMessage("{}")
	}
	d.call(o, strings.TrimSuffix(kind, "_call"), arguments)
}

// search reads a search for tools that the client ran: the call, or the tools that it found.
// Source: https://platform.openai.com/docs/guides/tools-tool-search
func (d *decoder) search(o *fields.Object, kind string) {
	if kind == typeSearch+"_call" {
		arguments := o.Schema("arguments")
		if arguments == nil {
			arguments = json.RawMessage("{}")
		}
		d.call(o, typeSearch, arguments)
		return
	}
	before := len(d.req.Tools)
	d.tools(o)
	found := "No new tools."
	if len(d.req.Tools) > before {
		list := make([]string, 0, len(d.req.Tools)-before)
		for _, t := range d.req.Tools[before:] {
			list = append(list, t.Name)
		}
		found = "These tools are there now: " + strings.Join(list, " ")
	}
	d.results(o, chat.Text(found))
}

func (d *decoder) call(o *fields.Object, name string, arguments json.RawMessage) {
	if name == "" {
		o.Missing("name")
	}
	id, signature := chat.Unseal(callID(o))
	d.say(chat.RoleAssistant, chat.Part{
		Kind: chat.KindToolCall, Signature: signature, ToolCall: &chat.ToolCall{ID: id, Name: name, Arguments: arguments},
	})
	o.Drop("async", "caller")
}

// result reads what a tool returned. An output that is neither text nor a list, as that of the shell tools, is given to the model
// as it is.
func (d *decoder) result(o *fields.Object) {
	switch raw := o.Peek("output"); {
	case raw == nil:
		o.Missing("output")
	case o.First("output") == '"' || isContent(raw):
		d.results(o, d.parts(o, "output")...)
	default:
		d.results(o, chat.Text(string(o.Raw("output"))))
	}
	o.Drop("name", "namespace", "caller", "max_output_length")
}

func (d *decoder) results(o *fields.Object, parts ...chat.Part) {
	result := &chat.ToolResult{Parts: parts, Failed: o.Text("status") == "failed"}
	result.ID, _ = chat.Unseal(callID(o))
	d.say(chat.RoleTool, chat.Part{Kind: chat.KindToolResult, ToolResult: result})
}

// isContent says whether an output is a list of content: every other list has elements without a type.
func isContent(raw json.RawMessage) bool {
	var list []struct {
		Type string `json:"type"`
	}
	if json.Unmarshal(raw, &list) != nil {
		return false
	}
	for _, content := range list {
		if content.Type == "" {
			return false
		}
	}
	return true
}

// callID takes the id out that connects a call with its output. Items of the local shell tool have it in id alone.
func callID(o *fields.Object) string {
	if id := o.Text("call_id"); id != "" {
		return id
	}
	if id := o.Text("id"); id != "" {
		return id
	}
	o.Missing("call_id")
	return ""
}
