package ollama

import (
	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/embedding"
	"github.com/fairlead-dev/fairlead/gateway/fields"
	"github.com/fairlead-dev/fairlead/gateway/jsonwrite"
	"github.com/fairlead-dev/fairlead/gateway/protocol"
)

// Embed is the codec of POST /api/embed.
type Embed struct{}

// Decode reads a request for one text or several.
func (Embed) Decode(_ *protocol.Call, body []byte) (*embedding.Request, error) {
	o, err := fields.Read(body)
	if err != nil {
		return nil, err
	}
	single := o.First("input") == '"'
	req := &embedding.Request{Model: o.Text("model"), Inputs: inputs(o), Single: single}
	req.Params.Add(embedding.ParamTruncate, "truncate", o.Checked("truncate", new(bool), "a boolean"))
	dimensions(o, req)
	return req, finishEmbedding(o, req)
}

// Answer writes the vectors as numbers.
func (Embed) Answer(req *embedding.Request, a *embedding.Answer) []byte {
	b := append(jsonwrite.String([]byte(`{"model":`), req.Model), `,"embeddings":[`...)
	for i, v := range a.Vectors {
		if i > 0 {
			b = append(b, ',')
		}
		b = jsonwrite.Floats(b, v)
	}
	b = append(b, ']')
	if a.Usage.Known {
		b = jsonwrite.IntMember(b, "prompt_eval_count", a.Usage.InputTokens)
	}
	return append(b, '}')
}

// Embeddings is the codec of POST /api/embeddings, the older form: one text, one vector.
type Embeddings struct{}

// Decode reads a request for one text.
func (Embeddings) Decode(_ *protocol.Call, body []byte) (*embedding.Request, error) {
	o, err := fields.Read(body)
	if err != nil {
		return nil, err
	}
	if !o.Has("prompt") {
		o.Missing("prompt")
	}
	req := &embedding.Request{Model: o.Text("model"), Inputs: []string{o.Text("prompt")}, Single: true}
	return req, finishEmbedding(o, req)
}

// Answer writes the first vector.
func (Embeddings) Answer(_ *embedding.Request, a *embedding.Answer) []byte {
	var v []float32
	if len(a.Vectors) > 0 {
		v = a.Vectors[0]
	}
	return append(jsonwrite.Floats([]byte(`{"embedding":`), v), '}')
}

// inputs reads the texts. Tokens mean something to one model only.
func inputs(o *fields.Object) []string {
	if !o.Has("input") {
		o.Missing("input")
	}
	list := o.Strings("input")
	if len(list) == 0 {
		o.Invalid("input", "must hold at least one text.")
	}
	return list
}

// dimensions reads the length that vectors shall have. Ollama's clients write 0 where they do not care.
func dimensions(o *fields.Object, req *embedding.Request) {
	var n int64
	if raw := o.Checked("dimensions", &n, "an integer"); n != 0 {
		req.Params.Add(embedding.ParamDimensions, "dimensions", raw)
	}
}

// finishEmbedding keeps the members that nobody took, the options one by one, and returns the client's first mistake.
func finishEmbedding(o *fields.Object, req *embedding.Request) error {
	req.Params.Add(chat.ParamKeepAlive, "keep_alive", o.Raw("keep_alive"))
	if opts := o.Object("options"); opts != nil {
		rest(opts, &req.Params)
	}
	rest(o, &req.Params)
	return o.Err()
}
