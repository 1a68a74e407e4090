package server

import (
	"net/http"
	"strings"
	"testing"

	"github.com/fairlead-dev/fairlead/gateway/provider"
	"github.com/fairlead-dev/fairlead/gateway/provider/anthropic"
	"github.com/fairlead-dev/fairlead/gateway/provider/gemini"
	"github.com/fairlead-dev/fairlead/gateway/provider/ollama"
)

// The tables of this file are what has to become of a chat completion for a provider of another protocol, rule by rule.

// rule is one of them: members of the request, and what the provider must be sent.
type rule struct {
	// members of the request besides the model; a request without messages gets one.
	members string
	// want are parts of what is sent; not is in no part of it.
	want []string
	not  string
	// dropped are the parameters that the client is told of.
	dropped string
}

func wants(parts ...string) []string { return parts }

const (
	ask         = `"messages":[{"role":"user","content":"hi"}]`
	callArgs    = `"messages":[{"role":"user","content":"hi"},{"role":"assistant","tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{\"x\": 1}"}},{"id":"b","type":"function","function":{"name":"g","arguments":""}}]},`
	callResults = callArgs + `{"role":"tool","tool_call_id":"a","content":"one"},{"role":"tool","tool_call_id":"b","content":"two"},{"role":"user","content":"go on"}]`
	oneTool     = `"tools":[{"type":"function","function":{"name":"f","description":"d","strict":true,"parameters":{"type":"object","properties":{"x":{"type":"integer"}},"required":["x"],"additionalProperties":false}}}]`
	schema      = `"response_format":{"type":"json_schema","json_schema":{"name":"n","strict":true,"schema":{"type":"object","properties":{"x":{"type":"integer"}},"required":["x"],"additionalProperties":false}}}`
	picture     = `"messages":[{"role":"user","content":[{"type":"text","text":"look"},{"type":"image_url","image_url":{"url":"data:image/png;base64,iVBORw0KGgo="}}]}]`
	linked      = `"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"https://example.com/a.png"}}]}]`
)

// checkRules sends a request for each rule. name is the upstream's own name of the model, by which some translations choose.
func checkRules(t *testing.T, p provider.Provider, name string, rules map[string]rule) {
	t.Helper()
	for what, c := range rules {
		t.Run(what, func(t *testing.T) {
			request := `{"model":"chat",` + c.members
			if !strings.Contains(c.members, `"messages"`) {
				request += "," + ask
			}
			var got seen
			a := speaking(p, target(t, "a", recording(&got, answersOf(p))))
			a.Model = name
			r := start(t, routes(model("chat", a))).chat(request + "}")
			if r.StatusCode != http.StatusOK || r.Header.Get("X-Fairlead-Dropped-Params") != c.dropped {
				t.Errorf("status %d, dropped %q, want %q: %s", r.StatusCode, r.Header.Get("X-Fairlead-Dropped-Params"), c.dropped, r.body)
			}
			for _, want := range c.want {
				if !strings.Contains(got.body, want) {
					t.Errorf("the provider got no %s:\n%s", want, got.body)
				}
			}
			if c.not != "" && strings.Contains(got.body, c.not) {
				t.Errorf("the provider got %s:\n%s", c.not, got.body)
			}
		})
	}
}

