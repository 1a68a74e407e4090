package ollama

import (
	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/fields"
)

// tools reads the tools that the model may call.
func tools(o *fields.Object, params *chat.Params) []chat.Tool {
	given := o.Objects("tools")
	list := make([]chat.Tool, 0, len(given))
	for _, t := range given {
		list = append(list, newTool(t, params))
		rest(t, params)
	}
	return list
}

func newTool(o *fields.Object, params *chat.Params) chat.Tool {
	t := chat.Tool{Type: o.Text("type"), At: o.At()}
	if t.Type == "" {
		t.Type = chat.TypeFunction
	}
	f := o.Object("function")
	if f == nil {
		if t.Type == chat.TypeFunction {
			o.Missing("function")
		}
		return t
	}
	t.Name, t.Description, t.Parameters = f.Text("name"), f.Text("description"), f.Schema("parameters")
	if t.Name == "" {
		f.Missing("name")
	}
	rest(f, params)
	return t
}
