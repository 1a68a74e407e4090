package anthropic

import "testing"

// TestRestrict: what becomes of a schema, and whether the change is a loss.
func TestRestrict(t *testing.T) {
	for name, tc := range map[string]struct {
		schema, want string
		lost         bool
	}{
		"Closed":        {`{"type":"object","properties":{},"additionalProperties":false}`, `{"type":"object","properties":{},"additionalProperties":false}`, false},
		"NotClosed":     {`{"type":"object"}`, `{"type":"object","additionalProperties":false}`, false},
		"Open":          {`{"type":"object","additionalProperties":{"type":"string"}}`, `{"type":"object","additionalProperties":false}`, true},
		"PropertyNames": {`{"properties":{"minimum":{"maximum":1}}}`, `{"properties":{"minimum":{}},"additionalProperties":false}`, true},
		"NotAnObject":   {`{"type":"string","enum":["a","b"],"const":"a"}`, `{"type":"string","enum":["a","b"],"const":"a"}`, false},
		"BooleanSchema": {`{"type":"array","items":true}`, `{"type":"array","items":true}`, false},
		"Lists":         {`{"allOf":[{"minimum":1},{"type":"integer"}],"anyOf":[]}`, `{"allOf":[{},{"type":"integer"}],"anyOf":[]}`, true},
		"OddLists":      {`{"anyOf":{"minimum":1},"properties":[1],"definitions":null}`, `{"anyOf":{"minimum":1},"properties":[1],"definitions":null,"additionalProperties":false}`, false},
		"MinItems":      {`{"type":"array","minItems":0}`, `{"type":"array","minItems":0}`, false},
		"ManyItems":     {`{"type":"array","minItems":2}`, `{"type":"array"}`, true},
		"Format":        {`{"type":"string","format":"email"}`, `{"type":"string","format":"email"}`, false},
		"OddFormat":     {`{"type":"string","format":"phone"}`, `{"type":"string"}`, true},
		"ExamplesStay":  {`{"examples":[{"minimum":1}],"default":{"pattern":"x"}}`, `{"examples":[{"minimum":1}],"default":{"pattern":"x"}}`, false},
	} {
		t.Run(name, func(t *testing.T) {
			got, lost, err := restrict([]byte(tc.schema))
			if err != nil || string(got) != tc.want || lost != tc.lost {
				t.Errorf("restrict(%s) = %s, %v, %v, want %s, %v", tc.schema, got, lost, err, tc.want, tc.lost)
			}
		})
	}
	for _, broken := range []string{``, `{`, `{"properties":{"a":`, `{"anyOf":[{"type":"a"`, `{"minimum":}`} {
		if got, _, err := restrict([]byte(broken)); err == nil {
			t.Errorf("restrict(%s) = %s, want an error", broken, got)
		}
	}
}

// TestInputSchema: the schema of a tool always has the type object.
func TestInputSchema(t *testing.T) {
	for given, want := range map[string]string{
		``:                        `{"type":"object","properties":{}}`,
		`{}`:                      `{"type":"object","properties":{}}`,
		` { } `:                   `{"type":"object","properties":{}}`,
		`{"properties":{"a":{}}}`: `{"type":"object","properties":{"a":{}}}`,
		`{"type":"object"}`:       `{"type":"object"}`,
	} {
		if got := string(inputSchema([]byte(given))); got != want {
			t.Errorf("inputSchema(%s) = %s, want %s", given, got, want)
		}
	}
}
