package responses

import (
	"encoding/json"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/fields"
)

// customParameter is the one parameter of the function that a custom tool becomes.
const customParameter = "input"

// tools reads the tools that o declares: the request, or an item that adds some.
// Source: https://platform.openai.com/docs/guides/tools
func (d *decoder) tools(o *fields.Object) {
	for _, t := range o.Objects("tools") {
		switch kind := t.Text("type"); kind {
		case "namespace":
			d.namespace(t)
		case chat.TypeFunction, "custom":
			d.tool(t, kind, "", "")
		case "":
			t.Missing("type")
		default:
			d.req.Tools = append(d.req.Tools, chat.Tool{Type: kind, Name: t.Text("name"), At: t.At()})
		}
	}
}

// namespace reads a group of tools. Its description goes with its first tool, so that the model reads it once.
// Source: https://platform.openai.com/docs/guides/function-calling#defining-namespaces
func (d *decoder) namespace(o *fields.Object) {
	name, intro := o.Text("name"), o.Text("description")
	if name == "" {
		o.Missing("name")
	}
	if intro != "" {
		intro = "About all tools of " + name + ": " + intro + "\n\n"
	}
	for _, t := range o.Objects("tools") {
		kind := t.Text("type")
		if kind != chat.TypeFunction && kind != "custom" {
			t.Invalid("type", "must be 'function' or 'custom'.")
			continue
		}
		d.tool(t, kind, name, intro)
		intro = ""
	}
	d.lose(o)
}

// tool reads a function or a custom tool. That a tool is to be loaded later is left out: it is there from the beginning.
func (d *decoder) tool(o *fields.Object, kind, namespace, intro string) {
	name := o.Text("name")
	if name == "" {
		o.Missing("name")
		return
	}
	t := chat.Tool{
		Type: chat.TypeFunction, Description: intro + o.Text("description"), At: o.At(), CacheControl: o.Raw("cache_control"),
		Name: d.own.names.add(tool{namespace: namespace, name: name, custom: kind == "custom"}),
	}
	if kind == "custom" {
		t.Parameters = d.customParameters(o)
	} else {
		t.Parameters, t.Strict = o.Schema("parameters"), o.Bool("strict")
	}
	o.Drop("defer_loading")
	d.req.Tools = append(d.req.Tools, t)
	d.lose(o)
}

// customParameters is the schema of the function that a custom tool becomes. A grammar can be told to the model, but nobody holds
// it to that: this is lost.
// Source: https://platform.openai.com/docs/guides/function-calling#custom-tools
func (d *decoder) customParameters(o *fields.Object) json.RawMessage {
	about, raw := "The input of the tool, as free text.", o.Peek("format")
	if format := o.Object("format"); format != nil && format.Text("type") == "grammar" {
		syntax, definition := format.Text("syntax"), format.Text("definition")
		about = "The input of the tool, as text that follows this " + syntax + " grammar:\n" + definition
		d.lost(o.Path("format"), raw)
	}
	b := appendString([]byte(`{"type":"object","properties":{"`+customParameter+`":{"type":"string","description":`), about)
	return append(b, `}},"required":["`+customParameter+`"],"additionalProperties":false}`...)
}

// customInput is the free text in the arguments of a call of a custom tool. A model that did not keep to the schema gets its words
// to the tool as they are, which tells it what it expected.
func customInput(arguments []byte) string {
	var object map[string]json.RawMessage
	var text string
	if json.Unmarshal(arguments, &object) == nil && json.Unmarshal(object[customParameter], &text) == nil {
		return text
	}
	return string(arguments)
}
