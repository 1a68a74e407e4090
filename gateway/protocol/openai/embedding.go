package openai

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"math"
	"strconv"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/embedding"
	"github.com/fairlead-dev/fairlead/gateway/fields"
	"github.com/fairlead-dev/fairlead/gateway/jsonwrite"
	"github.com/fairlead-dev/fairlead/gateway/protocol"
)

// Embeddings is the endpoint /embeddings for clients.
// Source: https://platform.openai.com/docs/api-reference/embeddings
type Embeddings struct{}

var _ protocol.EmbeddingCodec = Embeddings{}

// Decode reads a client's request. Lists of tokens are refused: they mean something to one model only.
func (Embeddings) Decode(call *protocol.Call, body []byte) (*embedding.Request, error) {
	o, err := fields.Read(body)
	if err != nil {
		return nil, err
	}
	req := &embedding.Request{Model: model(call, o)}
	inputs(o, req)
	switch format := o.Text("encoding_format"); format {
	case "", "float":
	case "base64":
		req.Base64 = true
	default:
		o.Invalid("encoding_format", "must be float or base64.")
	}
	var n int64
	if raw := o.Checked("dimensions", &n, "an integer"); raw != nil {
		if n < 1 {
			o.Invalid("dimensions", "must be at least 1, but it is %d.", n)
		}
		req.Params.Add(embedding.ParamDimensions, "dimensions", raw)
	}
	req.Params.Add(embedding.ParamTruncate, "truncate", o.Checked("truncate", new(bool), "a boolean"))
	req.Params.Add(chat.ParamOptions, "options", o.Schema("options"))
	user(o, &req.Params)
	lose(o, &req.Params)
	if err := o.Err(); err != nil {
		return nil, err
	}
	return req, nil
}

// inputs reads one text or several.
func inputs(o *fields.Object, req *embedding.Request) {
	raw := o.Raw("input")
	var one string
	switch {
	case raw == nil:
		o.Missing("input")
	case json.Unmarshal(raw, &one) == nil:
		req.Inputs, req.Single = []string{one}, true
	case json.Unmarshal(raw, &req.Inputs) != nil:
		o.Unsupported("input", "it takes texts only, no tokens")
	case len(req.Inputs) == 0:
		o.Invalid("input", "must not be empty.")
	}
}

// Answer writes the vectors: as numbers, or as the little-endian 32-bit floats in base64 that the SDKs ask for.
func (Embeddings) Answer(req *embedding.Request, a *embedding.Answer) []byte {
	b := []byte(`{"object":"list","data":[`)
	for i, v := range a.Vectors {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(append(b, `{"object":"embedding","index":`...), int64(i), 10)
		b = append(b, `,"embedding":`...)
		if req.Base64 {
			b = appendBase64(b, v)
		} else {
			b = jsonwrite.Floats(b, v)
		}
		b = append(b, '}')
	}
	b = jsonwrite.String(append(b, `],"model":`...), req.Model)
	b = strconv.AppendInt(append(b, `,"usage":{"prompt_tokens":`...), a.Usage.InputTokens, 10)
	b = strconv.AppendInt(append(b, `,"total_tokens":`...), a.Usage.InputTokens, 10)
	return append(b, `}}`...)
}

func appendBase64(b []byte, v []float32) []byte {
	floats := make([]byte, 0, 4*len(v))
	for _, f := range v {
		floats = binary.LittleEndian.AppendUint32(floats, math.Float32bits(f))
	}
	return append(base64.StdEncoding.AppendEncode(append(b, '"'), floats), '"')
}
