package anthropic

import (
	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/jsonwrite"
	"github.com/fairlead-dev/fairlead/gateway/protocol"
)

// CountTokens is POST /v1/messages/count_tokens, as a protocol.CountCodec.
// Source: https://platform.claude.com/docs/en/api/messages-count-tokens
type CountTokens struct{}

// Decode reads a client's request: the one of Messages without the parameters that are about the answer.
func (CountTokens) Decode(_ *protocol.Call, body []byte) (*chat.Request, error) {
	return decode(body, false)
}

// Answer writes the number of tokens.
func (CountTokens) Answer(inputTokens int64) []byte { return jsonwrite.Must(counted{inputTokens}) }

// counted is the answer to count_tokens.
type counted struct {
	InputTokens int64 `json:"input_tokens"`
}
