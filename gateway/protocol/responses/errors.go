package responses

import (
	"net/http"

	"github.com/fairlead-dev/fairlead/gateway/fault"
	"github.com/fairlead-dev/fairlead/gateway/jsonwrite"
	"github.com/fairlead-dev/fairlead/gateway/protocol/openaierror"
	"github.com/fairlead-dev/fairlead/gateway/sse"
)

// Errors writes errors as the Responses API does.
type Errors struct{}

// Body is OpenAI's document of an error. The id of the request is in a header only.
func (Errors) Body(e *fault.Error, _ string) []byte { return openaierror.Body(e) }

// Frame is an `error` event. Its number in the sequence is not known, as the events before it passed untouched.
func (Errors) Frame(e *fault.Error) []byte {
	return sse.Append(nil, eventError, appendError(nil, e, 0))
}

// eventError is the name of the event that ends a stream which broke.
const eventError = "error"

// appendError appends the data of an `error` event. The reference has code, message and param at the top; OpenAI itself sends them
// in an object `error`, and that is what makes the SDKs of all languages fail rather than return half an answer. Both are there.
// Source: https://platform.openai.com/docs/api-reference/responses-streaming/error
func appendError(b []byte, e *fault.Error, seq int64) []byte {
	b = jsonwrite.IntMember(append(b, `{"type":"error"`...), "sequence_number", seq)
	b = appendDetails(b, e)
	b = jsonwrite.String(jsonwrite.Member(b, "error", `{"type":`), openaierror.Type(e))
	return append(appendDetails(b, e), '}', '}')
}

func appendDetails(b []byte, e *fault.Error) []byte {
	b = appendOrNull(b, "code", e.Code)
	b = jsonwrite.StringMember(b, "message", e.Message)
	return appendOrNull(b, "param", e.Param)
}

func appendOrNull(b []byte, name, s string) []byte {
	if s == "" {
		return jsonwrite.Member(b, name, "null")
	}
	return jsonwrite.StringMember(b, name, s)
}

// appendFailure appends the `error` of a Response object. Its codes are fixed; Codex decides by them whether to ask again, and
// knows three more than the reference.
// Source: https://platform.openai.com/docs/api-reference/responses/object#responses-object-error
func appendFailure(b []byte, e *fault.Error) []byte {
	code := "server_error"
	switch {
	case e.Code == fault.CodeQuota, e.Code == fault.CodeContextLength:
		code = e.Code
	case e.Code == fault.CodeContentFilter:
		code = "invalid_prompt"
	case e.Status == http.StatusTooManyRequests:
		code = fault.CodeRateLimited
	}
	b = jsonwrite.String(append(b, `{"code":`...), code)
	return append(jsonwrite.StringMember(b, "message", e.Message), '}')
}
