package gemini

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/protocol"
)

// TestResultsFindTheirCalls by their ids, in whatever order, or as the next result of the tool.
func TestResultsFindTheirCalls(t *testing.T) {
	cases := map[string]struct {
		reason, calls, results string
		want                   []string
	}{
		"ByID": {
			"the order says nothing where there are ids",
			`{"functionCall":{"name":"f","id":"a"}},{"functionCall":{"name":"f","id":"b"}}`,
			`{"functionResponse":{"name":"f","id":"b"}},{"functionResponse":{"name":"f","id":"a"}}`,
			[]string{"b", "a"},
		},
		"ByOrder": {
			"calls without ids get some, and each tool's are answered in their order",
			`{"functionCall":{"name":"f"}},{"functionCall":{"name":"g"}},{"functionCall":{"name":"f"}}`,
			`{"functionResponse":{"name":"f"}},{"functionResponse":{"name":"f"}},{"functionResponse":{"name":"g"}}`,
			[]string{"call_0", "call_2", "call_1"},
		},
		"Mixed": {
			"what was answered by its id waits no longer",
			`{"functionCall":{"name":"f","id":"a"}},{"functionCall":{"name":"f","id":"b"}},{"functionCall":{"name":"f","id":"c"}}`,
			`{"functionResponse":{"name":"f","id":"b"}},{"functionResponse":{"name":"f"}},{"functionResponse":{"name":"f"}}`,
			[]string{"b", "a", "c"},
		},
		"Unasked": {
			"a result of nothing has no better name than its tool's",
			`{"functionCall":{"name":"f","id":"a"}}`,
			`{"functionResponse":{"name":"f"}},{"functionResponse":{"name":"f"}}`,
			[]string{"a", "f"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			body := `{"contents":[{"role":"model","parts":[` + tc.calls + `]},{"role":"user","parts":[` + tc.results + `]}]}`
			req, err := Generate{}.Decode(newCall(protocol.Chat, ":generateContent"), []byte(body))
			if err != nil {
				t.Fatalf("Decode: %v", err)
			}
			results := req.Messages[len(req.Messages)-1].Parts
			got := make([]string, 0, len(results))
			for _, p := range results {
				got = append(got, p.ToolResult.ID)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s: -want +got\n%s", tc.reason, diff)
			}
		})
	}
}

// TestIDUsedAgain: clients count their calls anew in each turn.
func TestIDUsedAgain(t *testing.T) {
	const turn = `{"role":"model","parts":[{"functionCall":{"name":"f","id":"0"}}]},{"role":"user","parts":[{"functionResponse":{"name":"f","id":"0"}}]}`
	const last = `{"role":"model","parts":[{"functionCall":{"name":"f","id":"0"}}]},{"role":"user","parts":[{"functionResponse":{"name":"f"}}]}`
	req, err := Generate{}.Decode(newCall(protocol.Chat, ":generateContent"), []byte(`{"contents":[`+turn+`,`+last+`]}`))
	if err != nil {
		t.Fatalf("Decode: %v", err)
	}
	if p := req.Messages[len(req.Messages)-1].Parts[0]; p.Kind != chat.KindToolResult || p.ToolResult.ID != "0" {
		t.Errorf("the last result belongs to %q", p.ToolResult.ID)
	}
}
