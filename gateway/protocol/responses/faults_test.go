package responses

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-dev/fairlead/gateway/fault"
	"github.com/fairlead-dev/fairlead/gateway/protocol/golden"
)

// TestDecodeRefuses has what cannot be served: each is a 400 that names the member at fault.
func TestDecodeRefuses(t *testing.T) {
	cases := map[string]struct {
		reason, body string
		// param is what the error names, and says is a part of its message.
		param, says string
	}{
		"PreviousResponse":  {"nothing is stored", `{"input":"x","previous_response_id":"resp_1"}`, "previous_response_id", "whole conversation"},
		"Conversation":      {"nothing is stored", `{"input":"x","conversation":{"id":"conv_1"}}`, "conversation", "whole conversation"},
		"Prompt":            {"templates are OpenAI's", `{"prompt":{"id":"pmpt_1"}}`, "prompt", "whole conversation"},
		"Background":        {"it would be fetched later", `{"input":"x","background":true}`, "background", "would have to be stored"},
		"ItemReference":     {"what SDKs send that believe in store", `{"input":[{"type":"item_reference","id":"msg_1"}]}`, "input[0].type", "'store' set to false"},
		"Compaction":        {"only OpenAI can read it", `{"input":[{"type":"compaction","encrypted_content":"x"}]}`, "input[0].type", "OpenAI"},
		"NoInput":           {"", `{"model":"m"}`, "input", "required"},
		"NumberInput":       {"", `{"input":1}`, "input", "a string or an array of items"},
		"TextsInput":        {"", `{"input":["x"]}`, "input", "an array of objects"},
		"UnknownItem":       {"without it the conversation may be another", `{"input":[{"type":"new"}]}`, "input[0].type", "not a type of item"},
		"NoRole":            {"", `{"input":[{"content":"x"}]}`, "input[0].role", "required"},
		"UnknownRole":       {"", `{"input":[{"role":"tool","content":"x"}]}`, "input[0].role", "developer"},
		"NoContent":         {"", `{"input":[{"role":"user"}]}`, "input[0].content", "required"},
		"UnknownContent":    {"", `{"input":[{"role":"user","content":[{"type":"input_video"}]}]}`, "input[0].content[0].type", "input_file"},
		"NoImage":           {"", `{"input":[{"role":"user","content":[{"type":"input_image"}]}]}`, "input[0].content[0].image_url", "required"},
		"PlainDataURL":      {"only base64 has a place elsewhere", `{"input":[{"role":"user","content":[{"type":"input_image","image_url":"data:image/svg+xml,<svg/>"}]}]}`, "input[0].content[0].image_url", "base64"},
		"NoFile":            {"", `{"input":[{"role":"user","content":[{"type":"input_file"}]}]}`, "input[0].content[0].file_data", "required"},
		"NoAudio":           {"", `{"input":[{"role":"user","content":[{"type":"input_audio"}]}]}`, "input[0].content[0].input_audio", "required"},
		"ArgumentsNoObject": {"no other protocol can carry them", `{"input":[{"type":"function_call","call_id":"c","name":"f","arguments":"[1"}]}`, "input[0].arguments", "JSON object"},
		"ArgumentsNull":     {"", `{"input":[{"type":"function_call","call_id":"c","name":"f","arguments":"null"}]}`, "input[0].arguments", "JSON object"},
		"CallWithoutID":     {"", `{"input":[{"type":"function_call","name":"f","arguments":"{}"}]}`, "input[0].call_id", "required"},
		"CallWithoutName":   {"", `{"input":[{"type":"function_call","call_id":"c","arguments":"{}"}]}`, "input[0].name", "required"},
		"NoOutput":          {"", `{"input":[{"type":"function_call_output","call_id":"c"}]}`, "input[0].output", "required"},
		"OutputContent":     {"", `{"input":[{"type":"function_call_output","call_id":"c","output":[{"type":"x"}]}]}`, "input[0].output[0].type", "must be"},
		"Effort":            {"", `{"input":"x","reasoning":{"effort":"huge"}}`, "reasoning.effort", "none, minimal"},
		"Format":            {"", `{"input":"x","text":{"format":{"type":"xml"}}}`, "text.format.type", "json_schema"},
		"NoSchema":          {"", `{"input":"x","text":{"format":{"type":"json_schema","name":"n"}}}`, "text.format.schema", "required"},
		"ToolWithoutType":   {"", `{"input":"x","tools":[{"name":"f"}]}`, "tools[0].type", "required"},
		"ToolWithoutName":   {"", `{"input":"x","tools":[{"type":"function"}]}`, "tools[0].name", "required"},
		"NamespaceUnnamed":  {"", `{"input":"x","tools":[{"type":"namespace","tools":[]}]}`, "tools[0].name", "required"},
		"NamespaceOfHosted": {"", `{"input":"x","tools":[{"type":"namespace","name":"n","tools":[{"type":"web_search"}]}]}`, "tools[0].tools[0].type", "function"},
		"Choice":            {"", `{"input":"x","tool_choice":"some"}`, "tool_choice", "required"},
		"ChoiceUntyped":     {"", `{"input":"x","tool_choice":{}}`, "tool_choice.type", "required"},
		"ChoiceUnnamed":     {"", `{"input":"x","tool_choice":{"type":"function"}}`, "tool_choice.name", "required"},
		"AllowedMode":       {"", `{"input":"x","tool_choice":{"type":"allowed_tools","mode":"x","tools":[]}}`, "tool_choice.mode", "auto"},
		"MaxTokens":         {"", `{"input":"x","max_output_tokens":"1"}`, "max_output_tokens", "an integer"},
		"Metadata":          {"", `{"input":"x","metadata":{"a":1}}`, "metadata", "strings"},
		"Stream":            {"", `{"input":"x","stream":"yes"}`, "stream", "a boolean"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := decode([]byte(c.body))
			f, ok := errors.AsType[*fault.Error](err)
			if !ok {
				t.Fatalf("%s: got %v, want a fault", c.reason, err)
			}
			if f.Status != http.StatusBadRequest || f.Param != c.param || !strings.Contains(f.Message, c.says) {
				t.Errorf("%s: got %s, want param %s and %q", c.reason, golden.Fault(f), c.param, c.says)
			}
		})
	}
}

