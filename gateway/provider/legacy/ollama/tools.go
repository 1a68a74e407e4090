package ollama

import "encoding/json"

// tool is a function that the model may call.
type tool struct {
	Type     string   `json:"type"`
	Function function `json:"function"`
}

type function struct {
	Name        string          `json:"name"`
	Description string          `json:"description,omitempty"`
	Parameters  json.RawMessage `json:"parameters"`
}

// tools translates tools and what goes with them. Ollama offers the model all tools or, with tool_choice none, is given none.
func tools(p *params) []tool {
	given := p.objects("tools")
	list := make([]tool, 0, len(given))
	for _, t := range given {
		list = append(list, newTool(t))
	}
	p.only("parallel_tool_calls", "Ollama cannot keep a model from calling several tools at once", "true")
	choice := p.raw("tool_choice")
	switch string(choice) {
	case "", `"auto"`:
		return list
	case `"none"`:
		return nil
	}
	p.unsupported("tool_choice", "Ollama leaves the choice to the model; use auto or none")
	return nil
}

func newTool(p *params) tool {
	if kind := p.text("type"); kind != "function" {
		p.unsupported("type", "Ollama knows tools of the type function only")
	}
	f := p.object("function")
	p.finish()
	if f == nil {
		p.invalid("function", "is required.")
		return tool{}
	}
	fn := function{Name: f.text("name"), Description: f.text("description"), Parameters: json.RawMessage(`{"type":"object","properties":{}}`)}
	if fn.Name == "" {
		f.invalid("name", "is required.")
	}
	var parameters map[string]json.RawMessage
	if raw := f.members["parameters"]; f.into("parameters", &parameters, "an object") {
		fn.Parameters = raw
	}
	f.only("strict", "Ollama does not hold a model to a tool's schema", "false")
	f.finish()
	return tool{Type: "function", Function: fn}
}
