package gemini

import (
	"encoding/json"

	"github.com/fairlead-dev/fairlead/gateway/chat"
)

type tool struct {
	FunctionDeclarations []functionDeclaration `json:"functionDeclarations"`
}

// functionDeclaration has its parameters as JSON Schema: the older field `parameters` takes a part of OpenAPI's schemas only, and
// refuses a request with a keyword that it does not know.
// Source: https://ai.google.dev/api/caching#FunctionDeclaration
type functionDeclaration struct {
	Name        string          `json:"name"`
	Description string          `json:"description,omitempty"`
	Parameters  json.RawMessage `json:"parametersJsonSchema,omitempty"`
}

type toolConfig struct {
	FunctionCalling functionCalling `json:"functionCallingConfig"`
}

type functionCalling struct {
	Mode    string   `json:"mode"`
	Allowed []string `json:"allowedFunctionNames,omitempty"`
}

// tools translates the functions. Tools that other providers run are lost by name.
func (e *encoder) tools(body *generateRequest) {
	strict := false
	var t tool
	for i := range e.req.Tools {
		f := &e.req.Tools[i]
		if f.Type != chat.TypeFunction {
			e.ledger.Lose(f.At)
			continue
		}
		e.cached = e.cached || f.CacheControl != nil
		strict = strict || f.Strict != nil && *f.Strict
		t.FunctionDeclarations = append(t.FunctionDeclarations, functionDeclaration{f.Name, f.Description, f.Parameters})
	}
	e.parallel()
	if len(t.FunctionDeclarations) == 0 {
		return
	}
	body.Tools = []tool{t}
	body.ToolConfig = config(e.req.ToolChoice, strict)
}

// parallel takes the wish for calls in parallel, which is what a Gemini does. That it shall not cannot be said.
func (e *encoder) parallel() {
	if string(e.req.Params.Get(chat.ParamParallelToolCalls)) == "true" {
		e.ledger.Take(chat.ParamParallelToolCalls)
	}
}

// config translates the choice of tools. VALIDATED is AUTO with calls that are held to their schemas; it is also what names may be
// given with.
// Source: https://ai.google.dev/gemini-api/docs/function-calling#function_calling_modes
func config(c *chat.ToolChoice, strict bool) *toolConfig {
	f := functionCalling{Mode: "AUTO"}
	if c != nil {
		f.Allowed = c.Allowed
		switch c.Mode {
		case chat.ToolChoiceNone:
			return &toolConfig{functionCalling{Mode: "NONE"}}
		case chat.ToolChoiceRequired:
			f.Mode = "ANY"
		case chat.ToolChoiceNamed:
			f.Mode, f.Allowed = "ANY", []string{c.Name}
		}
	}
	if f.Mode == "AUTO" && (strict || len(f.Allowed) > 0) {
		f.Mode = "VALIDATED"
	}
	if c == nil && f.Mode == "AUTO" {
		return nil
	}
	return &toolConfig{f}
}
