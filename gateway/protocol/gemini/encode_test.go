package gemini

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/jsonwrite"
	"github.com/fairlead-dev/fairlead/gateway/protocol/golden"
)

func user(parts ...chat.Part) chat.Message {
	return chat.Message{Role: chat.RoleUser, Parts: parts}
}

func assistant(parts ...chat.Part) chat.Message {
	return chat.Message{Role: chat.RoleAssistant, Parts: parts}
}

func called(id, signature string) chat.Part {
	p := chat.Part{Kind: chat.KindToolCall, ToolCall: &chat.ToolCall{ID: id, Name: "f", Arguments: json.RawMessage(`{}`)}}
	if signature != "" {
		p.Signature = chat.Signature{Origin: chat.OriginGoogle, Value: signature}
	}
	return p
}

func returned(id string, parts ...chat.Part) chat.Message {
	return chat.Message{Role: chat.RoleTool, Parts: []chat.Part{
		{Kind: chat.KindToolResult, ToolResult: &chat.ToolResult{ID: id, Name: "f", Parts: parts}},
	}}
}

// encoded is what goes upstream, compact, with what is lost before it.
func encoded(req *chat.Request, model string, dialect Dialect) string {
	body, lost, err := EncodeChat(req, model, dialect)
	if err != nil {
		return golden.Fault(err)
	}
	return losses(lost) + string(body)
}

func losses(lost []chat.Param) string {
	var b strings.Builder
	for _, p := range lost {
		b.WriteString("lost " + p.As + "\n")
	}
	return b.String()
}

// encodeCase is a conversation and what goes upstream for it.
type encodeCase struct {
	reason   string
	messages []chat.Message
	// model is gemini-3-flash-preview where it is empty.
	model   string
	dialect Dialect
	want    string
}

func runEncode(t *testing.T, cases map[string]encodeCase) {
	t.Helper()
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if tc.model == "" {
				tc.model = "gemini-3-flash-preview"
			}
			if diff := cmp.Diff(tc.want, encoded(&chat.Request{Messages: tc.messages}, tc.model, tc.dialect)); diff != "" {
				t.Errorf("%s: -want +got\n%s", tc.reason, diff)
			}
		})
	}
}

// image is a picture.
func image() chat.Part {
	return chat.Part{Kind: chat.KindMedia, Media: &chat.Media{Kind: chat.MediaImage, Type: "image/png", Data: "aGk="}}
}

