package gemini

import (
	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/fault"
	"github.com/fairlead-dev/fairlead/gateway/jsonwrite"
)

// generateRequest is a GenerateContentRequest.
// Source: https://ai.google.dev/api/generate-content#request-body
type generateRequest struct {
	// Model is for countTokens, where the request is inside another.
	Model             string            `json:"model,omitempty"`
	SystemInstruction *content          `json:"systemInstruction,omitempty"`
	Contents          []content         `json:"contents"`
	Tools             []tool            `json:"tools,omitempty"`
	ToolConfig        *toolConfig       `json:"toolConfig,omitempty"`
	GenerationConfig  *generationConfig `json:"generationConfig,omitempty"`
}

// encoder makes one request for a model.
type encoder struct {
	req     *chat.Request
	model   family
	dialect Dialect
	ledger  *chat.Ledger
	// err is the first thing that cannot be sent and cannot be left out.
	err *fault.Error
	// cached says that a marker for a cache was met.
	cached bool
	// calls are the calls so far, by their ids: the how many-th each one is.
	calls map[string]int
}

func newEncoder(req *chat.Request, model string, dialect Dialect) *encoder {
	return &encoder{req: req, model: newFamily(model), dialect: dialect, ledger: req.Open(), calls: map[string]int{}}
}

// EncodeChat makes the body of generateContent, and says what of the request is not in it. model is Google's name of the model. The
// error is a *fault.Error for what a Gemini cannot take and what cannot be left out either.
func EncodeChat(req *chat.Request, model string, dialect Dialect) ([]byte, []chat.Param, error) {
	e := newEncoder(req, model, dialect)
	body := e.request()
	body.GenerationConfig = e.generationConfig()
	return e.done(body)
}

// EncodeCount makes the body of countTokens. It holds what has tokens.
// Source: https://ai.google.dev/api/tokens, https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/count-tokens
func EncodeCount(req *chat.Request, model string, dialect Dialect) ([]byte, []chat.Param, error) {
	e := newEncoder(req, model, dialect)
	body := e.request()
	body.ToolConfig = nil
	if dialect == VertexAI {
		out, _, err := e.done(body)
		return out, nil, err
	}
	body.Model = resource + ModelName(model)
	out, _, err := e.done(struct {
		Request *generateRequest `json:"generateContentRequest"`
	}{body})
	return out, nil, err
}

func (e *encoder) request() *generateRequest {
	body := &generateRequest{Contents: []content{}}
	e.contents(body)
	e.tools(body)
	if e.req.Prompt != nil && e.req.Prompt.Suffix != "" {
		e.ledger.Lose(chat.ParamSuffix)
	}
	if e.cached {
		e.ledger.Lose("cache_control")
	}
	return body
}

// fail notes what cannot be sent.
func (e *encoder) fail(at, why string) {
	if e.err == nil {
		e.err = fault.Unsupported(at, why)
	}
}

func (e *encoder) done(body any) ([]byte, []chat.Param, error) {
	if e.err != nil {
		return nil, nil, e.err
	}
	out, err := jsonwrite.Marshal(body)
	if err != nil {
		return nil, nil, err
	}
	return out, e.ledger.Lost(), nil
}
