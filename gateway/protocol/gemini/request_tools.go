package gemini

import (
	"encoding/json"
	"fmt"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/fields"
)

// tools reads the functions that a client declares, and the tools that Google runs.
func (d *decoder) tools(o *fields.Object) {
	for _, t := range o.Objects("tools") {
		for _, f := range t.Objects(either(t, "functionDeclarations", "function_declarations")) {
			d.req.Tools = append(d.req.Tools, d.function(f))
		}
		t.Rest(func(name string, _ json.RawMessage) {
			d.req.Tools = append(d.req.Tools, chat.Tool{Type: name, At: t.Path(name)})
		})
	}
}

// function reads a FunctionDeclaration. What it says of the answer of a function helps the model and is lost elsewhere.
// Source: https://ai.google.dev/api/caching#FunctionDeclaration
func (d *decoder) function(o *fields.Object) chat.Tool {
	t := chat.Tool{Type: chat.TypeFunction, Name: o.Text("name"), Description: o.Text("description"), At: o.At()}
	if t.Name == "" {
		o.Missing("name")
	}
	t.Parameters = o.Schema(either(o, "parametersJsonSchema", "parameters_json_schema"))
	if t.Parameters == nil {
		t.Parameters = jsonSchema(o.Schema("parameters"))
	}
	restOf(o, &d.req.Params)
	return t
}

// toolConfig reads whether the model may or must call functions.
// Source: https://ai.google.dev/api/caching#FunctionCallingConfig
func (d *decoder) toolConfig(o *fields.Object) {
	c := o.Object(either(o, "toolConfig", "tool_config"))
	if c == nil {
		return
	}
	if f := c.Object(either(c, "functionCallingConfig", "function_calling_config")); f != nil {
		allowed := f.Strings(either(f, "allowedFunctionNames", "allowed_function_names"))
		d.req.ToolChoice = toolChoice(f, f.Text("mode"), allowed)
		rest(f, &d.req.Params)
	}
	rest(c, &d.req.Params)
}

// toolChoice translates a mode. VALIDATED is AUTO with calls that are held to their schemas, which other protocols say of each tool.
func toolChoice(f *fields.Object, mode string, allowed []string) *chat.ToolChoice {
	c := &chat.ToolChoice{Allowed: allowed}
	switch mode {
	case "", "MODE_UNSPECIFIED":
		return nil
	case "AUTO", "VALIDATED":
		c.Mode = chat.ToolChoiceAuto
	case "NONE":
		return &chat.ToolChoice{Mode: chat.ToolChoiceNone}
	case "ANY":
		c.Mode = chat.ToolChoiceRequired
		if len(allowed) == 1 {
			return &chat.ToolChoice{Mode: chat.ToolChoiceNamed, Name: allowed[0]}
		}
	default:
		f.Invalid("mode", "must be AUTO, ANY, NONE or VALIDATED, but it is %s.", fmt.Sprintf("%.32q", mode))
	}
	return c
}
