package bedrock

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/embedding"
	"github.com/fairlead-dev/fairlead/gateway/fault"
	"github.com/fairlead-dev/fairlead/gateway/provider"
)

// titanRequest asks a model of the family Titan Text Embeddings V2.
// Source: https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-titan-embed-text.html
type titanRequest struct {
	InputText  string          `json:"inputText"`
	Dimensions json.RawMessage `json:"dimensions,omitempty"`
}

// cohereRequest asks a model of the family Cohere Embed.
// Source: https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-embed-v3.html
type cohereRequest struct {
	Texts           []string        `json:"texts"`
	InputType       string          `json:"input_type"`
	Truncate        string          `json:"truncate"`
	OutputDimension json.RawMessage `json:"output_dimension,omitempty"`
}

// EncodeEmbedding writes a request for InvokeModel, whose form is the model's own. Titan takes one text; other models than these two
// makers' are refused.
func (Provider) EncodeEmbedding(req *embedding.Request, model string) (provider.Outbound, error) {
	l := req.Open()
	var body any
	switch {
	case strings.Contains(model, "amazon.titan-embed"):
		if len(req.Inputs) != 1 {
			return provider.Outbound{}, fault.Unsupported("input", "it takes one text in each request")
		}
		body = titanRequest{InputText: req.Inputs[0], Dimensions: l.Take(embedding.ParamDimensions)}
	case strings.Contains(model, "cohere.embed"):
		body = cohere(req, model, l)
	default:
		return provider.Outbound{}, fault.Unsupported("model", "of Bedrock's models only Titan and Cohere Embed are known to make embeddings")
	}
	out, err := outbound(model, "invoke", body)
	out.Lost = l.Lost()
	return out, err
}

// cohere takes texts for the documents that a search finds, unless the client says otherwise. Only its models since version 4 let
// the length be chosen.
func cohere(req *embedding.Request, model string, l *chat.Ledger) cohereRequest {
	r := cohereRequest{Texts: req.Inputs, InputType: "search_document", Truncate: "NONE"}
	if !strings.Contains(model, "-v3") {
		r.OutputDimension = l.Take(embedding.ParamDimensions)
	}
	if raw := l.Take(embedding.ParamTruncate); string(raw) == "true" {
		r.Truncate = "END"
	}
	var kind string
	if raw := req.Params.Get("input_type"); json.Unmarshal(raw, &kind) == nil {
		l.Take("input_type")
		r.InputType = kind
	}
	return r
}

// embedded is what the models of both makers answer: Titan one vector, Cohere a list of them or, where it was asked for types of
// numbers, an object with a list for each type.
type embedded struct {
	Embedding           []float32       `json:"embedding"`
	Embeddings          json.RawMessage `json:"embeddings"`
	InputTextTokenCount int64           `json:"inputTextTokenCount"`
}

// DecodeEmbedding reads the answer.
func (Provider) DecodeEmbedding(req *embedding.Request, body []byte) (*embedding.Answer, error) {
	var e embedded
	if err := json.Unmarshal(body, &e); err != nil {
		return nil, fmt.Errorf("decoding Bedrock's embeddings: %w", err)
	}
	a := &embedding.Answer{Usage: chat.Usage{Known: e.InputTextTokenCount > 0, InputTokens: max(e.InputTextTokenCount, 0)}}
	if e.Embedding != nil {
		a.Vectors = [][]float32{e.Embedding}
	} else if err := e.list(&a.Vectors); err != nil {
		return nil, err
	}
	if len(a.Vectors) != len(req.Inputs) {
		return nil, chat.ErrUnfinished
	}
	return a, nil
}

func (e *embedded) list(to *[][]float32) error {
	if len(e.Embeddings) > 0 && e.Embeddings[0] == '[' {
		return decodeVectors(e.Embeddings, to)
	}
	var typed struct {
		Float json.RawMessage `json:"float"`
	}
	if len(e.Embeddings) == 0 || json.Unmarshal(e.Embeddings, &typed) != nil || typed.Float == nil {
		return chat.ErrUnfinished
	}
	return decodeVectors(typed.Float, to)
}

func decodeVectors(raw json.RawMessage, to *[][]float32) error {
	if err := json.Unmarshal(raw, to); err != nil {
		return fmt.Errorf("decoding Bedrock's embeddings: %w", err)
	}
	return nil
}
