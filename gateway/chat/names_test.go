package chat

import (
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPortableNames(t *testing.T) {
	const long = "mcp__plugin_chrome-devtools-mcp_chrome-devtools__performance_analyze_insight"
	names := []string{"weather", long, long + "s", "files.read", "files_read", "größe", "", strings.Repeat("a", 64)}
	req := &Request{ToolChoice: &ToolChoice{Mode: ToolChoiceRequired, Name: long, Allowed: []string{"weather", "files.read"}}}
	for _, name := range names {
		req.Tools = append(req.Tools, Tool{Type: TypeFunction, Name: name})
		req.Messages = append(req.Messages,
			Message{Role: RoleAssistant, Parts: []Part{{Kind: KindToolCall, ToolCall: &ToolCall{Name: name}}}},
			Message{Role: RoleTool, Parts: []Part{{Kind: KindToolResult, ToolResult: &ToolResult{Name: name}}}})
	}
	given := req.PortableNames()

	answer := &Answer{Choices: []Choice{{Parts: []Part{Text("I call.")}}}}
	seen := map[string]bool{}
	for i, tool := range req.Tools {
		if !regexp.MustCompile(`^[a-zA-Z0-9_-]{0,64}$`).MatchString(tool.Name) || seen[tool.Name] {
			t.Errorf("%q became %q", names[i], tool.Name)
		}
		seen[tool.Name] = true
		called, returned := req.Messages[2*i].Parts[0].ToolCall.Name, req.Messages[2*i+1].Parts[0].ToolResult.Name
		if called != tool.Name || returned != tool.Name {
			t.Errorf("the tool %q was called %q and returned as %q", tool.Name, called, returned)
		}
		answer.Choices[0].Parts = append(answer.Choices[0].Parts, Part{Kind: KindToolCall, ToolCall: &ToolCall{Name: tool.Name}})
	}
	if req.ToolChoice.Name != req.Tools[1].Name || !cmp.Equal(req.ToolChoice.Allowed, []string{"weather", req.Tools[3].Name}) {
		t.Errorf("the choice is %+v", req.ToolChoice)
	}
	answer.ClientNames(given)
	for i, name := range names {
		if got := answer.Choices[0].Parts[i+1].ToolCall.Name; got != name {
			t.Errorf("the client gets %q for %q", got, name)
		}
	}
}

func TestUsualNamesStay(t *testing.T) {
	req := &Request{Tools: []Tool{{Type: TypeFunction, Name: "get_weather-2"}, {Type: "web_search", Name: "web.search"}}}
	if given := req.PortableNames(); given != nil || req.Tools[1].Name != "web.search" {
		t.Errorf("PortableNames: %v, %+v", given, req.Tools)
	}
}
