package server

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/fairlead-dev/fairlead/gateway/provider/openai"
)

// callsTheTool is OpenAI with a model that calls the one tool that it is offered, and as strict on its name as the real one.
func callsTheTool(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	var req struct {
		Stream bool
		Tools  []struct{ Function struct{ Name string } }
	}
	if err := json.Unmarshal(body, &req); err != nil || len(req.Tools) != 1 || len(req.Tools[0].Function.Name) > 64 {
		http.Error(w, `{"error":{"message":"string too long","code":"string_above_max_length"}}`, http.StatusBadRequest)
		return
	}
	what, kind := "message", "application/json"
	if req.Stream {
		what, kind = "delta", "text/event-stream"
	}
	answer := fmt.Sprintf(`{"id":"1","choices":[{"index":0,"finish_reason":"tool_calls",%q:{"role":"assistant","tool_calls":[`+
		`{"index":0,"id":"call_1","type":"function","function":{"name":%q,"arguments":"{}"}}]}}]}`, what, req.Tools[0].Function.Name)
	if req.Stream {
		answer = "data: " + answer + "\n\ndata: [DONE]\n\n"
	}
	w.Header().Set("Content-Type", kind)
	_, _ = io.WriteString(w, answer)
}

// TestLongNamesOfTools: what Claude Code makes of the names of an MCP server's tools can be longer than other providers allow.
func TestLongNamesOfTools(t *testing.T) {
	const name = "mcp__plugin_chrome-devtools-mcp_chrome-devtools__performance_analyze_insight"
	g := start(t, routes(model("chat", speaking(openai.New(), target(t, "a", callsTheTool)))))
	for _, stream := range []string{"false", "true"} {
		r := g.post("/v1/messages", `{"model":"chat","max_tokens":9,"stream":`+stream+`,"messages":[{"role":"user","content":"x"}],`+
			`"tools":[{"name":"`+name+`","input_schema":{"type":"object"}}]}`)
		if r.StatusCode != http.StatusOK || !strings.Contains(r.body, `"name":"`+name+`"`) {
			t.Errorf("stream %s: status %d %s", stream, r.StatusCode, r.body)
		}
	}
}
