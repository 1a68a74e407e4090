package openai

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/embedding"
	"github.com/fairlead-dev/fairlead/gateway/jsonwrite"
)

// EncodeEmbedding makes the body of /embeddings, for model. Numbers are asked for, because not every upstream has base64.
func EncodeEmbedding(req *embedding.Request, model string, d Dialect) (body []byte, lost []chat.Param) {
	e := &encoder{ledger: req.Open()}
	e.add("model", jsonwrite.String(nil, model))
	if req.Single {
		e.add("input", jsonwrite.String(nil, req.Inputs[0]))
	} else {
		e.add("input", jsonwrite.Must(req.Inputs))
	}
	e.add("encoding_format", []byte(`"float"`))
	e.add("dimensions", e.ledger.Take(embedding.ParamDimensions))
	if d == DialectOpenAI {
		e.add("user", e.ledger.Take(chat.ParamUser))
	}
	return append(e.members, '}'), e.ledger.Lost()
}

var errVectors = errors.New("the upstream's answer does not have one vector for each input")

// DecodeEmbedding reads an answer to a request for n vectors, as numbers or in base64. The error is a *fault.Error for one that the
// upstream reported with a good status.
func DecodeEmbedding(body []byte, n int) (*embedding.Answer, error) {
	var doc struct {
		Data []struct {
			Index     int             `json:"index"`
			Embedding json.RawMessage `json:"embedding"`
		} `json:"data"`
		Usage json.RawMessage `json:"usage"`
		Error json.RawMessage `json:"error"`
	}
	if err := json.Unmarshal(body, &doc); err != nil {
		return nil, fmt.Errorf("decoding the upstream's answer: %w", err)
	}
	if len(doc.Error) > 0 && string(doc.Error) != "null" {
		return nil, inStream(doc.Error)
	}
	a := &embedding.Answer{Vectors: make([][]float32, n), Usage: readUsage(doc.Usage)}
	if len(doc.Data) != n {
		return nil, errVectors
	}
	for _, d := range doc.Data {
		if d.Index < 0 || d.Index >= n || a.Vectors[d.Index] != nil {
			return nil, errVectors
		}
		v, err := vector(d.Embedding)
		if err != nil {
			return nil, err
		}
		a.Vectors[d.Index] = v
	}
	return a, nil
}

func vector(raw json.RawMessage) ([]float32, error) {
	v := []float32{}
	if len(raw) == 0 || raw[0] != '"' {
		if err := json.Unmarshal(raw, &v); err != nil {
			return nil, fmt.Errorf("decoding a vector: %w", err)
		}
		return v, nil
	}
	b, err := base64.StdEncoding.DecodeString(text(raw))
	if err != nil || len(b)%4 != 0 {
		return nil, fmt.Errorf("decoding a vector: %d bytes in base64: %w", len(b), errors.Join(err, errVectors))
	}
	for ; len(b) > 0; b = b[4:] {
		v = append(v, math.Float32frombits(binary.LittleEndian.Uint32(b)))
	}
	return v, nil
}
