package responses

import (
	"encoding/json"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/fields"
	"github.com/fairlead-dev/fairlead/gateway/jsonwrite"
)

// customParameter is the one parameter of the function that a custom tool becomes.
const customParameter = "input"

// Types of tools that are more than a name here, beside functions.
const (
	typeCustom    = "custom"
	typeNamespace = "namespace"
	typeSearch    = "tool_search"
	// executionClient says that the client searches by itself. Otherwise OpenAI does, and there is nothing to search here: tools
	// that are to be loaded later are there from the beginning.
	executionClient = "client"
)

// tools reads the tools that o declares: the request, or an item that adds some.
// Source: https://platform.openai.com/docs/guides/tools
func (d *decoder) tools(o *fields.Object) {
	for _, t := range o.Objects("tools") {
		switch kind := t.Text("type"); {
		case kind == typeNamespace:
			d.namespace(t)
		case kind == chat.TypeFunction:
			d.tool(t, tool{name: t.Text("name")}, "")
		case kind == typeCustom:
			d.tool(t, tool{name: t.Text("name"), kind: toolCustom}, "")
		case kind == typeSearch && t.Is("execution", `"`+executionClient+`"`):
			d.tool(t, tool{name: typeSearch, kind: toolSearch}, "")
		case kind == "":
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
		declared := tool{namespace: name, name: t.Text("name")}
		switch t.Text("type") {
		case chat.TypeFunction:
		case typeCustom:
			declared.kind = toolCustom
		default:
			t.Invalid("type", "must be 'function' or 'custom'.")
			continue
		}
		d.tool(t, declared, intro)
		intro = ""
	}
	d.lose(o)
}

// tool reads a tool that becomes a function. One that was declared before, as a search may find it twice, is there once.
func (d *decoder) tool(o *fields.Object, declared tool, intro string) {
	if declared.name == "" {
		o.Missing("name")
		return
	}
	if d.own.names.has(declared) {
		return
	}
	t := chat.Tool{
		Type: chat.TypeFunction, Name: d.own.names.add(declared), Description: intro + o.Text("description"),
		At: o.At(), CacheControl: o.Raw("cache_control"),
	}
	if declared.kind == toolCustom {
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
	b := jsonwrite.String([]byte(`{"type":"object","properties":{"`+customParameter+`":{"type":"string","description":`), about)
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
