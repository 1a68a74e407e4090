package responses

import (
	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/fields"
	"github.com/fairlead-dev/fairlead/gateway/jsonwrite"
)

// toolChoice reads which tools may or must be called. The choice of a hosted tool is lost as the tool is.
// Source: https://platform.openai.com/docs/api-reference/responses/create#responses-create-tool_choice
func (d *decoder) toolChoice() {
	const name = "tool_choice"
	if d.o.First(name) == '"' {
		d.req.ToolChoice = choiceMode(d.o, name)
		return
	}
	raw := d.o.Peek(name)
	o := d.o.Object(name)
	if o == nil {
		return
	}
	switch o.Text("type") {
	case chat.TypeFunction, typeCustom:
		d.req.ToolChoice = &chat.ToolChoice{Mode: chat.ToolChoiceNamed, Name: d.own.names.flat(o.Text("namespace"), o.Text("name"))}
		if d.req.ToolChoice.Name == "" {
			o.Missing("name")
		}
	case "allowed_tools":
		d.allowed(o)
	case "":
		o.Missing("type")
	default:
		d.lost(name, raw)
		return
	}
	d.lose(o)
}

func choiceMode(o *fields.Object, name string) *chat.ToolChoice {
	switch mode := o.Text(name); mode {
	case chat.ToolChoiceAuto, chat.ToolChoiceNone, chat.ToolChoiceRequired:
		return &chat.ToolChoice{Mode: mode}
	}
	o.Invalid(name, "must be 'none', 'auto', 'required' or an object.")
	return nil
}

func (d *decoder) allowed(o *fields.Object) {
	choice := &chat.ToolChoice{Mode: chat.ToolChoiceAuto}
	if o.Has("mode") {
		if choice = choiceMode(o, "mode"); choice == nil {
			return
		}
	}
	for _, t := range o.Objects("tools") {
		kind := t.Text("type")
		if kind != chat.TypeFunction && kind != typeCustom {
			d.lost(t.At(), jsonwrite.String(nil, kind))
			continue
		}
		choice.Allowed = append(choice.Allowed, d.own.names.flat(t.Text("namespace"), t.Text("name")))
	}
	d.req.ToolChoice = choice
}
