package openai

import (
	"encoding/json"
)

// tokenLogprobs are log probabilities as legacy completions have them: one list for each thing that there is to say of a token.
type tokenLogprobs struct {
	Tokens        []string             `json:"tokens"`
	TokenLogprobs []float64            `json:"token_logprobs"`
	TopLogprobs   []map[string]float64 `json:"top_logprobs"`
	TextOffset    []int                `json:"text_offset"`
}

// tokenLogprob is one token as chat completions have it.
type tokenLogprob struct {
	Token   string         `json:"token"`
	Logprob float64        `json:"logprob"`
	Top     []tokenLogprob `json:"top_logprobs"`
}

// newTokenLogprobs is nil where there are none. from is the offset of the first token, in bytes of the answer's text. A token that
// the upstream described in another way is left out.
func newTokenLogprobs(list []json.RawMessage, from int) *tokenLogprobs {
	if len(list) == 0 {
		return nil
	}
	l := &tokenLogprobs{Tokens: []string{}, TokenLogprobs: []float64{}, TopLogprobs: []map[string]float64{}, TextOffset: []int{}}
	for _, raw := range list {
		var t tokenLogprob
		if json.Unmarshal(raw, &t) != nil {
			continue
		}
		top := make(map[string]float64, len(t.Top))
		for _, other := range t.Top {
			top[other.Token] = other.Logprob
		}
		l.Tokens, l.TokenLogprobs = append(l.Tokens, t.Token), append(l.TokenLogprobs, t.Logprob)
		l.TopLogprobs, l.TextOffset = append(l.TopLogprobs, top), append(l.TextOffset, from)
		from += len(t.Token)
	}
	return l
}

// upstreamLogprobs are the tokens of an upstream's answer, nil where it says nothing or something else.
func upstreamLogprobs(raw json.RawMessage) []json.RawMessage {
	var l struct {
		Content []json.RawMessage `json:"content"`
	}
	if len(raw) == 0 || json.Unmarshal(raw, &l) != nil {
		return nil
	}
	return l.Content
}
