package bedrock

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/protocol/anthropic"
)

// claudeRequest is what is read of a request in Anthropic's protocol.
type claudeRequest struct {
	MaxTokens         json.RawMessage `json:"max_tokens"`
	Temperature       json.RawMessage `json:"temperature"`
	TopP              json.RawMessage `json:"top_p"`
	TopK              json.RawMessage `json:"top_k"`
	StopSequences     json.RawMessage `json:"stop_sequences"`
	Tools             []claudeTool    `json:"tools"`
	ToolChoice        json.RawMessage `json:"tool_choice"`
	Thinking          json.RawMessage `json:"thinking"`
	ContextManagement json.RawMessage `json:"context_management"`
	OutputConfig      struct {
		Effort string
		Format *struct{ Schema json.RawMessage }
	} `json:"output_config"`
	// betas are the features that the request needs.
	betas []string
}

type claudeTool struct {
	Name         string          `json:"name"`
	Description  string          `json:"description"`
	InputSchema  json.RawMessage `json:"input_schema"`
	Strict       bool            `json:"strict"`
	CacheControl json.RawMessage `json:"cache_control"`
}

// claudeChoice is Anthropic's tool_choice.
type claudeChoice struct {
	Type                   string
	Name                   string
	DisableParallelToolUse bool `json:"disable_parallel_tool_use"`
}

// paramBetas are the beta features that a client asks for in the body, as Anthropic's SDK for Bedrock does.
const paramBetas = "anthropic_beta"

// ownParams are the parameters that Anthropic's API takes and Bedrock does not, or not in the same way.
func ownParams() []string {
	return []string{
		chat.ParamServiceTier, chat.ParamUser, chat.ParamMetadata, paramBetas, "cache_control", "container", "diagnostics",
		"inference_geo", "mcp_servers", "speed",
	}
}

// claudeSettings asks the package of Anthropic's protocol how a Claude model is to be asked, and says that in Converse's words.
func claudeSettings(req *chat.Request, model string, f family) (settings, []chat.Param, error) {
	own, others := split(req.Params)
	r, lost, err := askClaude(withoutMedia(req, others), model)
	if err != nil {
		return settings{}, nil, err
	}
	rest := &chat.Request{Params: own}
	l := rest.Open()
	s := settings{
		InferenceConfig: &inferenceConfig{MaxTokens: r.MaxTokens, Temperature: r.Temperature, TopP: r.TopP, StopSequences: r.StopSequences},
		ToolConfig:      r.tools(f), ServiceTier: tier(rest, l), OutputConfig: r.output(req.Format),
		AdditionalModelRequestFields: r.fields(l),
	}
	if req.Origin == chat.OriginAnthropic {
		lost = survivors(lost, s.AdditionalModelRequestFields)
	}
	r.choose(&s)
	if r.StopSequences != nil {
		s.AdditionalModelResponseFieldPaths = []string{stopSequencePath}
	}
	return s, append(lost, l.Lost()...), nil
}

// survivors moves the fields of a client of Anthropic's that are not known here to where Converse takes what only the model knows,
// and returns what is lost all the same: what is known and was left out for a reason, and what is inside of something else.
func survivors(lost []chat.Param, fields map[string]json.RawMessage) []chat.Param {
	known := []string{chat.ParamMaxTokens, chat.ParamTemperature, chat.ParamTopP, chat.ParamTopK, chat.ParamStop}
	return slices.DeleteFunc(slices.Clone(lost), func(p chat.Param) bool {
		if p.Value == nil || p.Name != p.As || slices.Contains(known, p.Name) {
			return false
		}
		fields[p.Name] = p.Value
		return true
	})
}

// askClaude is how Anthropic's protocol would ask a Claude model, and what would be lost.
func askClaude(req *chat.Request, model string) (claudeRequest, []chat.Param, error) {
	asked, err := anthropic.Encode(req, model)
	if err != nil {
		return claudeRequest{}, nil, err
	}
	r := claudeRequest{betas: asked.Betas}
	if err := json.Unmarshal(asked.Body, &r); err != nil {
		return r, nil, fmt.Errorf("reading what Claude is to be asked: %w", err)
	}
	return r, asked.Lost, nil
}

