package openai

import (
	"encoding/json"
	"slices"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/jsonwrite"
)

// outgoingTool is a function that the model may call.
type outgoingTool struct {
	Type     string           `json:"type"`
	Function outgoingFunction `json:"function"`
}

type outgoingFunction struct {
	Name        string          `json:"name"`
	Description string          `json:"description,omitempty"`
	Parameters  json.RawMessage `json:"parameters"`
	Strict      *bool           `json:"strict,omitempty"`
}

// noParameters is the schema of a function without any: upstreams exist that need one.
var noParameters = json.RawMessage(`{"type":"object","properties":{}}`)

// tools adds the functions and the choice among them. Where only some are allowed the others are left out, which every upstream
// understands. Without functions neither a choice nor a word on parallel calls is allowed: the one is lost, the other means nothing.
// The o series always calls one at a time.
func (e *encoder) tools() {
	choice := e.req.ToolChoice
	var list []outgoingTool
	for i := range e.req.Tools {
		t := &e.req.Tools[i]
		switch {
		case t.Type != chat.TypeFunction:
			e.ledger.Lose(t.At)
		case choice == nil || len(choice.Allowed) == 0 || slices.Contains(choice.Allowed, t.Name):
			list = append(list, e.tool(t))
		}
	}
	if len(list) == 0 {
		e.ledger.Take(chat.ParamParallelToolCalls)
		if choice != nil && (choice.Mode == chat.ToolChoiceRequired || choice.Mode == chat.ToolChoiceNamed) {
			e.ledger.Lose("tool_choice")
		}
		return
	}
	e.add("tools", jsonwrite.Must(list))
	e.choice()
	if !e.alwaysThinks() {
		e.add("parallel_tool_calls", e.ledger.Take(chat.ParamParallelToolCalls))
	}
}

func (e *encoder) tool(t *chat.Tool) outgoingTool {
	f := outgoingFunction{Name: t.Name, Description: t.Description, Parameters: t.Parameters}
	if f.Parameters == nil {
		f.Parameters = noParameters
	}
	f.Strict = e.strict(t.Strict, f.Parameters, t.At+".strict")
	return outgoingTool{Type: chat.TypeFunction, Function: f}
}

func (e *encoder) choice() {
	switch c := e.req.ToolChoice; {
	case c == nil:
	case c.Mode == chat.ToolChoiceNamed:
		e.add("tool_choice", jsonwrite.String([]byte(`{"type":"function","function":{"name":`), c.Name))
		e.members = append(e.members, `}}`...)
	default:
		e.add("tool_choice", jsonwrite.String(nil, c.Mode))
	}
}