func TestEncodeMessages(t *testing.T) {
	foreign := chat.Signature{Origin: chat.OriginAnthropic, Value: "sig"}
	runEncode(t, map[string]encodeCase{
		"SystemFirst": {
			reason: "leading system messages are one instruction",
			messages: []chat.Message{
				{Role: chat.RoleSystem, Parts: []chat.Part{chat.Text("a")}}, {Role: chat.RoleSystem, Parts: []chat.Part{chat.Text("b")}}, user(chat.Text("c")),
			},
			want: `{"systemInstruction":{"parts":[{"text":"a"},{"text":"b"}]},"contents":[{"role":"user","parts":[{"text":"c"}]}]}`,
		},
		"SystemLater": {
			reason:   "a later one keeps its place",
			messages: []chat.Message{user(chat.Text("a")), {Role: chat.RoleSystem, Parts: []chat.Part{chat.Text("b")}}, user(chat.Text("c"))},
			want:     `{"contents":[{"role":"user","parts":[{"text":"a"},{"text":"b"},{"text":"c"}]}]}`,
		},
		"SystemOnly": {
			reason: "a request needs contents", messages: []chat.Message{{Role: chat.RoleSystem, Parts: []chat.Part{chat.Text("a")}}},
			want: `{"contents":[{"role":"user","parts":[{"text":"a"}]}]}`,
		},
		"SystemForGemma": {
			reason: "Gemmas have no system instruction", model: "gemma-3-27b-it",
			messages: []chat.Message{{Role: chat.RoleSystem, Parts: []chat.Part{chat.Text("a")}}, user(chat.Text("b"))},
			want:     `{"contents":[{"role":"user","parts":[{"text":"a"},{"text":"b"}]}]}`,
		},
		"SystemWithImage": {
			reason: "an instruction is text", messages: []chat.Message{{Role: chat.RoleSystem, Parts: []chat.Part{image()}}},
			want: "fault: 400 code=unsupported_parameter param=messages[0]: 'messages[0]' is not supported for this model: a system instruction is text",
		},
		"Names": {
			reason: "participants have no names here", messages: []chat.Message{{Role: chat.RoleUser, Name: "Ada", Parts: []chat.Part{chat.Text("a")}}},
			want: "lost messages[0].name\n" + `{"contents":[{"role":"user","parts":[{"text":"a"}]}]}`,
		},
		"ForeignThinking": {
			reason: "another provider's thoughts are for that one only",
			messages: []chat.Message{user(chat.Text("a")), assistant(
				chat.Part{Kind: chat.KindThinking, Text: "hm", Signature: foreign}, chat.Part{Kind: chat.KindRedacted, Signature: foreign},
				chat.Part{Kind: chat.KindText, Text: "b", Signature: foreign},
			)},
			want: `{"contents":[{"role":"user","parts":[{"text":"a"}]},{"role":"model","parts":[{"text":"b"}]}]}`,
		},
		"OwnThinking": {
			reason: "what Google signed goes back",
			messages: []chat.Message{user(chat.Text("a")), assistant(
				chat.Part{Kind: chat.KindThinking, Text: "hm", Signature: chat.Signature{Origin: chat.OriginGoogle, Value: "c2ln"}},
			)},
			want: `{"contents":[{"role":"user","parts":[{"text":"a"}]},{"role":"model","parts":[{"text":"hm","thought":true,"thoughtSignature":"c2ln"}]}]}`,
		},
		"EmptyText": {
			reason: "the protocol refuses empty text", messages: []chat.Message{user(chat.Text("a")), assistant(chat.Text("")), user(chat.Text("b"))},
			want: `{"contents":[{"role":"user","parts":[{"text":"a"},{"text":"b"}]}]}`,
		},
	})
}

func TestEncodeResults(t *testing.T) {
	runEncode(t, map[string]encodeCase{
		"ResultWithImage": {
			reason:   "Gemini 3 takes media in results",
			messages: []chat.Message{user(chat.Text("a")), assistant(called("1", "c2ln")), returned("1", chat.Text("ok"), image())},
			want: `{"contents":[{"role":"user","parts":[{"text":"a"}]},{"role":"model","parts":[{"functionCall":{"id":"1","name":"f","args":{}},"thoughtSignature":"c2ln"}]},` +
				`{"role":"user","parts":[{"functionResponse":{"id":"1","name":"f","response":{"output":"ok"},"parts":[{"inlineData":{"mimeType":"image/png","data":"aGk="}}]}}]}]}`,
		},
		"ResultWithImageBefore3": {
			reason: "older ones beside them", model: "gemini-2.5-flash",
			messages: []chat.Message{user(chat.Text("a")), assistant(called("1", "")), returned("1", image())},
			want: `{"contents":[{"role":"user","parts":[{"text":"a"}]},{"role":"model","parts":[{"functionCall":{"id":"1","name":"f","args":{}}}]},` +
				`{"role":"user","parts":[{"functionResponse":{"id":"1","name":"f","response":{"output":""}}},{"inlineData":{"mimeType":"image/png","data":"aGk="}}]}]}`,
		},
		"OrderOnVertex": {
			reason: "Vertex AI has no ids of calls", model: "gemini-2.5-flash", dialect: VertexAI,
			messages: []chat.Message{user(chat.Text("a")), assistant(called("1", ""), called("2", "")), {Role: chat.RoleTool, Parts: []chat.Part{
				returned("2", chat.Text("two")).Parts[0], returned("1", chat.Text("one")).Parts[0],
			}}},
			want: `{"contents":[{"role":"user","parts":[{"text":"a"}]},{"role":"model","parts":[{"functionCall":{"name":"f","args":{}}},{"functionCall":{"name":"f","args":{}}}]},` +
				`{"role":"user","parts":[{"functionResponse":{"name":"f","response":{"output":"one"}}},{"functionResponse":{"name":"f","response":{"output":"two"}}}]}]}`,
		},
	})
}

