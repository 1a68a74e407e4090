package ollama

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/jsonwrite"
)

// chatRequest is the body of POST /api/chat.
type chatRequest struct {
	Model    string          `json:"model"`
	Messages []message       `json:"messages"`
	Tools    []tool          `json:"tools,omitempty"`
	Format   json.RawMessage `json:"format,omitempty"`
	common
}

// generateRequest is the body of POST /api/generate.
type generateRequest struct {
	Model  string          `json:"model"`
	Prompt string          `json:"prompt"`
	Suffix string          `json:"suffix,omitempty"`
	System string          `json:"system,omitempty"`
	Images []string        `json:"images,omitempty"`
	Raw    json.RawMessage `json:"raw,omitempty"`
	Format json.RawMessage `json:"format,omitempty"`
	common
}

// common is what both have.
type common struct {
	Options map[string]json.RawMessage `json:"options,omitempty"`
	Stream  bool                       `json:"stream"`
	// Think is a bool or the name of a level, nil for what the model does by itself.
	Think       any             `json:"think,omitempty"`
	Logprobs    json.RawMessage `json:"logprobs,omitempty"`
	TopLogprobs json.RawMessage `json:"top_logprobs,omitempty"`
	KeepAlive   json.RawMessage `json:"keep_alive,omitempty"`
}

// EncodeChat is the path and the body of a request to an Ollama, whose own name of the model is model, and what it is not told. The
// error is a *fault.Error: the request has content that makes no sense without what Ollama cannot take.
//
// A request for a text to be continued goes to /api/generate, where the prompt passes through the model's template as at Ollama's
// own /v1/completions; the parameter `raw` leaves the template out. Markers for prompt caches are not missed: an Ollama keeps the
// beginning of a prompt by itself. Neither are signatures of other providers, which nobody else can read.
func EncodeChat(req *chat.Request, model string) (path string, body []byte, lost []chat.Param, err error) {
	l := req.Open()
	if req.Prompt != nil {
		path = PathGenerate
		body, err = encodePrompt(req, l, model)
	} else {
		path = PathChat
		body, err = encodeConversation(req, l, model)
	}
	if err != nil {
		return "", nil, nil, err
	}
	return path, body, l.Lost(), nil
}

func encodeConversation(req *chat.Request, l *chat.Ledger, model string) ([]byte, error) {
	messages, err := encodeMessages(req.Messages, l)
	if err != nil {
		return nil, err
	}
	return jsonwrite.Marshal(chatRequest{
		Model: model, Messages: messages, Tools: encodeTools(req, l), Format: encodeFormat(req.Format), common: encodeCommon(req, l, model),
	})
}

func encodePrompt(req *chat.Request, l *chat.Ledger, model string) ([]byte, error) {
	p := req.Prompt
	images := make([]string, len(p.Images))
	for i := range p.Images {
		data, err := encodeImage(&p.Images[i], fmt.Sprintf("images[%d]", i))
		if err != nil {
			return nil, err
		}
		images[i] = data
	}
	takeIf(req, l, chat.ParamBestOf, "1")
	takeIf(req, l, chat.ParamEcho, "false")
	return jsonwrite.Marshal(generateRequest{
		Model: model, Prompt: p.Text, Suffix: p.Suffix, System: p.System, Images: images, Raw: l.Take("raw"), Format: encodeFormat(req.Format),
		common: encodeCommon(req, l, model),
	})
}

func encodeCommon(req *chat.Request, l *chat.Ledger, model string) common {
	takeIf(req, l, chat.ParamN, "1")
	takeIf(req, l, chat.ParamLogitBias, "{}")
	takeIf(req, l, chat.ParamModalities, `["text"]`)
	takeIf(req, l, chat.ParamVerbosity, `"medium"`)
	return common{
		Options: encodeOptions(req, l), Stream: req.Stream, Think: encodeThink(req.Reasoning, l, model), KeepAlive: l.Take(chat.ParamKeepAlive),
		Logprobs: l.Take(chat.ParamLogprobs), TopLogprobs: l.Take(chat.ParamTopLogprobs),
	}
}

// takeIf takes a parameter that asks for what Ollama does anyway, which values, compact JSON, do.
func takeIf(req *chat.Request, l *chat.Ledger, name string, values ...string) {
	if raw := req.Params.Get(name); raw != nil && slices.Contains(values, string(raw)) {
		l.Take(name)
	}
}

// ownOption begins the names of the options that only Ollama's clients know.
const ownOption = chat.ParamOptions + "."

// encodeOptions says how tokens are drawn. Of what the extension `options` says again the parameter counts, and the option is lost.
func encodeOptions(req *chat.Request, l *chat.Ledger) map[string]json.RawMessage {
	opts := map[string]json.RawMessage{}
	for _, name := range append(sampling(), chat.ParamStop) {
		if raw := l.Take(name); raw != nil {
			opts[name] = raw
		}
	}
	if raw := l.Take(chat.ParamMaxTokens); raw != nil {
		opts["num_predict"] = raw
	}
	for _, p := range req.Params {
		if name, own := strings.CutPrefix(p.Name, ownOption); own {
			opts[name] = l.Take(p.Name)
		}
	}
	var extra map[string]json.RawMessage
	raw := l.Take(chat.ParamOptions)
	if raw != nil && json.Unmarshal(raw, &extra) != nil {
		l.Lose(chat.ParamOptions)
	}
	for name, value := range extra {
		if _, twice := opts[name]; twice {
			l.Lose(chat.ParamOptions + "." + name)
			continue
		}
		opts[name] = value
	}
	return opts
}

// encodeFormat holds the model to the schema, whatever the client says about `strict`.
func encodeFormat(f *chat.Format) json.RawMessage {
	switch {
	case f == nil:
		return nil
	case f.Schema != nil:
		return f.Schema
	}
	return json.RawMessage(`"json"`)
}

// encodeThink says whether and how much to think. Only the gpt-oss models know levels; Ollama refuses a level for any other model,
// and thinking for a model that cannot think. A model that can does so unless it is told not to. So all but gpt-oss are told only
// when not to: agents ask for an effort in every request, whatever the model.
// Source: https://github.com/ollama/ollama/blob/main/docs/capabilities/thinking.mdx
func encodeThink(r *chat.Reasoning, l *chat.Ledger, model string) any {
	switch {
	case r == nil:
		return nil
	case r.Off:
		return false
	}
	if r.BudgetTokens > 0 {
		l.Lose("thinking.budget_tokens")
	}
	level := thinkLevel(r.Effort)
	if level == "" {
		return nil
	}
	if !strings.Contains(strings.ToLower(model), "gpt-oss") {
		l.Lose("reasoning_effort")
		return nil
	}
	return level
}

// thinkLevel is the nearest level that gpt-oss has.
func thinkLevel(effort string) string {
	switch effort {
	case "minimal":
		return "low"
	case "xhigh", "max":
		return "high"
	}
	return effort
}
