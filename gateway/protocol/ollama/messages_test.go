package ollama

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/protocol"
)

// TestResultsFindTheirCalls by their ids, by their tools, or by their order, whichever a client says.
func TestResultsFindTheirCalls(t *testing.T) {
	const (
		calls   = `{"id":"a","function":{"name":"f"}},{"id":"b","function":{"name":"g"}},{"id":"c","function":{"name":"f"}}`
		without = `{"function":{"name":"f"}},{"function":{"name":"g"}},{"function":{"name":"f"}}`
	)
	cases := map[string]struct {
		calls, results string
		want           []string
	}{
		"ByID":      {calls, `{"role":"tool","tool_call_id":"c"},{"role":"tool","tool_call_id":"b"},{"role":"tool","tool_call_id":"a"}`, []string{"c of f", "b of g", "a of f"}},
		"ByTool":    {without, `{"role":"tool","tool_name":"g"},{"role":"tool","tool_name":"f"},{"role":"tool","tool_name":"f"}`, []string{"call_2 of g", "call_1 of f", "call_3 of f"}},
		"ByOrder":   {without, `{"role":"tool"},{"role":"tool"},{"role":"tool"}`, []string{"call_1 of f", "call_2 of g", "call_3 of f"}},
		"Mixed":     {calls, `{"role":"tool","tool_call_id":"a"},{"role":"tool","tool_name":"f"},{"role":"tool"}`, []string{"a of f", "c of f", "b of g"}},
		"UnknownID": {calls, `{"role":"tool","tool_call_id":"x","tool_name":"y"}`, []string{"x of y"}},
		"Twice":     {calls, `{"role":"tool","tool_call_id":"a"},{"role":"tool","tool_call_id":"a"}`, []string{"a of f", "a of f"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			body := `{"model":"m","messages":[{"role":"assistant","tool_calls":[` + tc.calls + `]},` + tc.results + `]}`
			req, err := NewChat().Decode(&protocol.Call{}, []byte(body))
			if err != nil {
				t.Fatalf("Decode: %v", err)
			}
			var got []string
			for _, m := range req.Messages {
				if m.Role == chat.RoleTool {
					got = append(got, m.Parts[0].ToolResult.ID+" of "+m.Parts[0].ToolResult.Name)
				}
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}
