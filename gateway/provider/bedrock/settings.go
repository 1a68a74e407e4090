package bedrock

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/fairlead-dev/fairlead/gateway/chat"
)

// settingsOf are the settings for a model that is not Claude: what Converse has for all of them, and the few fields of their own that
// are known.
func settingsOf(req *chat.Request, _ string, f family) (settings, []chat.Param, error) {
	l := req.Open()
	for i, m := range req.Conversation() {
		if m.Name != "" {
			l.Lose(fmt.Sprintf("messages[%d].name", i))
		}
	}
	takeDefaults(req, l)
	s := settings{InferenceConfig: inference(req, l), ToolConfig: tools(req, l), ServiceTier: tier(req, l)}
	if fields := ownFields(req, l, f); len(fields) > 0 {
		s.AdditionalModelRequestFields = fields
	}
	format, lost, err := outputOf(req.Format)
	s.OutputConfig = format
	return s, append(l.Lost(), lost...), err
}

// outputOf holds the model to a schema. Bedrock takes the same part of JSON Schema for all models that Anthropic takes for its own.
// Source: https://docs.aws.amazon.com/bedrock/latest/userguide/structured-output.html
func outputOf(f *chat.Format) (*outputConfig, []chat.Param, error) {
	if f == nil {
		return nil, nil, nil
	}
	alone := &chat.Request{Format: f, Messages: []chat.Message{{Role: chat.RoleUser, Parts: []chat.Part{chat.Text("x")}}}}
	r, lost, err := askClaude(alone, closedModel)
	return r.output(f), lost, err
}

// closedModel is a model of which Anthropic's protocol knows that it is held to schemas.
const closedModel = "claude-haiku-4-5"

// inference writes what all models know. A temperature of more than 1, which other protocols have, is sent as 1 and named.
func inference(req *chat.Request, l *chat.Ledger) *inferenceConfig {
	var c inferenceConfig
	var temperature float64
	raw := req.Params.Get(chat.ParamTemperature)
	c.Temperature = l.Take(chat.ParamTemperature)
	if json.Unmarshal(raw, &temperature) == nil && temperature > 1 {
		c.Temperature = json.RawMessage("1")
		l.Lose(spelled(req, chat.ParamTemperature))
	}
	c.MaxTokens, c.TopP, c.StopSequences = l.Take(chat.ParamMaxTokens), l.Take(chat.ParamTopP), l.Take(chat.ParamStop)
	if c.MaxTokens == nil && c.Temperature == nil && c.TopP == nil && c.StopSequences == nil {
		return nil
	}
	return &c
}

// spelled is how the client's request spells a parameter.
func spelled(req *chat.Request, name string) string {
	i := slices.IndexFunc(req.Params, func(p chat.Param) bool { return p.Name == name })
	return req.Params[i].As
}

// ownFields are the fields that the models of one maker know.
// Sources: https://docs.aws.amazon.com/nova/latest/userguide/using-converse-api.html,
// https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-openai.html
func ownFields(req *chat.Request, l *chat.Ledger, f family) map[string]json.RawMessage {
	fields := map[string]json.RawMessage{}
	if k := req.Params.Get(chat.ParamTopK); k != nil && f.nova {
		l.Take(chat.ParamTopK)
		fields["inferenceConfig"] = json.RawMessage(`{"topK":` + string(k) + `}`)
	}
	switch r := req.Reasoning; {
	case r == nil || r.Off && !f.effort:
	case f.effort:
		fields["reasoning_effort"] = json.RawMessage(`"` + effort(r) + `"`)
		if r.Off {
			l.Lose("reasoning_effort")
		}
	default:
		l.Lose("reasoning_effort")
	}
	return fields
}

// effort is the nearest of the three efforts of gpt-oss, which cannot do without thinking.
func effort(r *chat.Reasoning) string {
	switch {
	case r.Off, r.Effort == "minimal", r.Effort == "low":
		return "low"
	case r.Effort == "high", r.Effort == "xhigh", r.Effort == "max":
		return "high"
	}
	return "medium"
}

// tools writes the tools: where the choice allows some of them only, those alone.
func tools(req *chat.Request, l *chat.Ledger) *toolConfig {
	if string(req.Params.Get(chat.ParamParallelToolCalls)) == "true" {
		l.Take(chat.ParamParallelToolCalls)
	}
	var c toolConfig
	for i := range req.Tools {
		t := &req.Tools[i]
		switch allowed := req.ToolChoice; {
		case t.Type != chat.TypeFunction:
			l.Lose(t.At)
		case allowed != nil && len(allowed.Allowed) > 0 && !slices.Contains(allowed.Allowed, t.Name):
		default:
			strict := t.Strict != nil && *t.Strict
			spec := &toolSpec{Name: t.Name, Description: t.Description, InputSchema: inputSchema{JSON: ofObject(t.Parameters)}, Strict: strict}
			c.Tools = append(c.Tools, tool{ToolSpec: spec})
		}
	}
	if len(c.Tools) == 0 {
		return nil
	}
	if req.ToolChoice != nil {
		c.ToolChoice = choose(req.ToolChoice.Mode, req.ToolChoice.Name)
	}
	return &c
}

// ofObject is the schema of the arguments, whose type must be given and can only be object.
func ofObject(parameters json.RawMessage) json.RawMessage {
	const empty = `{"type":"object","properties":{}}`
	var members map[string]json.RawMessage
	switch {
	case json.Unmarshal(parameters, &members) != nil || len(members) == 0:
		return json.RawMessage(empty)
	case members["type"] != nil:
		return parameters
	}
	return append(json.RawMessage(`{"type":"object",`), bytes.TrimSpace(parameters)[1:]...)
}

// takeDefaults takes the parameters that ask for nothing but what happens anyway.
func takeDefaults(req *chat.Request, l *chat.Ledger) {
	for _, d := range [...]struct{ name, value string }{
		{chat.ParamN, "1"},
		{chat.ParamBestOf, "1"},
		{chat.ParamLogprobs, "false"},
		{chat.ParamTopLogprobs, "0"},
		{chat.ParamPresencePenalty, "0"},
		{chat.ParamFrequencyPenalty, "0"},
		{chat.ParamLogitBias, "{}"},
		{chat.ParamModalities, `["text"]`},
		{chat.ParamEcho, "false"},
		{chat.ParamVerbosity, `"medium"`},
	} {
		if string(req.Params.Get(d.name)) == d.value {
			l.Take(d.name)
		}
	}
}
