package openai

import (
	"github.com/fairlead-dev/fairlead/gateway/fault"
	"github.com/fairlead-dev/fairlead/gateway/protocol"
	"github.com/fairlead-dev/fairlead/gateway/protocol/openaierror"
	"github.com/fairlead-dev/fairlead/gateway/sse"
)

// Errors writes errors for clients of this protocol.
type Errors struct{}

var _ protocol.Errors = Errors{}

// Body is the body of an answer that is no success. The id of the request is in a header only.
func (Errors) Body(e *fault.Error, _ string) []byte { return openaierror.Body(e) }

// Frame ends a stream that broke: an event that holds the error and nothing else, because clients overlook an error beside
// `choices`. No `[DONE]` follows.
func (Errors) Frame(e *fault.Error) []byte { return sse.Append(nil, "", openaierror.Body(e)) }
