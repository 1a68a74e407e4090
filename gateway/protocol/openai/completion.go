package openai

import (
	"encoding/json"
	"strconv"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/fields"
	"github.com/fairlead-dev/fairlead/gateway/jsonwrite"
	"github.com/fairlead-dev/fairlead/gateway/protocol"
)

// Completions is the endpoint /completions for clients: the older one, which continues a text. It has no place for thoughts, so
// that they are left out of its answers.
// Source: https://platform.openai.com/docs/api-reference/completions
type Completions struct{ mint mint }

var _ protocol.ChatCodec = Completions{}

// NewCompletions returns the endpoint.
func NewCompletions() Completions { return Completions{mint: newMint()} }

// Decode reads a client's request. Tokens mean something to one model only, and several prompts would be several requests: both
// are refused.
func (Completions) Decode(call *protocol.Call, body []byte) (*chat.Request, error) {
	o, err := fields.Read(body)
	if err != nil {
		return nil, err
	}
	req := &chat.Request{Model: model(call, o)}
	streaming(o, req)
	req.Prompt = &chat.Prompt{Text: prompt(o), Suffix: o.Text("suffix")}
	countedLogprobs(o, &req.Params)
	decodeParams(o, completionParams, &req.Params)
	lose(o, &req.Params)
	if err := o.Err(); err != nil {
		return nil, err
	}
	return req, nil
}

// prompt reads one text.
func prompt(o *fields.Object) string {
	raw := o.Raw("prompt")
	var one string
	var list []string
	switch {
	case raw == nil:
		o.Missing("prompt")
	case json.Unmarshal(raw, &one) == nil:
	case json.Unmarshal(raw, &list) == nil && len(list) == 1:
		one = list[0]
	default:
		o.Unsupported("prompt", "it takes one text as prompt, no tokens and no list")
	}
	return one
}

// countedLogprobs reads logprobs, which is a number here: how many alternatives are wanted for each token.
func countedLogprobs(o *fields.Object, params *chat.Params) {
	const name = "logprobs"
	var n int64
	if raw := o.Checked(name, &n, "an integer"); raw != nil {
		params.Add(chat.ParamLogprobs, name, json.RawMessage("true"))
		params.Add(chat.ParamTopLogprobs, name, json.RawMessage(strconv.FormatInt(n, 10)))
	}
}

// completion is a whole answer.
type completion struct {
	ID      string            `json:"id"`
	Object  string            `json:"object"`
	Created int64             `json:"created"`
	Model   string            `json:"model"`
	Choices []continuedChoice `json:"choices"`
	Usage   *usage            `json:"usage,omitempty"`
}

type continuedChoice struct {
	Text         string         `json:"text"`
	Index        int            `json:"index"`
	Logprobs     *tokenLogprobs `json:"logprobs"`
	FinishReason string         `json:"finish_reason"`
}

// Answer writes a whole answer.
func (c Completions) Answer(req *chat.Request, a *chat.Answer) []byte {
	doc := completion{
		ID: c.mint.name("cmpl-", a.ID), Object: "text_completion", Created: c.mint.created(a.Created), Model: req.Model,
		Choices: make([]continuedChoice, len(a.Choices)), Usage: newUsage(a.Usage),
	}
	for i := range a.Choices {
		from := &a.Choices[i]
		doc.Choices[i] = continuedChoice{
			Text: chat.Joined(from.Parts, ""), Index: i, Logprobs: newTokenLogprobs(from.Logprobs, 0), FinishReason: string(from.Finish.Reason),
		}
	}
	return jsonwrite.Must(doc)
}
