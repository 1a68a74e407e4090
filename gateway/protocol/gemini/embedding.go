package gemini

import (
	"bytes"
	"slices"
	"strconv"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/embedding"
	"github.com/fairlead-dev/fairlead/gateway/fields"
	"github.com/fairlead-dev/fairlead/gateway/jsonwrite"
	"github.com/fairlead-dev/fairlead/gateway/protocol"
)

// PathBatchEmbed is the path of several embeddings at once, after the model.
const PathBatchEmbed = ":batchEmbedContents"

// Embed is embedContent and batchEmbedContents, for clients.
// Source: https://ai.google.dev/api/embeddings
type Embed struct{}

var _ protocol.EmbeddingCodec = Embed{}

// Decode reads an EmbedContentRequest or a BatchEmbedContentsRequest, as the path says. All requests of a batch have to ask for the
// same, because other protocols say it once.
func (Embed) Decode(call *protocol.Call, body []byte) (*embedding.Request, error) {
	o, err := fields.Read(body)
	if err != nil {
		return nil, err
	}
	req := &embedding.Request{Model: call.Model, Single: call.Path != PathBatchEmbed}
	if req.Single {
		req.Inputs = []string{embedInput(o, &req.Params)}
	} else {
		embedBatch(o, req)
	}
	rest(o, &req.Params)
	if err := o.Err(); err != nil {
		return nil, err
	}
	return req, nil
}

func embedBatch(o *fields.Object, req *embedding.Request) {
	requests := o.Objects("requests")
	if len(requests) == 0 {
		o.Missing("requests")
	}
	for i, r := range requests {
		var params chat.Params
		req.Inputs = append(req.Inputs, embedInput(r, &params))
		rest(r, &params)
		if i == 0 {
			req.Params = params
		} else if !same(params, req.Params) {
			o.Unsupported(r.At(), "all requests of a batch must have the same settings")
		}
	}
}

// same compares parameters in their order, which is that of the reader's code and then of the alphabet.
func same(a, b chat.Params) bool {
	return slices.EqualFunc(a, b, func(a, b chat.Param) bool { return a.Name == b.Name && bytes.Equal(a.Value, b.Value) })
}

// embedInput reads what is to be embedded, and what is said about the vector.
func embedInput(o *fields.Object, params *chat.Params) string {
	o.Drop("model")
	embedSettings(o, params)
	if c := o.Object(either(o, "embedContentConfig", "embed_content_config")); c != nil {
		embedSettings(c, params)
		rest(c, params)
	}
	c := o.Object("content")
	if c == nil {
		o.Missing("content")
		return ""
	}
	c.Drop("role")
	var text []byte
	for _, p := range c.Objects("parts") {
		if !p.Has("text") {
			p.Unsupported("text", "only text can be embedded")
		}
		text = append(text, p.Text("text")...)
		restOf(p, params)
	}
	rest(c, params)
	return string(text)
}

func embedSettings(o *fields.Object, params *chat.Params) {
	set := func(param, name string, v any, want string) {
		params.Add(param, o.Path(name), o.Checked(name, v, want))
	}
	set(embedding.ParamTaskType, either(o, "taskType", "task_type"), new(string), "a string")
	set(embedding.ParamTitle, "title", new(string), "a string")
	set(embedding.ParamDimensions, either(o, "outputDimensionality", "output_dimensionality"), new(int64), "an integer")
	set(embedding.ParamTruncate, either(o, "autoTruncate", "auto_truncate"), new(bool), "a boolean")
}

// Answer writes an EmbedContentResponse or a BatchEmbedContentsResponse.
func (Embed) Answer(req *embedding.Request, a *embedding.Answer) []byte {
	var b []byte
	if req.Single {
		b = appendVector([]byte(`{"embedding":`), slices.Concat(a.Vectors[:min(len(a.Vectors), 1)]...))
	} else {
		b = append(appendVectors([]byte(`{"embeddings":[`), a.Vectors), ']')
	}
	if a.Usage.Known {
		b = append(b, `,"usageMetadata":{"promptTokenCount":`...)
		b = append(strconv.AppendInt(b, a.Usage.InputTokens, 10), '}')
	}
	return append(b, '}')
}

func appendVectors(b []byte, vectors [][]float32) []byte {
	for i, v := range vectors {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendVector(b, v)
	}
	return b
}

// appendVector appends a ContentEmbedding.
func appendVector(b []byte, vector []float32) []byte {
	return append(jsonwrite.Floats(append(b, `{"values":`...), vector), '}')
}
