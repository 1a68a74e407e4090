package gemini

import (
	"encoding/json"

	"github.com/fairlead-dev/fairlead/gateway/jsonwrite"
)

// openaiLogprob is the log probability of a token in the neutral form, which is OpenAI's.
// Source: https://platform.openai.com/docs/api-reference/chat/object
type openaiLogprob struct {
	Token   string          `json:"token"`
	Logprob float64         `json:"logprob"`
	Bytes   []int           `json:"bytes"`
	Top     []openaiLogprob `json:"top_logprobs,omitempty"`
}

// neutral is the result in OpenAI's form, one entry for each token.
func (r *logprobsResult) neutral() []json.RawMessage {
	if r == nil {
		return nil
	}
	out := make([]json.RawMessage, 0, len(r.Chosen))
	for i, t := range r.Chosen {
		p := t.neutral()
		p.Top = []openaiLogprob{}
		if i < len(r.Top) {
			for _, top := range r.Top[i].Candidates {
				p.Top = append(p.Top, top.neutral())
			}
		}
		out = append(out, jsonwrite.Must(p))
	}
	return out
}

func (t tokenLogprob) neutral() openaiLogprob {
	p := openaiLogprob{Token: t.Token, Logprob: t.Probability}
	for _, b := range []byte(t.Token) {
		p.Bytes = append(p.Bytes, int(b))
	}
	return p
}

// appendLogprobs appends the member logprobsResult with its comma before it. What is not in OpenAI's form is passed over.
func appendLogprobs(b []byte, tokens []json.RawMessage) []byte {
	if len(tokens) == 0 {
		return b
	}
	r := logprobsResult{Chosen: []tokenLogprob{}, Top: []topLogprobs{}}
	for _, raw := range tokens {
		var p openaiLogprob
		if json.Unmarshal(raw, &p) != nil {
			continue
		}
		r.Chosen = append(r.Chosen, tokenLogprob{p.Token, p.Logprob})
		top := topLogprobs{Candidates: []tokenLogprob{}}
		for _, t := range p.Top {
			top.Candidates = append(top.Candidates, tokenLogprob{t.Token, t.Logprob})
		}
		r.Top = append(r.Top, top)
	}
	return append(append(b, `,"logprobsResult":`...), jsonwrite.Must(r)...)
}
