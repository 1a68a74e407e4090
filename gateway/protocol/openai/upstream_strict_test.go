package openai

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-dev/fairlead/gateway/chat"
)

func TestHoldable(t *testing.T) {
	cases := map[string]struct {
		schema string
		want   bool
	}{
		"Closed":        {`{"type":"object","properties":{"a":{"type":"string"}},"required":["a"],"additionalProperties":false}`, true},
		"Empty":         {`{"type":"object","properties":{},"additionalProperties":false}`, true},
		"Open":          {`{"type":"object","properties":{"a":{"type":"string"}},"required":["a"]}`, false},
		"Optional":      {`{"type":"object","properties":{"a":{"type":"string"}},"additionalProperties":false}`, false},
		"Free":          {`{"type":"object"}`, false},
		"Nested":        {`{"type":"object","properties":{"a":{"type":"array","items":{"type":"object"}}},"required":["a"],"additionalProperties":false}`, false},
		"AnyOf":         {`{"anyOf":[{"type":"string"},{"type":"object"}]}`, false},
		"Defined":       {`{"$defs":{"a":{"type":"object"}},"type":"string"}`, false},
		"Beyond":        {`{"type":"object","properties":{},"additionalProperties":false,"allOf":[]}`, false},
		"NamedLikeThat": {`{"type":"object","properties":{"not":{"type":"null"}},"required":["not"],"additionalProperties":false}`, true},
		"NoSchema":      {`true`, false},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if got := holdable(json.RawMessage(c.schema)); got != c.want {
				t.Errorf("holdable(%s) is %v", c.schema, got)
			}
		})
	}
}

// TestEncodeOpenSchemas: what OpenAI would refuse for `strict` is sent without, and named.
func TestEncodeOpenSchemas(t *testing.T) {
	yes, open := true, json.RawMessage(`{"type":"object"}`)
	body, lost, err := EncodeChat(&chat.Request{
		Messages: []chat.Message{{Role: chat.RoleUser, Parts: []chat.Part{chat.Text("hi")}}},
		Tools:    []chat.Tool{{Type: chat.TypeFunction, Name: "f", Parameters: open, Strict: &yes, At: "tools[0]"}},
		Format:   &chat.Format{Kind: chat.FormatJSONSchema, Schema: open, Strict: &yes},
	}, "gpt-5", DialectOpenAI)
	if err != nil || strings.Contains(string(body), "strict") {
		t.Errorf("EncodeChat: %s, %v", body, err)
	}
	names := make([]string, 0, len(lost))
	for _, p := range lost {
		names = append(names, p.Name)
	}
	slices.Sort(names)
	if diff := cmp.Diff([]string{"response_format.json_schema.strict", "tools[0].strict"}, names); diff != "" {
		t.Errorf("lost: -want +got\n%s", diff)
	}
}