// stopSequencePath points at what Converse does not say by itself: which of the client's sequences ended the answer.
const stopSequencePath = "/stop_sequence"

func split(params chat.Params) (own, others chat.Params) {
	for _, p := range params {
		if slices.Contains(ownParams(), p.Name) {
			own = append(own, p)
		} else {
			others = append(others, p)
		}
	}
	return own, others
}

// withoutMedia is the request with other parameters, and with a word for each file, which is of no account for the settings, and
// which Converse knows more kinds of than Anthropic's protocol.
func withoutMedia(req *chat.Request, params chat.Params) *chat.Request {
	lite := *req
	lite.Params, lite.Prompt, lite.Messages = params, nil, nil
	for _, m := range req.Conversation() {
		m.Parts = plain(m.Parts)
		lite.Messages = append(lite.Messages, m)
	}
	return &lite
}

func plain(parts []chat.Part) []chat.Part {
	same := make([]chat.Part, len(parts))
	for i, p := range parts {
		switch {
		case p.Media != nil:
			p = chat.Text(p.Media.Kind)
		case p.ToolResult != nil:
			r := *p.ToolResult
			r.Parts = plain(r.Parts)
			p.ToolResult = &r
		}
		same[i] = p
	}
	return same
}

func (r *claudeRequest) tools(f family) *toolConfig {
	if len(r.Tools) == 0 {
		return nil
	}
	var c toolConfig
	for _, t := range r.Tools {
		spec := &toolSpec{Name: t.Name, Description: t.Description, InputSchema: inputSchema{JSON: t.InputSchema}, Strict: t.Strict}
		c.Tools = append(c.Tools, tool{ToolSpec: spec})
		if point := f.cachePoint(t.CacheControl); point != nil {
			c.Tools = append(c.Tools, tool{CachePoint: point})
		}
	}
	return &c
}

// choose writes the choice among tools. That only one may be called at once can be said in Anthropic's own words only.
func (r *claudeRequest) choose(s *settings) {
	var c claudeChoice
	switch {
	case r.ToolChoice == nil || json.Unmarshal(r.ToolChoice, &c) != nil || s.ToolConfig == nil:
	case c.DisableParallelToolUse:
		s.AdditionalModelRequestFields["tool_choice"] = r.ToolChoice
	default:
		s.ToolConfig.ToolChoice = choose(c.Type, c.Name)
	}
}

func (r *claudeRequest) output(f *chat.Format) *outputConfig {
	c := outputConfig{Effort: r.OutputConfig.Effort}
	if r.OutputConfig.Format != nil {
		c.TextFormat = structured(f, r.OutputConfig.Format.Schema)
	}
	if c == (outputConfig{}) {
		return nil
	}
	return &c
}

// fields are what only Claude knows.
// Source: https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-anthropic-claude-messages.html
func (r *claudeRequest) fields(l *chat.Ledger) map[string]json.RawMessage {
	fields := map[string]json.RawMessage{}
	for name, value := range map[string]json.RawMessage{
		"top_k": r.TopK, "thinking": r.Thinking, "context_management": r.ContextManagement,
	} {
		if value != nil {
			fields[name] = value
		}
	}
	if betas := r.allBetas(l.Take(paramBetas)); len(betas) > 0 {
		if list, err := json.Marshal(betas); err == nil {
			fields[paramBetas] = list
		}
	}
	return fields
}

// allBetas are the features that the client asks for and those that the request needs besides.
func (r *claudeRequest) allBetas(asked json.RawMessage) []string {
	var betas []string
	if json.Unmarshal(asked, &betas) != nil {
		return r.betas
	}
	return slices.Concat(betas, r.betas)
}
