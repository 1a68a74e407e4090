package anthropic

import (
	"encoding/json"
	"fmt"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/jsonwrite"
)

// body is a request to an upstream.
type body struct {
	Model        string        `json:"model"`
	MaxTokens    *int64        `json:"max_tokens,omitempty"`
	System       []block       `json:"system,omitempty"`
	Messages     []turn        `json:"messages"`
	Tools        []tool        `json:"tools,omitempty"`
	ToolChoice   *toolChoice   `json:"tool_choice,omitempty"`
	Thinking     *thinking     `json:"thinking,omitempty"`
	OutputConfig *outputConfig `json:"output_config,omitempty"`
	sampling
	StopSequences []string  `json:"stop_sequences,omitempty"`
	Metadata      *metadata `json:"metadata,omitempty"`
	ServiceTier   string    `json:"service_tier,omitempty"`
	Stream        bool      `json:"stream,omitempty"`
	extensions
}

type metadata struct {
	UserID string `json:"user_id"`
}

// extensions are Anthropic's own parameters, which clients of other protocols may send by their names. They are passed on as they
// are.
type extensions struct {
	CacheControl      json.RawMessage `json:"cache_control,omitempty"`
	Container         json.RawMessage `json:"container,omitempty"`
	ContextManagement json.RawMessage `json:"context_management,omitempty"`
	Diagnostics       json.RawMessage `json:"diagnostics,omitempty"`
	InferenceGeo      json.RawMessage `json:"inference_geo,omitempty"`
	MCPServers        json.RawMessage `json:"mcp_servers,omitempty"`
	Speed             json.RawMessage `json:"speed,omitempty"`
}

// Request is a request to an upstream of this protocol.
type Request struct {
	Body []byte
	// Betas are the features that the request needs and that have to be named in the header anthropic-beta.
	Betas []string
	// Lost is what the upstream is not told.
	Lost []chat.Param
}

// Beta features.
// Sources: https://platform.claude.com/docs/en/agents-and-tools/mcp-connector, …/build-with-claude/context-editing
const (
	betaMCP     = "mcp-client-2025-11-20"
	betaContext = "context-management-2025-06-27"
)

// encoder writes one request.
type encoder struct {
	req    *chat.Request
	ledger *chat.Ledger
	family family
	body   body
	// forced says that the tool choice leaves the model no choice but to call a tool.
	forced bool
}

// Encode writes a request for POST /v1/messages. model is the upstream's own name of the model. The error is a *fault.Error for what
// cannot be left out of the request and that the protocol cannot say.
func Encode(req *chat.Request, model string) (Request, error) {
	e := newEncoder(req, model)
	if err := e.chat(); err != nil {
		return Request{}, err
	}
	e.maxTokens()
	e.reasoning()
	e.sample()
	e.params()
	e.body.Stream = req.Stream
	return e.done()
}

// EncodeCount writes a request for POST /v1/messages/count_tokens. Nothing that is about the answer counts, and nothing of it is
// lost.
func EncodeCount(req *chat.Request, model string) (Request, error) {
	e := newEncoder(req, model)
	for _, p := range req.Params {
		e.ledger.Take(p.Name)
	}
	if err := e.chat(); err != nil {
		return Request{}, err
	}
	e.maxTokens()
	e.reasoning()
	e.body.MaxTokens = nil
	return e.done()
}

func newEncoder(req *chat.Request, model string) *encoder {
	return &encoder{req: req, ledger: req.Open(), family: familyOf(model), body: body{Model: model}}
}

// chat writes what both requests have.
func (e *encoder) chat() error {
	if e.req.Prompt != nil && e.req.Prompt.Suffix != "" {
		e.ledger.Lose(chat.ParamSuffix)
	}
	if err := e.conversation(); err != nil {
		return err
	}
	if err := e.tools(); err != nil {
		return err
	}
	e.toolChoice()
	return e.format()
}

func (e *encoder) done() (Request, error) {
	body, err := jsonwrite.Marshal(e.body)
	if err != nil {
		return Request{}, fmt.Errorf("encoding a request to the upstream: %w", err)
	}
	r := Request{Body: body, Lost: e.ledger.Lost()}
	if e.body.MCPServers != nil {
		r.Betas = append(r.Betas, betaMCP)
	}
	if e.body.ContextManagement != nil {
		r.Betas = append(r.Betas, betaContext)
	}
	return r, nil
}

// decodeParam reads the value of a parameter without taking it. A value of another type, which no decoder lets through, counts as
// absent: the parameter is lost by name.
func decodeParam[T any](e *encoder, name string) (v T, ok bool) {
	raw := e.req.Params.Get(name)
	if raw == nil || json.Unmarshal(raw, &v) != nil {
		return v, false
	}
	return v, true
}

// at names a message as clients count them.
func at(message int, field string) string { return fmt.Sprintf("messages[%d].%s", message, field) }