func TestTrapRequestsToAnthropic(t *testing.T) {
	checkRules(t, anthropic.New(), "claude-opus-4-6", map[string]rule{
		"SystemAtTheTop": {members: `"messages":[{"role":"system","content":"a"},{"role":"developer","content":"b"},{"role":"user","content":"hi"}]`, want: wants(`"system":[{"type":"text","text":"a"},{"type":"text","text":"b"}]`), not: "developer"},
		"SystemLater":    {members: `"messages":[{"role":"user","content":"hi"},{"role":"system","content":"brief"}]`, want: wants(`"role":"user","content":[{"type":"text","text":"hi"},{"type":"text","text":"<system>`), not: `"role":"system"`},
		"RolesAlternate": {members: `"messages":[{"role":"user","content":"a"},{"role":"user","content":"b"},{"role":"assistant","content":"c"},{"role":"assistant","content":"d"},{"role":"user","content":"e"}]`, want: wants(`[{"type":"text","text":"a"},{"type":"text","text":"b"}]`, `[{"type":"text","text":"c"},{"type":"text","text":"d"}]`)},
		"MaxTokens":      {members: `"max_completion_tokens":77`, want: wants(`"max_tokens":77`), not: "max_completion_tokens"},
		"NoMaxTokens":    {members: `"temperature":0.5`, want: wants(`"max_tokens":`, `"temperature":0.5`)},
		"Calls":          {members: callResults, want: wants(`{"type":"tool_use","id":"a","name":"f","input":{"x":1}}`, `{"type":"tool_use","id":"b","name":"g","input":{}}`)},
		"ResultsInOneMessage": {members: callResults, want: wants(`{"role":"user","content":[{"type":"tool_result","tool_use_id":"a","content":`,
			`"tool_use_id":"b"`, `{"type":"text","text":"go on"}]}]`), not: `"role":"tool"`},
		"Tools":          {members: oneTool, want: wants(`"name":"f"`, `"description":"d"`, `"input_schema":{"type":"object"`, `"strict":true`)},
		"ChoiceAuto":     {members: oneTool + `,"tool_choice":"auto"`, want: wants(`"tools":[`)},
		"ChoiceNone":     {members: oneTool + `,"tool_choice":"none"`, want: wants(`"tool_choice":{"type":"none"}`)},
		"ChoiceRequired": {members: oneTool + `,"tool_choice":"required"`, want: wants(`"tool_choice":{"type":"any"}`)},
		"ChoiceOfOne":    {members: oneTool + `,"tool_choice":{"type":"function","function":{"name":"f"}}`, want: wants(`"tool_choice":{"type":"tool","name":"f"}`)},
		"NotParallel":    {members: oneTool + `,"parallel_tool_calls":false`, want: wants(`"disable_parallel_tool_use":true`)},
		"Stop":           {members: `"stop":"END"`, want: wants(`"stop_sequences":["END"]`)},
		"StopList":       {members: `"stop":["A","B"]`, want: wants(`"stop_sequences":["A","B"]`)},
		"User":           {members: `"user":"u-1"`, want: wants(`"metadata":{"user_id":"u-1"}`)},
		"ImageOfBytes":   {members: picture, want: wants(`{"type":"image","source":{"type":"base64","media_type":"image/png","data":"iVBORw0KGgo="}}`)},
		"ImageOfURL":     {members: linked, want: wants(`{"type":"image","source":{"type":"url","url":"https://example.com/a.png"}}`)},
		"Effort":         {members: `"reasoning_effort":"low"`, want: wants(`"output_config":{"effort":"low"`, `"thinking":{"type":"adaptive"`)},
		"Schema":         {members: schema, want: wants(`"output_config":{"format":{"type":"json_schema","schema":{`)},
		"Dropped":        {members: `"n":2,"logprobs":true,"seed":1,"presence_penalty":0.5,"frequency_penalty":0.5`, not: "penalty", dropped: "seed, n, presence_penalty, frequency_penalty, logprobs"},
		"Prefill":        {members: `"messages":[{"role":"user","content":"hi"},{"role":"assistant","content":"So  \n"}]`, want: wants(`{"type":"text","text":"So"}`)},
	})
}

func TestTrapRequestsToGemini(t *testing.T) {
	checkRules(t, gemini.New(), "gemini-3-pro", map[string]rule{
		"System":         {members: `"messages":[{"role":"system","content":"a"},{"role":"user","content":"hi"},{"role":"assistant","content":"yo"},{"role":"user","content":"go"}]`, want: wants(`"systemInstruction":{"parts":[{"text":"a"}]`, `"role":"model"`), not: `"assistant"`},
		"Calls":          {members: callResults, want: wants(`"functionCall":{"id":"a","name":"f","args":{"x":1}}`, `"name":"g","args":{}`)},
		"ResultsByName":  {members: callResults, want: wants(`"functionResponse":{"id":"a","name":"f","response":{"output":"one"}}`, `"name":"g","response":{"output":"two"}`), not: `"tool"`},
		"NoSignature":    {members: callResults, want: wants(`"thoughtSignature":"skip_thought_signature_validator"`)},
		"SignatureInID":  {members: strings.ReplaceAll(callResults, `"a"`, `"call_1__sig_Z29vZ2xlOkc"`), want: wants(`"thoughtSignature":"G"`), not: "skip_thought"},
		"ExtraContent":   {members: strings.Replace(callResults, `{"id":"a",`, `{"id":"a","extra_content":{"google":{"thought_signature":"G"}},`, 1), want: wants(`"thoughtSignature":"G"`), not: "skip_thought"},
		"MaxTokens":      {members: `"max_tokens":77`, want: wants(`"maxOutputTokens":77`)},
		"Stop":           {members: `"stop":["A"]`, want: wants(`"stopSequences":["A"]`)},
		"Choices":        {members: `"n":2`, want: wants(`"candidateCount":2`)},
		"Schema":         {members: schema, want: wants(`"responseMimeType":"application/json"`, `"responseJsonSchema":{`)},
		"JSON":           {members: `"response_format":{"type":"json_object"}`, want: wants(`"responseMimeType":"application/json"`), not: "Schema"},
		"ChoiceAuto":     {members: oneTool + `,"tool_choice":"auto"`, want: wants(`"functionDeclarations":[{"name":"f"`), not: `"ANY"`},
		"ChoiceNone":     {members: oneTool + `,"tool_choice":"none"`, want: wants(`"functionCallingConfig":{"mode":"NONE"}`)},
		"ChoiceRequired": {members: oneTool + `,"tool_choice":"required"`, want: wants(`"functionCallingConfig":{"mode":"ANY"}`)},
		"ChoiceOfOne":    {members: oneTool + `,"tool_choice":{"type":"function","function":{"name":"f"}}`, want: wants(`"mode":"ANY","allowedFunctionNames":["f"]`)},
		"Effort":         {members: `"reasoning_effort":"low"`, want: wants(`"thinkingConfig":{`, `"thinkingLevel":"LOW"`)},
		"ImageOfBytes":   {members: picture, want: wants(`"inlineData":{"mimeType":"image/png","data":"iVBORw0KGgo="}`)},
		"ImageOfURL":     {members: linked, want: wants(`"fileData":{`, `"fileUri":"https://example.com/a.png"`)},
		"NoSafety":       {members: `"temperature":0.5`, want: wants(`"temperature":0.5`), not: "safetySettings"},
	})
}

