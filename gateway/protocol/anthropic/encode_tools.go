package anthropic

import (
	"bytes"
	"encoding/json"
	"slices"

	"github.com/fairlead-dev/fairlead/gateway/chat"
)

// tool is a tool that the client runs.
type tool struct {
	Name         string          `json:"name"`
	Description  string          `json:"description,omitempty"`
	InputSchema  json.RawMessage `json:"input_schema"`
	Strict       bool            `json:"strict,omitempty"`
	CacheControl json.RawMessage `json:"cache_control,omitempty"`
}

// toolChoice says whether the model may or must call tools.
type toolChoice struct {
	Type                   string `json:"type"`
	Name                   string `json:"name,omitempty"`
	DisableParallelToolUse bool   `json:"disable_parallel_tool_use,omitempty"`
}

// tools writes the tools: where the choice allows some of them only, those alone.
func (e *encoder) tools() error {
	for i := range e.req.Tools {
		t := &e.req.Tools[i]
		if t.Type != chat.TypeFunction {
			e.ledger.Lose(t.At)
			continue
		}
		if c := e.req.ToolChoice; c != nil && len(c.Allowed) > 0 && !slices.Contains(c.Allowed, t.Name) {
			continue
		}
		next, err := e.tool(t)
		if err != nil {
			return err
		}
		e.body.Tools = append(e.body.Tools, next)
	}
	return nil
}

// tool writes one tool. A strict one is held to its schema, which then has to be one that Anthropic can hold a model to.
func (e *encoder) tool(t *chat.Tool) (tool, error) {
	next := tool{Name: t.Name, Description: t.Description, InputSchema: inputSchema(t.Parameters), CacheControl: t.CacheControl}
	switch {
	case t.Strict == nil || !*t.Strict:
	case !e.family.format:
		e.ledger.Lose(t.At + ".strict")
	default:
		schema, lost, err := restrict(next.InputSchema)
		if err != nil {
			return tool{}, err
		}
		if lost {
			e.ledger.Lose(t.At + ".parameters")
		}
		next.InputSchema, next.Strict = schema, true
	}
	return next, nil
}

// inputSchema is the schema of the arguments, whose type must be given and can only be object.
func inputSchema(parameters json.RawMessage) json.RawMessage {
	const empty = `{"type":"object","properties":{}}`
	var top struct {
		Type json.RawMessage `json:"type"`
	}
	if len(parameters) == 0 || json.Unmarshal(parameters, &top) != nil {
		return json.RawMessage(empty)
	}
	if top.Type != nil {
		return parameters
	}
	members := bytes.TrimSpace(parameters)[1:]
	if bytes.HasPrefix(bytes.TrimSpace(members), []byte("}")) {
		return json.RawMessage(empty)
	}
	return append(json.RawMessage(`{"type":"object",`), members...)
}

// toolChoice writes the choice, which is about nothing where there are no tools. A model that cannot be forced has the choice, and
// the loss is named.
func (e *encoder) toolChoice() {
	single := string(e.req.Params.Get(chat.ParamParallelToolCalls)) == "false"
	if single {
		e.ledger.Take(chat.ParamParallelToolCalls)
	}
	c := &toolChoice{Type: "auto", DisableParallelToolUse: single}
	if asked := e.req.ToolChoice; asked != nil {
		e.choose(c, asked)
	}
	if len(e.body.Tools) > 0 && (single || c.Type != "auto") {
		e.body.ToolChoice = c
	}
}

func (e *encoder) choose(c *toolChoice, asked *chat.ToolChoice) {
	switch asked.Mode {
	case chat.ToolChoiceNone:
		*c = toolChoice{Type: "none"}
	case chat.ToolChoiceRequired, chat.ToolChoiceNamed:
		if e.family.unforced || len(e.body.Tools) == 0 {
			e.ledger.Lose("tool_choice")
			return
		}
		e.forced = true
		c.Type = "any"
		if asked.Mode == chat.ToolChoiceNamed {
			c.Type, c.Name = "tool", asked.Name
		}
	}
}