func TestEncodeMedia(t *testing.T) {
	cases := map[string]struct {
		media   chat.Media
		dialect Dialect
		want    string
	}{
		"Data":       {chat.Media{Kind: chat.MediaAudio, Type: "audio/mp3", Data: "aGk="}, GoogleAI, `{"inlineData":{"mimeType":"audio/mp3","data":"aGk="}}`},
		"DataByName": {chat.Media{Kind: chat.MediaDocument, Name: "a.TXT", Data: "aGk="}, GoogleAI, `{"inlineData":{"mimeType":"text/plain","data":"aGk="}}`},
		"DataBySniffing": {
			chat.Media{Kind: chat.MediaImage, Data: "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="},
			GoogleAI,
			`{"inlineData":{"mimeType":"image/png","data":"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="}}`,
		},
		"DataByKind":     {chat.Media{Kind: chat.MediaImage, Data: "aGk="}, GoogleAI, `{"inlineData":{"mimeType":"image/jpeg","data":"aGk="}}`},
		"URL":            {chat.Media{Kind: chat.MediaImage, URL: "https://e.org/a.png?x=y.gif"}, GoogleAI, `{"fileData":{"mimeType":"image/png","fileUri":"https://e.org/a.png?x=y.gif"}}`},
		"URLUnknown":     {chat.Media{Kind: chat.MediaImage, URL: "https://e.org/a"}, GoogleAI, `{"fileData":{"fileUri":"https://e.org/a"}}`},
		"URLUnknownType": {chat.Media{Kind: chat.MediaImage, URL: "https://e.org/a"}, VertexAI, `{"fileData":{"mimeType":"image/jpeg","fileUri":"https://e.org/a"}}`},
		"GooglesFile":    {chat.Media{FileID: "gs://b/c", Type: "video/mp4"}, VertexAI, `{"fileData":{"mimeType":"video/mp4","fileUri":"gs://b/c"}}`},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			req := &chat.Request{Messages: []chat.Message{user(chat.Part{Kind: chat.KindMedia, Media: &tc.media})}}
			want := `{"contents":[{"role":"user","parts":[` + tc.want + `]}]}`
			if diff := cmp.Diff(want, encoded(req, "gemini-2.5-flash", tc.dialect)); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
	t.Run("AnotherProvidersFile", func(t *testing.T) {
		req := &chat.Request{Messages: []chat.Message{user(chat.Text("a"), chat.Part{Kind: chat.KindMedia, Media: &chat.Media{FileID: "file-1"}})}}
		want := "fault: 400 code=unsupported_parameter param=messages[0].content[1]: 'messages[0].content[1]' is not supported for this model: " +
			"the file is another provider's; send its content"
		if diff := cmp.Diff(want, encoded(req, "gemini-2.5-flash", GoogleAI)); diff != "" {
			t.Errorf("-want +got\n%s", diff)
		}
	})
}

func TestEncodeThinking(t *testing.T) {
	shown, hidden := true, false
	cases := map[string]struct {
		model     string
		reasoning chat.Reasoning
		want      string
	}{
		"Flash3Off":       {"gemini-3-flash-preview", chat.Reasoning{Off: true}, "lost reasoning\n" + `{"thinkingLevel":"MINIMAL"}`},
		"Pro3Off":         {"gemini-3-pro-preview", chat.Reasoning{Off: true}, "lost reasoning\n" + `{"thinkingLevel":"LOW"}`},
		"Pro3Minimal":     {"models/gemini-3-pro-preview", chat.Reasoning{Effort: "minimal"}, `{"includeThoughts":true,"thinkingLevel":"LOW"}`},
		"Pro3Medium":      {"gemini-3-pro-preview", chat.Reasoning{Effort: "medium"}, `{"includeThoughts":true,"thinkingLevel":"HIGH"}`},
		"Pro31Medium":     {"gemini-3.1-pro-preview", chat.Reasoning{Effort: "medium"}, `{"includeThoughts":true,"thinkingLevel":"MEDIUM"}`},
		"LatestMax":       {"gemini-flash-latest", chat.Reasoning{Effort: "max"}, `{"includeThoughts":true,"thinkingLevel":"HIGH"}`},
		"Flash3Budget":    {"gemini-3-flash-preview", chat.Reasoning{BudgetTokens: 2000}, `{"includeThoughts":true,"thinkingLevel":"MEDIUM"}`},
		"Flash3Shown":     {"gemini-3-flash-preview", chat.Reasoning{Show: &shown}, `{"includeThoughts":true}`},
		"Flash3Hidden":    {"gemini-3-flash-preview", chat.Reasoning{Show: &hidden}, `{"includeThoughts":false}`},
		"Flash25Off":      {"gemini-2.5-flash", chat.Reasoning{Off: true}, `{"thinkingBudget":0}`},
		"Pro25Off":        {"gemini-2.5-pro", chat.Reasoning{Off: true}, "lost reasoning\n" + `{"thinkingBudget":128}`},
		"Flash25Low":      {"gemini-2.5-flash", chat.Reasoning{Effort: "low"}, `{"includeThoughts":true,"thinkingBudget":1024}`},
		"Flash25Medium":   {"gemini-2.5-flash", chat.Reasoning{Effort: "medium"}, `{"includeThoughts":true,"thinkingBudget":8192}`},
		"Flash25XHigh":    {"gemini-2.5-flash", chat.Reasoning{Effort: "xhigh"}, `{"includeThoughts":true,"thinkingBudget":24576}`},
		"Flash25TooMuch":  {"gemini-2.5-flash", chat.Reasoning{BudgetTokens: 100_000}, `{"includeThoughts":true,"thinkingBudget":24576}`},
		"Pro25TooMuch":    {"gemini-2.5-pro", chat.Reasoning{BudgetTokens: 100_000}, `{"includeThoughts":true,"thinkingBudget":32768}`},
		"Lite25TooLittle": {"gemini-2.5-flash-lite", chat.Reasoning{BudgetTokens: 1}, `{"includeThoughts":true,"thinkingBudget":512}`},
		"Flash2":          {"gemini-2.0-flash", chat.Reasoning{Effort: "low"}, "lost reasoning\n"},
		"Gemma":           {"gemma-3-27b-it", chat.Reasoning{Off: true}, ""},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			e := newEncoder(&chat.Request{Reasoning: &tc.reasoning}, tc.model, GoogleAI)
			c := e.reasoning()
			got := losses(e.ledger.Lost())
			if c != nil {
				got += string(jsonwrite.Must(c))
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

func TestEncodeParams(t *testing.T) {
	yes := true
	req := &chat.Request{
		Messages: []chat.Message{user(chat.Part{Kind: chat.KindText, Text: "a", CacheControl: json.RawMessage(`{"type":"ephemeral"}`)})},
		Tools: []chat.Tool{
			{Type: chat.TypeFunction, Name: "f", Strict: &yes, CacheControl: json.RawMessage(`{}`), At: "tools[0]"},
			{Type: "web_search", At: "tools[1]"},
		},
		ToolChoice: &chat.ToolChoice{Mode: chat.ToolChoiceAuto},
		Format:     &chat.Format{Kind: chat.FormatJSONSchema, Name: "n", Schema: json.RawMessage(`{"type":"object"}`), Strict: &yes},
	}
	for name, value := range map[string]string{
		chat.ParamSeed: "4294967296", chat.ParamParallelToolCalls: "false",
	} {
		req.Params.Add(name, name, json.RawMessage(value))
	}
	req.Params.Add(chat.ParamModalities, "modalities", json.RawMessage(`["text","image"]`))
	req.Params.Add(chat.ParamMinP, "min_p", json.RawMessage(`0.1`))
	got := encoded(req, "gemini-2.5-flash", GoogleAI)
	for _, want := range []string{"lost seed\n", "lost parallel_tool_calls\n", "lost min_p\n", "lost cache_control\n", "lost tools[1]\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	want := `{"contents":[{"role":"user","parts":[{"text":"a"}]}],"tools":[{"functionDeclarations":[{"name":"f"}]}],` +
		`"toolConfig":{"functionCallingConfig":{"mode":"VALIDATED"}},"generationConfig":{"responseModalities":["TEXT","IMAGE"],` +
		`"responseMimeType":"application/json","responseJsonSchema":{"type":"object"}}}`
	if !strings.Contains(got, want) {
		t.Errorf("no %s in\n%s", want, got)
	}
}

func TestEncodeToolChoice(t *testing.T) {
	cases := map[string]struct {
		choice *chat.ToolChoice
		want   string
	}{
		"Unsaid":   {nil, `null`},
		"Auto":     {&chat.ToolChoice{Mode: chat.ToolChoiceAuto}, `{"functionCallingConfig":{"mode":"AUTO"}}`},
		"None":     {&chat.ToolChoice{Mode: chat.ToolChoiceNone}, `{"functionCallingConfig":{"mode":"NONE"}}`},
		"Required": {&chat.ToolChoice{Mode: chat.ToolChoiceRequired, Allowed: []string{"f"}}, `{"functionCallingConfig":{"mode":"ANY","allowedFunctionNames":["f"]}}`},
		"Named":    {&chat.ToolChoice{Mode: chat.ToolChoiceNamed, Name: "f"}, `{"functionCallingConfig":{"mode":"ANY","allowedFunctionNames":["f"]}}`},
		"Allowed":  {&chat.ToolChoice{Mode: chat.ToolChoiceAuto, Allowed: []string{"f"}}, `{"functionCallingConfig":{"mode":"VALIDATED","allowedFunctionNames":["f"]}}`},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, string(jsonwrite.Must(config(tc.choice, false)))); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

func TestEncodePrompt(t *testing.T) {
	req := &chat.Request{Prompt: &chat.Prompt{Text: "Once", Suffix: "end", System: "s"}}
	want := "lost suffix\n" + `{"systemInstruction":{"parts":[{"text":"s"}]},"contents":[{"role":"user","parts":[{"text":"Once"}]}]}`
	if diff := cmp.Diff(want, encoded(req, "gemini-2.5-flash", GoogleAI)); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func TestEncodeCount(t *testing.T) {
	req := &chat.Request{
		Messages: []chat.Message{user(chat.Text("a"))}, Tools: []chat.Tool{{Type: chat.TypeFunction, Name: "f"}},
		ToolChoice: &chat.ToolChoice{Mode: chat.ToolChoiceNone},
	}
	contents := `"contents":[{"role":"user","parts":[{"text":"a"}]}],"tools":[{"functionDeclarations":[{"name":"f"}]}]}`
	for dialect, want := range map[Dialect]string{
		GoogleAI: `{"generateContentRequest":{"model":"models/gemini-2.5-flash",` + contents + "}", VertexAI: "{" + contents,
	} {
		body, lost, err := EncodeCount(req, "gemini-2.5-flash", dialect)
		if err != nil || len(lost) > 0 {
			t.Fatalf("EncodeCount: %v, lost %v", err, lost)
		}
		if diff := cmp.Diff(want, string(body)); diff != "" {
			t.Errorf("dialect %d: -want +got\n%s", dialect, diff)
		}
	}
}
