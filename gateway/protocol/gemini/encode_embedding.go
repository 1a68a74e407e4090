package gemini

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/embedding"
	"github.com/fairlead-dev/fairlead/gateway/fault"
	"github.com/fairlead-dev/fairlead/gateway/jsonwrite"
)

// embedRequest is an EmbedContentRequest of the Gemini API.
// Source: https://ai.google.dev/api/embeddings
type embedRequest struct {
	Model      string          `json:"model"`
	Content    content         `json:"content"`
	TaskType   json.RawMessage `json:"taskType,omitempty"`
	Title      json.RawMessage `json:"title,omitempty"`
	Dimensions json.RawMessage `json:"outputDimensionality,omitempty"`
}

// EncodeEmbedding makes the body of batchEmbedContents, and says what of the request is not in it.
func EncodeEmbedding(req *embedding.Request, model string) ([]byte, []chat.Param) {
	l := req.Open()
	r := embedRequest{
		Model: resource + ModelName(model), TaskType: l.Take(embedding.ParamTaskType), Title: l.Take(embedding.ParamTitle),
		Dimensions: l.Take(embedding.ParamDimensions),
	}
	var batch struct {
		Requests []embedRequest `json:"requests"`
	}
	for i := range req.Inputs {
		r.Content = content{Parts: []part{{Text: &req.Inputs[i]}}}
		batch.Requests = append(batch.Requests, r)
	}
	return jsonwrite.Must(batch), l.Lost()
}

// DecodeEmbedding reads the answer of batchEmbedContents, which must have a vector for each input.
func DecodeEmbedding(req *embedding.Request, body []byte) (*embedding.Answer, error) {
	var a struct {
		Embeddings []vector       `json:"embeddings"`
		Usage      *usageMetadata `json:"usageMetadata"`
	}
	if err := json.Unmarshal(body, &a); err != nil {
		return nil, fmt.Errorf("decoding the upstream's embeddings: %w", err)
	}
	return embeddings(req, a.Embeddings, a.Usage.neutral())
}

type vector struct {
	Values []float32 `json:"values"`
}

func embeddings(req *embedding.Request, vectors []vector, usage chat.Usage) (*embedding.Answer, error) {
	if len(vectors) != len(req.Inputs) || slices.ContainsFunc(vectors, func(v vector) bool { return len(v.Values) == 0 }) {
		return nil, fault.BadGateway("The upstream's answer does not have one embedding for each input.")
	}
	a := &embedding.Answer{Usage: usage}
	for _, v := range vectors {
		a.Vectors = append(a.Vectors, v.Values)
	}
	return a, nil
}
