package gemini

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/embedding"
	"github.com/fairlead-dev/fairlead/gateway/fault"
	"github.com/fairlead-dev/fairlead/gateway/jsonwrite"
)

// EmbedsContent says whether Vertex AI embeds with a model by embedContent, one text at a time; by predict where not.
// Source: https://github.com/googleapis/go-genai/blob/main/transformer.go
func EmbedsContent(model string) bool {
	name := ModelName(model)
	return strings.Contains(name, "maas") || strings.Contains(name, "gemini") && name != "gemini-embedding-001"
}

type predictRequest struct {
	Instances  []predictInstance `json:"instances"`
	Parameters *predictSettings  `json:"parameters,omitempty"`
}

type predictInstance struct {
	Content  string          `json:"content"`
	TaskType json.RawMessage `json:"task_type,omitempty"`
	Title    json.RawMessage `json:"title,omitempty"`
}

type predictSettings struct {
	Dimensions json.RawMessage `json:"outputDimensionality,omitempty"`
	Truncate   json.RawMessage `json:"autoTruncate,omitempty"`
}

// EncodePredict makes the body of Vertex AI's predict for embeddings, and says what of the request is not in it.
// Source: https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/text-embeddings-api
func EncodePredict(req *embedding.Request) ([]byte, []chat.Param) {
	l := req.Open()
	in := predictInstance{TaskType: l.Take(embedding.ParamTaskType), Title: l.Take(embedding.ParamTitle)}
	var body predictRequest
	for _, text := range req.Inputs {
		in.Content = text
		body.Instances = append(body.Instances, in)
	}
	s := predictSettings{Dimensions: l.Take(embedding.ParamDimensions), Truncate: l.Take(embedding.ParamTruncate)}
	if s.Dimensions != nil || s.Truncate != nil {
		body.Parameters = &s
	}
	return jsonwrite.Must(body), l.Lost()
}

// DecodeVertexEmbedding reads the answer of predict, which must have a vector for each input, or of embedContent, which has one.
func DecodeVertexEmbedding(req *embedding.Request, body []byte) (*embedding.Answer, error) {
	var a struct {
		Predictions []prediction   `json:"predictions"`
		Embedding   *vector        `json:"embedding"`
		Usage       *usageMetadata `json:"usageMetadata"`
	}
	if err := json.Unmarshal(body, &a); err != nil {
		return nil, fmt.Errorf("decoding the upstream's embeddings: %w", err)
	}
	if a.Embedding != nil {
		return embeddings(req, []vector{*a.Embedding}, a.Usage.neutral())
	}
	var usage chat.Usage
	vectors := make([]vector, 0, len(a.Predictions))
	for _, p := range a.Predictions {
		vectors = append(vectors, p.Embeddings.vector)
		usage.InputTokens += max(int64(p.Embeddings.Statistics.Tokens), 0)
	}
	usage.Known = usage.InputTokens > 0
	return embeddings(req, vectors, usage)
}

// prediction is one answer of predict.
type prediction struct {
	Embeddings struct {
		vector
		Statistics struct {
			Tokens float64 `json:"token_count"`
		} `json:"statistics"`
	} `json:"embeddings"`
}

type embedContentRequest struct {
	Content content            `json:"content"`
	Config  embedContentConfig `json:"embedContentConfig,omitzero"`
}

type embedContentConfig struct {
	TaskType   json.RawMessage `json:"taskType,omitempty"`
	Title      json.RawMessage `json:"title,omitempty"`
	Dimensions json.RawMessage `json:"outputDimensionality,omitempty"`
	Truncate   json.RawMessage `json:"autoTruncate,omitempty"`
}

// IsZero says whether there is nothing to be said.
func (c embedContentConfig) IsZero() bool {
	return c.TaskType == nil && c.Title == nil && c.Dimensions == nil && c.Truncate == nil
}

// EncodeEmbedContent makes the body of Vertex AI's embedContent, and says what of the request is not in it. The error is for several
// inputs, which are several requests there.
func EncodeEmbedContent(req *embedding.Request) ([]byte, []chat.Param, error) {
	if len(req.Inputs) != 1 {
		return nil, nil, fault.Unsupported("input", "it embeds one text at a time")
	}
	l := req.Open()
	body := embedContentRequest{
		Content: content{Parts: []part{{Text: &req.Inputs[0]}}},
		Config: embedContentConfig{
			TaskType: l.Take(embedding.ParamTaskType), Title: l.Take(embedding.ParamTitle),
			Dimensions: l.Take(embedding.ParamDimensions), Truncate: l.Take(embedding.ParamTruncate),
		},
	}
	return jsonwrite.Must(body), l.Lost(), nil
}
