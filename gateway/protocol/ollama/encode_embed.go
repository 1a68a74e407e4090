package ollama

import (
	"encoding/json"
	"fmt"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/embedding"
	"github.com/fairlead-dev/fairlead/gateway/fault"
	"github.com/fairlead-dev/fairlead/gateway/jsonwrite"
)

// embedRequest is the body of POST /api/embed.
type embedRequest struct {
	Model      string          `json:"model"`
	Input      []string        `json:"input"`
	Truncate   json.RawMessage `json:"truncate"`
	Dimensions json.RawMessage `json:"dimensions,omitempty"`
	Options    json.RawMessage `json:"options,omitempty"`
	KeepAlive  json.RawMessage `json:"keep_alive,omitempty"`
}

// EncodeEmbedding is the body of POST /api/embed, and what Ollama is not told. Ollama cuts an input that is too long for the model
// without a word; other providers refuse it, and so does this unless the client allows it.
func EncodeEmbedding(req *embedding.Request, model string) (body []byte, lost []chat.Param, err error) {
	l := req.Open()
	r := embedRequest{
		Model: model, Input: req.Inputs, Truncate: l.Take(embedding.ParamTruncate), Dimensions: l.Take(embedding.ParamDimensions),
		Options: l.Take(chat.ParamOptions), KeepAlive: l.Take(chat.ParamKeepAlive),
	}
	if r.Truncate == nil {
		r.Truncate = json.RawMessage("false")
	}
	body, err = jsonwrite.Marshal(r)
	return body, l.Lost(), err
}

// DecodeEmbedding reads the answer of /api/embed, which must have a vector for each input: clients tell them apart by their order. An
// error that it reports is a *fault.Error.
func DecodeEmbedding(req *embedding.Request, body []byte) (*embedding.Answer, error) {
	var a struct {
		Embeddings      [][]float32     `json:"embeddings"`
		PromptEvalCount int64           `json:"prompt_eval_count"`
		Error           json.RawMessage `json:"error"`
	}
	if err := json.Unmarshal(body, &a); err != nil {
		return nil, fmt.Errorf("decoding the upstream's embeddings: %w", err)
	}
	switch {
	case isError(a.Error):
		return nil, reported(body)
	case len(a.Embeddings) != len(req.Inputs):
		return nil, fault.BadGateway("The upstream's answer does not have one embedding for each input.")
	}
	usage := chat.Usage{Known: a.PromptEvalCount > 0, InputTokens: max(a.PromptEvalCount, 0)}
	return &embedding.Answer{Vectors: a.Embeddings, Usage: usage}, nil
}
