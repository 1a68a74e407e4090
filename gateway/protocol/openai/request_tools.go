package openai

import (
	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/fields"
)

// decodeTools reads tools and the choice among them, under their names of today or as the functions that came before them.
func decodeTools(o *fields.Object, req *chat.Request) {
	for _, t := range o.Objects("tools") {
		req.Tools = append(req.Tools, decodeTool(t, &req.Params))
	}
	req.ToolChoice = decodeToolChoice(o, &req.Params)
	if len(req.Tools) > 0 { // functions beside them are lost by name
		return
	}
	functions := o.Objects("functions")
	if len(functions) == 0 {
		return
	}
	req.Own = asFunctions{}
	for _, f := range functions {
		req.Tools = append(req.Tools, decodeFunction(f, f.At(), &req.Params))
	}
	req.ToolChoice = decodeFunctionChoice(o, &req.Params)
}

// asFunctions is remembered of a request that asked for the functions that came before tools. Its answer then is of the same kind:
// it names one call, and calls beyond the first, which have no place in it, are left for the model to make again.
type asFunctions struct{}

func onlyFunctions(req *chat.Request) bool { return req.Own == asFunctions{} }

// decodeTool reads a tool. Of one that is no function only the name is read: it is an encoder's to take it or to lose it.
func decodeTool(o *fields.Object, params *chat.Params) chat.Tool {
	kind := o.Text("type")
	cache := o.Raw("cache_control")
	inner := o.Object("function")
	if kind != chat.TypeFunction {
		t := chat.Tool{Type: kind, At: o.At()}
		if kind == "" {
			o.Missing("type")
		} else if named := o.Object(kind); named != nil {
			t.Name = named.Text("name")
		}
		return t
	}
	if inner == nil {
		o.Missing("function")
		return chat.Tool{}
	}
	t := decodeFunction(inner, o.At(), params)
	if cache != nil {
		t.CacheControl = cache
	}
	lose(o, params)
	return t
}

func decodeFunction(o *fields.Object, at string, params *chat.Params) chat.Tool {
	t := chat.Tool{
		Type: chat.TypeFunction, At: at, Name: o.Text("name"), Description: o.Text("description"), Parameters: o.Schema("parameters"),
		Strict: o.Bool("strict"), CacheControl: o.Raw("cache_control"),
	}
	if t.Name == "" {
		o.Missing("name")
	}
	lose(o, params)
	return t
}

func decodeToolChoice(o *fields.Object, params *chat.Params) *chat.ToolChoice {
	const name = "tool_choice"
	if o.First(name) == '"' {
		switch mode := o.Text(name); mode {
		case chat.ToolChoiceAuto, chat.ToolChoiceNone, chat.ToolChoiceRequired:
			return &chat.ToolChoice{Mode: mode}
		case "any": // Mistral's word
			return &chat.ToolChoice{Mode: chat.ToolChoiceRequired}
		}
		o.Invalid(name, "must be none, auto, required or an object.")
		return nil
	}
	c := o.Object(name)
	if c == nil {
		return nil
	}
	defer lose(c, params)
	switch kind := c.Text("type"); kind {
	case chat.TypeFunction, "custom":
		return &chat.ToolChoice{Mode: chat.ToolChoiceNamed, Name: toolName(c, kind, params)}
	case "allowed_tools":
		return decodeAllowed(c, params)
	}
	c.Invalid("type", "must be function, custom or allowed_tools.")
	return nil
}

// toolName reads the name of a tool of a kind: {"function": {"name": …}}.
func toolName(o *fields.Object, kind string, params *chat.Params) string {
	in := o.Object(kind)
	if in == nil {
		o.Missing(kind)
		return ""
	}
	name := in.Text("name")
	if name == "" {
		in.Missing("name")
	}
	lose(in, params)
	return name
}

func decodeAllowed(o *fields.Object, params *chat.Params) *chat.ToolChoice {
	in := o.Object("allowed_tools")
	if in == nil {
		o.Missing("allowed_tools")
		return nil
	}
	choice := &chat.ToolChoice{Mode: in.Text("mode")}
	if choice.Mode != chat.ToolChoiceAuto && choice.Mode != chat.ToolChoiceRequired {
		in.Invalid("mode", "must be auto or required.")
	}
	for _, t := range in.Objects("tools") {
		choice.Allowed = append(choice.Allowed, toolName(t, t.Text("type"), params))
		lose(t, params)
	}
	if len(choice.Allowed) == 0 {
		in.Missing("tools")
	}
	lose(in, params)
	return choice
}

// decodeFunctionChoice reads the choice among functions: none, auto, or the name of one.
func decodeFunctionChoice(o *fields.Object, params *chat.Params) *chat.ToolChoice {
	const name = "function_call"
	if o.First(name) == '"' {
		switch mode := o.Text(name); mode {
		case chat.ToolChoiceAuto, chat.ToolChoiceNone:
			return &chat.ToolChoice{Mode: mode}
		}
		o.Invalid(name, "must be none, auto or an object.")
		return nil
	}
	c := o.Object(name)
	if c == nil {
		return nil
	}
	choice := &chat.ToolChoice{Mode: chat.ToolChoiceNamed, Name: c.Text("name")}
	if choice.Name == "" {
		c.Missing("name")
	}
	lose(c, params)
	return choice
}
