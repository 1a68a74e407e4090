package ollama

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/fairlead-dev/fairlead/gateway/openai"
	"github.com/fairlead-dev/fairlead/gateway/provider/legacy"
)

// embeddingDecoder translates the answer of /api/embed.
type embeddingDecoder struct{ *decoder }

// Body translates a whole answer: numbers as Ollama wrote them, or in base64 where the client asked for it, as SDKs do.
func (d embeddingDecoder) Body(upstream []byte) ([]byte, provider.Usage, error) {
	var a struct {
		Embeddings      []json.RawMessage `json:"embeddings"`
		PromptEvalCount int64             `json:"prompt_eval_count"`
		Error           json.RawMessage   `json:"error"`
	}
	if err := json.Unmarshal(upstream, &a); err != nil {
		return nil, provider.Usage{}, fmt.Errorf("decoding the upstream's answer: %w", err)
	}
	switch {
	case isError(a.Error):
		return nil, provider.Usage{}, reported(upstream)
	case len(a.Embeddings) == 0:
		return nil, provider.Usage{}, errUnfinished
	}
	list := openai.EmbeddingList{
		Object: openai.ObjectList, Model: d.req.Model, Data: make([]openai.Embedding, len(a.Embeddings)),
		Usage: openai.EmbeddingUsage{PromptTokens: a.PromptEvalCount, TotalTokens: a.PromptEvalCount},
	}
	inBase64 := string(d.req.Field("encoding_format")) == `"base64"`
	for i, raw := range a.Embeddings {
		v, err := vector(raw, inBase64)
		if err != nil {
			return nil, provider.Usage{}, err
		}
		list.Data[i] = openai.Embedding{Object: openai.ObjectEmbedding, Index: i, Embedding: v}
	}
	return openai.Marshal(list), provider.Usage{Known: a.PromptEvalCount > 0, InputTokens: a.PromptEvalCount}, nil
}

func vector(raw json.RawMessage, inBase64 bool) (any, error) {
	var floats []float32
	if err := json.Unmarshal(raw, &floats); err != nil {
		return nil, fmt.Errorf("decoding an embedding: %w", err)
	}
	if !inBase64 {
		return raw, nil
	}
	b := make([]byte, 0, 4*len(floats))
	for _, f := range floats {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(f))
	}
	return base64.StdEncoding.EncodeToString(b), nil
}

// Stream fails: embeddings are never streamed.
func (embeddingDecoder) Stream(openai.EventWriter, io.Reader) (provider.Usage, error) {
	return provider.Usage{}, errors.New("an embedding cannot be streamed")
}
