package openai

import (
	"encoding/json"
	"slices"
)

// beyond are the keywords that make OpenAI refuse to hold a model to a schema.
func beyond(keyword string) bool {
	return slices.Contains([]string{
		"allOf", "oneOf", "not", "if", "then", "else", "dependentRequired", "dependentSchemas", "patternProperties",
	}, keyword)
}

// schemaNode is what counts of a schema when a model is to be held to it.
type schemaNode struct {
	Type       json.RawMessage            `json:"type"`
	Properties map[string]json.RawMessage `json:"properties"`
	Required   []string                   `json:"required"`
	Additional json.RawMessage            `json:"additionalProperties"`
	Items      json.RawMessage            `json:"items"`
	AnyOf      []json.RawMessage          `json:"anyOf"`
	Defs       map[string]json.RawMessage `json:"$defs"`
	Old        map[string]json.RawMessage `json:"definitions"`
}

// strict is what to say of a schema that a client wants the model to be held to. OpenAI refuses the whole request where a schema
// leaves a member open, which those of Anthropic's and Ollama's clients often do: the model is then shown the schema and not held
// to it, and lost is named.
// Source: https://platform.openai.com/docs/guides/structured-outputs#supported-schemas
func (e *encoder) strict(wanted *bool, schema json.RawMessage, lost string) *bool {
	if wanted == nil || !*wanted || holdable(schema) {
		return wanted
	}
	e.ledger.Lose(lost)
	return nil
}

// holdable says whether every object of a schema is closed and requires all of its members, and no keyword is beyond.
func holdable(schema json.RawMessage) bool {
	var keywords map[string]json.RawMessage
	var n schemaNode
	if json.Unmarshal(schema, &keywords) != nil || json.Unmarshal(schema, &n) != nil {
		return false
	}
	for keyword := range keywords {
		if beyond(keyword) {
			return false
		}
	}
	return n.closed() && all(n.inner(), holdable)
}

// closed says whether an object has the members that it declares, no more and no fewer. What is no object is closed.
func (n *schemaNode) closed() bool {
	if n.Properties == nil && string(n.Type) != `"object"` {
		return true
	}
	for name := range n.Properties {
		if !slices.Contains(n.Required, name) {
			return false
		}
	}
	return string(n.Additional) == "false"
}

// inner are the schemas within.
func (n *schemaNode) inner() []json.RawMessage {
	within := slices.Clone(n.AnyOf)
	if n.Items != nil {
		within = append(within, n.Items)
	}
	for _, named := range []map[string]json.RawMessage{n.Properties, n.Defs, n.Old} {
		for _, schema := range named {
			within = append(within, schema)
		}
	}
	return within
}

func all(schemas []json.RawMessage, test func(json.RawMessage) bool) bool {
	return !slices.ContainsFunc(schemas, func(s json.RawMessage) bool { return !test(s) })
}
