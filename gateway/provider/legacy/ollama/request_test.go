package ollama

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/fairlead-dev/fairlead/gateway/openai"
)

// chatWith is a request with these further members.
func chatWith(members string) string {
	return `{"model":"m","messages":[{"role":"user","content":"hi"}],` + members + `}`
}

// chatMessage is a request with these messages.
func chatMessage(m string) string { return `{"model":"m","messages":[` + m + `]}` }

func TestEncodeRefuses(t *testing.T) {
	tool := `{"type":"function","function":{"name":"f"}}`
	cases := map[string]struct {
		op          openai.Operation
		body        string
		param, code string
	}{
		"UnknownParameter":    {body: chatWith(`"web_search_options":{}`), param: "web_search_options", code: openai.CodeUnsupported},
		"FirstOfUnknown":      {body: chatWith(`"zeta":1,"alpha":1`), param: "alpha", code: openai.CodeUnsupported},
		"TwoAnswers":          {body: chatWith(`"n":2`), param: "n", code: openai.CodeUnsupported},
		"LogitBias":           {body: chatWith(`"logit_bias":{"50256":-100}`), param: "logit_bias", code: openai.CodeUnsupported},
		"Audio":               {body: chatWith(`"modalities":["text","audio"]`), param: "modalities", code: openai.CodeUnsupported},
		"Temperature":         {body: chatWith(`"temperature":"hot"`), param: "temperature", code: openai.CodeInvalidType},
		"TemperatureAsText":   {body: chatWith(`"temperature":"0.5"`), param: "temperature", code: openai.CodeInvalidType},
		"Seed":                {body: chatWith(`"seed":1.5`), param: "seed", code: openai.CodeInvalidType},
		"Stop":                {body: chatWith(`"stop":[1]`), param: "stop", code: openai.CodeInvalidType},
		"NoTokens":            {body: chatWith(`"max_tokens":0`), param: "max_tokens", code: openai.CodeInvalidValue},
		"NegativeTokens":      {body: chatWith(`"max_completion_tokens":-1`), param: "max_completion_tokens", code: openai.CodeInvalidValue},
		"TwoLimits":           {body: chatWith(`"max_tokens":1,"max_completion_tokens":2`), param: "max_tokens", code: openai.CodeInvalidValue},
		"OptionTwice":         {body: chatWith(`"seed":1,"options":{"seed":2}`), param: "options.seed", code: openai.CodeInvalidValue},
		"Options":             {body: chatWith(`"options":[]`), param: "options", code: openai.CodeInvalidType},
		"Format":              {body: chatWith(`"response_format":{"type":"yaml"}`), param: "response_format.type", code: openai.CodeInvalidValue},
		"FormatWithoutSchema": {body: chatWith(`"response_format":{"type":"json_schema"}`), param: "response_format.json_schema", code: openai.CodeInvalidValue},
		"SchemaWithoutSchema": {body: chatWith(`"response_format":{"type":"json_schema","json_schema":{"name":"x"}}`), param: "response_format.json_schema.schema", code: openai.CodeInvalidValue},
		"FormatExtra":         {body: chatWith(`"response_format":{"type":"text","grammar":"x"}`), param: "response_format.grammar", code: openai.CodeUnsupported},
		"Effort":              {body: chatWith(`"reasoning_effort":"huge"`), param: "reasoning_effort", code: openai.CodeInvalidValue},
		"ToolChoiceRequired":  {body: chatWith(`"tools":[` + tool + `],"tool_choice":"required"`), param: "tool_choice", code: openai.CodeUnsupported},
		"ToolChoiceNamed":     {body: chatWith(`"tools":[` + tool + `],"tool_choice":{"type":"function","function":{"name":"f"}}`), param: "tool_choice", code: openai.CodeUnsupported},
		"NotInParallel":       {body: chatWith(`"tools":[` + tool + `],"parallel_tool_calls":false`), param: "parallel_tool_calls", code: openai.CodeUnsupported},
		"ToolType":            {body: chatWith(`"tools":[{"type":"custom","custom":{"name":"f"}}]`), param: "tools[0].type", code: openai.CodeUnsupported},
		"ToolStrict":          {body: chatWith(`"tools":[{"type":"function","function":{"name":"f","strict":true}}]`), param: "tools[0].function.strict", code: openai.CodeUnsupported},
		"ToolWithoutName":     {body: chatWith(`"tools":[` + tool + `,{"type":"function","function":{}}]`), param: "tools[1].function.name", code: openai.CodeInvalidValue},
		"ToolParameters":      {body: chatWith(`"tools":[{"type":"function","function":{"name":"f","parameters":[]}}]`), param: "tools[0].function.parameters", code: openai.CodeInvalidType},
		"NoRole":              {body: chatMessage(`{"content":"x"}`), param: "messages[0].role", code: openai.CodeMissingParameter},
		"RoleFunction":        {body: chatMessage(`{"role":"function","name":"f","content":"x"}`), param: "messages[0].role", code: openai.CodeUnsupported},
		"Name":                {body: chatMessage(`{"role":"user","name":"ann","content":"x"}`), param: "messages[0].name", code: openai.CodeUnsupported},
		"Content":             {body: chatMessage(`{"role":"user","content":5}`), param: "messages[0].content", code: openai.CodeInvalidType},
		"AudioPart":           {body: chatMessage(`{"role":"user","content":[{"type":"input_audio","input_audio":{}}]}`), param: "messages[0].content[0].type", code: openai.CodeUnsupported},
		"ImageByURL":          {body: chatMessage(`{"role":"user","content":[{"type":"text","text":"x"},{"type":"image_url","image_url":{"url":"http://10.0.0.1/x.png"}}]}`), param: "messages[0].content[1].image_url", code: openai.CodeUnsupported},
		"ImageNotBase64":      {body: chatMessage(`{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,%%%"}}]}`), param: "messages[0].content[0].image_url", code: openai.CodeInvalidValue},
		"ImageIsNone":         {body: chatMessage(`{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:text/plain,x"}}]}`), param: "messages[0].content[0].image_url", code: openai.CodeInvalidValue},
		"ToolResultWithoutID": {body: chatMessage(`{"role":"tool","content":"x"}`), param: "messages[0].tool_call_id", code: openai.CodeInvalidValue},
		"Arguments":           {body: chatMessage(`{"role":"assistant","tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"[1]"}}]}`), param: "messages[0].tool_calls[0].function.arguments", code: openai.CodeInvalidValue},
		"ArgumentsNull":       {body: chatMessage(`{"role":"assistant","tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"null"}}]}`), param: "messages[0].tool_calls[0].function.arguments", code: openai.CodeInvalidValue},
		"CallWithoutFunction": {body: chatMessage(`{"role":"assistant","tool_calls":[{"id":"a","type":"function"}]}`), param: "messages[0].tool_calls[0].function.name", code: openai.CodeInvalidValue},
		"Prompts":             {op: openai.Completions, body: `{"model":"m","prompt":["a","b"]}`, param: "prompt", code: openai.CodeUnsupported},
		"PromptTokens":        {op: openai.Completions, body: `{"model":"m","prompt":[1,2]}`, param: "prompt", code: openai.CodeUnsupported},
		"BestOf":              {op: openai.Completions, body: `{"model":"m","prompt":"a","best_of":3}`, param: "best_of", code: openai.CodeUnsupported},
		"Echo":                {op: openai.Completions, body: `{"model":"m","prompt":"a","echo":true}`, param: "echo", code: openai.CodeUnsupported},
		"LegacyLogprobs":      {op: openai.Completions, body: `{"model":"m","prompt":"a","logprobs":3}`, param: "logprobs", code: openai.CodeUnsupported},
		"InputTokens":         {op: openai.Embeddings, body: `{"model":"m","input":[[1,2]]}`, param: "input", code: openai.CodeUnsupported},
		"Encoding":            {op: openai.Embeddings, body: `{"model":"m","input":"a","encoding_format":"hex"}`, param: "encoding_format", code: openai.CodeInvalidValue},
		"Dimensions":          {op: openai.Embeddings, body: `{"model":"m","input":"a","dimensions":0}`, param: "dimensions", code: openai.CodeInvalidValue},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if c.op == 0 {
				c.op = openai.ChatCompletions
			}
			req, err := openai.Scan(c.op, []byte(c.body))
			if err != nil {
				t.Fatalf("Scan: %v", err)
			}
			_, err = New().Encode(req, "x")
			e, ok := errors.AsType[*openai.Error](err)
			if !ok {
				t.Fatalf("Encode: %v, want an *openai.Error", err)
			}
			if e.Status != http.StatusBadRequest || e.Param != c.param || e.Code != c.code {
				t.Errorf("Encode: %d param %q code %q (%s), want 400 %q %q", e.Status, e.Param, e.Code, e.Message, c.param, c.code)
			}
			if !strings.Contains(e.Message, c.param) {
				t.Errorf("message %q does not name %q", e.Message, c.param)
			}
		})
	}
}