func TestTrapRequestsToOllama(t *testing.T) {
	checkRules(t, ollama.New(), "qwen3:4b", map[string]rule{
		"NoStream":       {members: `"temperature":0.5`, want: wants(`"stream":false`, `"options":{"temperature":0.5}`)},
		"NothingForced":  {members: `"top_p":0.5`, want: wants(`"options":{"top_p":0.5}`), not: "temperature"},
		"MaxTokens":      {members: `"max_completion_tokens":77`, want: wants(`"num_predict":77`)},
		"Options":        {members: `"stop":"END","seed":1,"top_k":5,"min_p":0.1,"presence_penalty":0.5,"frequency_penalty":0.25`, want: wants(`"stop":["END"]`, `"seed":1`, `"top_k":5`, `"min_p":0.1`, `"presence_penalty":0.5`, `"frequency_penalty":0.25`)},
		"OwnOptions":     {members: `"options":{"num_ctx":8192},"keep_alive":"5m"`, want: wants(`"num_ctx":8192`, `"keep_alive":"5m"`)},
		"JSON":           {members: `"response_format":{"type":"json_object"}`, want: wants(`"format":"json"`)},
		"Schema":         {members: schema, want: wants(`"format":{"type":"object"`), not: "strict"},
		"ChoiceNone":     {members: oneTool + `,"tool_choice":"none"`, not: `"tools"`},
		"Tools":          {members: oneTool, want: wants(`"tools":[{"type":"function","function":{"name":"f"`), dropped: "tools[0].strict"},
		"Calls":          {members: callResults, want: wants(`"function":{"index":0,"name":"f","arguments":{"x":1}}`, `"function":{"index":1,"name":"g","arguments":{}}`)},
		"ResultsByName":  {members: callResults, want: wants(`{"role":"tool","content":"one","tool_name":"f","tool_call_id":"a"}`)},
		"ContentIsText":  {members: `"messages":[{"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]}]`, want: wants(`"content":"a`), not: `"content":[`},
		"Image":          {members: picture, want: wants(`"content":"look","images":["iVBORw0KGgo="]`)},
		"ThinkingIsBack": {members: `"messages":[{"role":"user","content":"hi"},{"role":"assistant","reasoning_content":"Hm.","content":"yo"},{"role":"user","content":"go"}]`, want: wants(`"thinking":"Hm."`)},
		"Dropped":        {members: `"logit_bias":{"5":1},"n":2,"user":"u"`, dropped: "user, n, logit_bias"},
	})
}

// TestTrapImagesThatAProviderCannotFetch are refused and not left out, under every policy.
func TestTrapImagesThatAProviderCannotFetch(t *testing.T) {
	g, got := before(t, ollama.New(), answersOf(ollama.New()))
	r := g.chat(`{"model":"chat",` + linked + `}`)
	if r.StatusCode != http.StatusBadRequest || r.code(t) != "unsupported_parameter" || got.path != "" {
		t.Errorf("status %d %s; upstream got %s", r.StatusCode, r.body, got.body)
	}
	g, got = before(t, anthropic.New(), answersOf(anthropic.New()))
	r = g.chat(`{"model":"chat",` + strings.Replace(picture, "image/png", "image/bmp", 1) + `}`)
	if r.StatusCode != http.StatusBadRequest || !strings.Contains(r.body, "image/jpeg") || got.path != "" {
		t.Errorf("status %d %s; upstream got %s", r.StatusCode, r.body, got.body)
	}
}
