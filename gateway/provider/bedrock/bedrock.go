package bedrock

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/jsonwrite"
	"github.com/fairlead-dev/fairlead/gateway/protocol"
	"github.com/fairlead-dev/fairlead/gateway/provider"
)

// typeEventStream is the media type of a stream.
const typeEventStream = "application/vnd.amazon.eventstream"

// Provider is the provider type. Its base URL is that of the Bedrock runtime, https://bedrock-runtime.us-east-1.amazonaws.com.
type Provider struct{}

// New returns a Provider.
func New() Provider { return Provider{} }

// Native finds nothing to pass on: no client speaks Converse to the gateway.
func (Provider) Native(*protocol.Call, string, bool) (provider.Outbound, bool) {
	return provider.Outbound{}, false
}

// EncodeChat translates a chat to Converse or ConverseStream.
func (Provider) EncodeChat(req *chat.Request, model string) (provider.Outbound, error) {
	body, lost, err := encode(req, model)
	if err != nil {
		return provider.Outbound{}, err
	}
	action := "converse"
	if req.Stream {
		action = "converse-stream"
	}
	out, err := outbound(model, action, body)
	out.Stream, out.Lost = req.Stream, lost
	if req.Stream {
		out.Header = http.Header{"Accept": {typeEventStream}}
	}
	return out, err
}

// DecodeChat returns what reads the answer.
func (Provider) DecodeChat(req *chat.Request) provider.ChatDecoder { return newDecoder(req) }

// countRequest is the body of CountTokens.
type countRequest struct {
	Input struct {
		Converse countedChat `json:"converse"`
	} `json:"input"`
}

// countedChat is what of a chat counts.
type countedChat struct {
	Messages                     []turn                     `json:"messages"`
	System                       []block                    `json:"system,omitempty"`
	ToolConfig                   *toolConfig                `json:"toolConfig,omitempty"`
	AdditionalModelRequestFields map[string]json.RawMessage `json:"additionalModelRequestFields,omitempty"`
}

// EncodeCount translates a chat whose tokens are to be counted. Nothing that is about the answer counts, and nothing of it is lost.
// Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_CountTokens.html
func (Provider) EncodeCount(req *chat.Request, model string) (provider.Outbound, error) {
	body, _, err := encode(req, model)
	if err != nil {
		return provider.Outbound{}, err
	}
	var count countRequest
	count.Input.Converse = countedChat{
		Messages: body.Messages, System: body.System, ToolConfig: body.ToolConfig, AdditionalModelRequestFields: body.AdditionalModelRequestFields,
	}
	return outbound(foundation(model), "count-tokens", count)
}

// foundation is the model of an inference profile, which CountTokens does not know: its id with the region before it.
// Source: https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-support.html
func foundation(model string) string {
	region, id, _ := strings.Cut(model, ".")
	switch region {
	case "us", "us-gov", "eu", "apac", "jp", "au", "ca", "global":
		return id
	}
	return model
}

// DecodeCount reads the number of tokens.
func (Provider) DecodeCount(body []byte) (int64, error) {
	var answer struct {
		InputTokens *int64 `json:"inputTokens"`
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return 0, fmt.Errorf("decoding Bedrock's count of tokens: %w", err)
	}
	if answer.InputTokens == nil {
		return 0, errors.New("the answer of CountTokens holds no count")
	}
	return *answer.InputTokens, nil
}

// outbound is a request for an action on a model. The model's id may be an ARN, which holds colons and slashes; AWS's own SDKs
// escape both, and sign what they sent.
func outbound(model, action string, body any) (provider.Outbound, error) {
	b, err := jsonwrite.Marshal(body)
	if err != nil {
		return provider.Outbound{}, err
	}
	path := "/model/" + strings.ReplaceAll(url.PathEscape(model), ":", "%3A") + "/" + action
	return provider.Outbound{Path: path, Body: [][]byte{b}}, nil
}
