package gemini

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/fields"
	"github.com/fairlead-dev/fairlead/gateway/protocol"
)

// Count is countTokens, for clients.
// Source: https://ai.google.dev/api/tokens
type Count struct{}

var _ protocol.CountCodec = Count{}

// Decode reads a CountTokensRequest: the contents, or a whole GenerateContentRequest.
func (Count) Decode(call *protocol.Call, body []byte) (*chat.Request, error) {
	o, err := fields.Read(body)
	if err != nil {
		return nil, err
	}
	d := newDecoder(call)
	if inner := o.Object(either(o, "generateContentRequest", "generate_content_request")); inner != nil {
		d.request(inner)
		o.Drop("model")
		rest(o, &d.req.Params)
	} else {
		d.request(o)
	}
	return d.done(o)
}

// Answer writes a CountTokensResponse.
func (Count) Answer(inputTokens int64) []byte {
	return append(strconv.AppendInt([]byte(`{"totalTokens":`), inputTokens, 10), '}')
}

// DecodeCount reads the answer of countTokens.
func DecodeCount(body []byte) (int64, error) {
	var a struct {
		Total *int64 `json:"totalTokens"`
	}
	if err := json.Unmarshal(body, &a); err != nil {
		return 0, fmt.Errorf("decoding the upstream's count of tokens: %w", err)
	}
	if a.Total == nil {
		return 0, errNoCount
	}
	return *a.Total, nil
}

var errNoCount = errors.New("the upstream's answer has no count of tokens")
