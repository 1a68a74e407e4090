package chat

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestLedger(t *testing.T) {
	var p Params
	p.Add(ParamTemperature, "generationConfig.temperature", json.RawMessage("1"))
	p.Add(ParamSeed, "seed", json.RawMessage("null"))
	p.Add(ParamN, "n", json.RawMessage("2"))
	p.Add("x_vendor", "x_vendor", json.RawMessage(`{"a":1}`))
	r := &Request{Params: p}
	for range 2 {
		l := r.Open()
		if got := string(l.Take(ParamTemperature)); got != "1" {
			t.Errorf("Take: %s", got)
		}
		if l.Take(ParamSeed) != nil {
			t.Error("Take: null is a value")
		}
		l.Lose("tools[1]")
		want := []Param{
			{Name: "tools[1]", As: "tools[1]"},
			{Name: ParamN, As: "n", Value: json.RawMessage("2")},
			{Name: "x_vendor", As: "x_vendor", Value: json.RawMessage(`{"a":1}`)},
		}
		if diff := cmp.Diff(want, l.Lost()); diff != "" {
			t.Errorf("Lost, which a second translation must not change: -want +got\n%s", diff)
		}
	}
}

func TestHint(t *testing.T) {
	if !(Param{Name: ParamUser}).Hint() || (Param{Name: ParamTemperature}).Hint() {
		t.Error("Hint: a user id changes nothing about an answer, a temperature does")
	}
}

func TestConversation(t *testing.T) {
	r := &Request{Prompt: &Prompt{Text: "a", System: "s", Images: []Media{{Kind: MediaImage, Data: "AA=="}}}}
	want := []Message{
		{Role: RoleSystem, Parts: []Part{Text("s")}},
		{Role: RoleUser, Parts: []Part{Text("a"), {Kind: KindMedia, Media: &Media{Kind: MediaImage, Data: "AA=="}}}},
	}
	if diff := cmp.Diff(want, r.Conversation()); diff != "" {
		t.Errorf("Conversation: -want +got\n%s", diff)
	}
}

func TestNameResults(t *testing.T) {
	m := []Message{
		{Role: RoleAssistant, Parts: []Part{{Kind: KindToolCall, ToolCall: &ToolCall{ID: "1", Name: "f"}}}},
		{Role: RoleTool, Parts: []Part{{Kind: KindToolResult, ToolResult: &ToolResult{ID: "1"}}, {Kind: KindToolResult, ToolResult: &ToolResult{ID: "1", Name: "own"}}}},
	}
	NameResults(m)
	if got := m[1].Parts; got[0].ToolResult.Name != "f" || got[1].ToolResult.Name != "own" {
		t.Errorf("NameResults: %+v, %+v", got[0].ToolResult, got[1].ToolResult)
	}
}