func TestStateless(t *testing.T) {
	f := Stateless("/responses/resp_1/cancel")
	if f.Status != http.StatusNotFound || !strings.Contains(f.Message, "'/responses/resp_1/cancel' is not available") || !strings.Contains(f.Message, "whole conversation") {
		t.Errorf("got %s", golden.Fault(f))
	}
}

func TestErrors(t *testing.T) {
	f := fault.Invalid(fault.CodeInvalidValue, "input", "No \"%s\".", "x\xff")
	want := `{"error":{"message":"No \"x\ufffd\".","type":"invalid_request_error","param":"input","code":"invalid_value"}}`
	if diff := cmp.Diff(want, string(Errors{}.Body(f, "req_1"))); diff != "" {
		t.Errorf("Body: -want +got\n%s", diff)
	}
	want = "event: error\n" +
		`data: {"type":"error","sequence_number":0,"code":"invalid_value","message":"No \"x` + "\ufffd" + `\".","param":"input",` +
		`"error":{"type":"invalid_request_error","code":"invalid_value","message":"No \"x` + "\ufffd" + `\".","param":"input"}}` + "\n\n"
	if diff := cmp.Diff(want, string(Errors{}.Frame(f))); diff != "" {
		t.Errorf("Frame: -want +got\n%s", diff)
	}
}

// TestFailureCodes has what Codex decides by: https://github.com/openai/codex/blob/main/codex-rs/codex-api/src/sse/responses.rs
func TestFailureCodes(t *testing.T) {
	cases := map[string]struct {
		fault fault.Error
		want  string
	}{
		"RateLimit":     {fault.Error{Status: 429, Code: "too_fast"}, "rate_limit_exceeded"},
		"Quota":         {fault.Error{Status: 429, Code: fault.CodeQuota}, "insufficient_quota"},
		"ContextLength": {fault.Error{Status: 400, Code: fault.CodeContextLength}, "context_length_exceeded"},
		"ContentFilter": {fault.Error{Status: 400, Code: fault.CodeContentFilter}, "invalid_prompt"},
		"Other":         {fault.Error{Status: 504, Code: fault.CodeTimeout}, "server_error"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			var got struct{ Code string }
			if err := json.Unmarshal(appendFailure(nil, &c.fault), &got); err != nil || got.Code != c.want {
				t.Errorf("got %q, %v, want %q", got.Code, err, c.want)
			}
		})
	}
}

func TestInputTokens(t *testing.T) {
	req, err := InputTokens{}.Decode(nil, []byte(`{"model":"m","input":"hi"}`))
	if err != nil || req.Model != "m" || len(req.Messages) != 1 {
		t.Errorf("Decode: %+v, %v", req, err)
	}
	if diff := cmp.Diff(`{"object":"response.input_tokens","input_tokens":11}`, string(InputTokens{}.Answer(11))); diff != "" {
		t.Errorf("Answer: -want +got\n%s", diff)
	}
}
