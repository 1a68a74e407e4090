package anthropic

import (
	"encoding/json"

	"github.com/fairlead-dev/fairlead/gateway/chat"
)

// sampling is how the next token is chosen.
type sampling struct {
	Temperature json.RawMessage `json:"temperature,omitempty"`
	TopP        json.RawMessage `json:"top_p,omitempty"`
	TopK        json.RawMessage `json:"top_k,omitempty"`
}

// thinkingTopP is the least top_p beside thinking.
const thinkingTopP = 0.95

// sample writes temperature, top_p and top_k as far as the model takes them, now that it is known whether it thinks. A temperature
// of 1 and a top_p of 1 are what the model does by itself, so that nothing is lost with them. Models since Claude Opus 4.1 take
// only one of the two.
// Source: https://platform.claude.com/docs/en/build-with-claude/extended-thinking#feature-compatibility
func (e *encoder) sample() {
	thinks := e.body.Thinking.on()
	e.temperature(thinks)
	e.topP(thinks)
	if !e.family.fixed && !thinks {
		e.body.TopK = e.ledger.Take(chat.ParamTopK)
	}
}

// temperature ranges from 0 to 1 here, and to 2 in other protocols: hotter than 1 is sent as 1 and named.
func (e *encoder) temperature(thinks bool) {
	t, ok := decodeParam[float64](e, chat.ParamTemperature)
	switch {
	case !ok:
	case t == 1:
		e.ledger.Take(chat.ParamTemperature)
	case e.family.fixed || thinks:
	case t > 1:
		e.ledger.Take(chat.ParamTemperature)
		e.ledger.Lose(e.req.Params.Spelled(chat.ParamTemperature))
		e.body.Temperature = json.RawMessage("1")
	default:
		e.body.Temperature = e.ledger.Take(chat.ParamTemperature)
	}
}

func (e *encoder) topP(thinks bool) {
	p, ok := decodeParam[float64](e, chat.ParamTopP)
	switch {
	case !ok:
	case p == 1:
		e.ledger.Take(chat.ParamTopP)
	case e.family.fixed, thinks && p < thinkingTopP, e.body.Temperature != nil && e.family.name != "":
	default:
		e.body.TopP = e.ledger.Take(chat.ParamTopP)
	}
}
