package responses

import (
	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/jsonwrite"
	"github.com/fairlead-dev/fairlead/gateway/protocol"
)

// InputTokens is POST /responses/input_tokens.
// Source: https://platform.openai.com/docs/api-reference/responses/input-tokens
type InputTokens struct{}

// Decode reads a request, which is one of POST /responses with fewer members.
func (InputTokens) Decode(_ *protocol.Call, body []byte) (*chat.Request, error) { return decode(body) }

// Answer writes how many tokens there are.
func (InputTokens) Answer(inputTokens int64) []byte {
	return append(jsonwrite.IntMember([]byte(`{"object":"response.input_tokens"`), "input_tokens", inputTokens), '}')
}