// FuzzEncode checks that every request which was accepted by Scan is either translated into valid JSON or refused with a 400.
func FuzzEncode(f *testing.F) {
	for _, body := range []string{
		chatWith(`"tools":[{"type":"function","function":{"name":"f","parameters":{}}}],"stop":["a"],"options":{"a":[1]},"n":1`),
		chatMessage(`{"role":"assistant","tool_calls":[{"id":"a","function":{"name":"f","arguments":"{\"a\":1}"}}]},{"role":"tool","tool_call_id":"a","content":[{"type":"text","text":"x"}]}`),
		`{"model":"m","prompt":["a"],"input":"x","messages":[{}],"response_format":{"type":"json_schema","json_schema":{"schema":{}}}}`,
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, op := range []openai.Operation{openai.ChatCompletions, openai.Completions, openai.Embeddings} {
			req, err := openai.Scan(op, body)
			if err != nil {
				continue
			}
			out, err := New().Encode(req, upstreamModel)
			if err != nil {
				if e, ok := errors.AsType[*openai.Error](err); !ok || e.Status != http.StatusBadRequest || !json.Valid(e.JSON()) {
					t.Errorf("%v: Encode: %v, want a 400", op, err)
				}
				continue
			}
			var sent struct{ Model string }
			if err := json.Unmarshal(out.Body[0], &sent); err != nil || sent.Model != upstreamModel {
				t.Errorf("%v: Encode: %s: %v", op, out.Body[0], err)
			}
		}
	})
}
