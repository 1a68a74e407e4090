package gemini

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/fairlead-dev/fairlead/gateway/fault"
	"github.com/fairlead-dev/fairlead/gateway/jsonwrite"
	"github.com/fairlead-dev/fairlead/gateway/protocol"
)

// Errors writes errors as Google's APIs do.
// Source: https://cloud.google.com/apis/design/errors
type Errors struct{}

var _ protocol.Errors = Errors{}

// Body is the body of an answer that is no success.
func (Errors) Body(e *fault.Error, requestID string) []byte { return appendError(nil, e, requestID) }

// Frame is an event with the error.
func (Errors) Frame(e *fault.Error) []byte {
	return append(appendError([]byte("data: "), e, ""), "\n\n"...)
}

// appendError appends the object. Its details are Google's own types, so that programs that know them find what they look for: the
// field at fault, when to come back, a code, the id of the request.
func appendError(b []byte, e *fault.Error, requestID string) []byte {
	b = strconv.AppendInt(append(b, `{"error":{"code":`...), int64(e.Status), 10)
	b = member(b, "message", e.Message)
	b = member(b, "status", statusName(e.Status))
	from := len(b)
	if e.Code != "" {
		b = append(b, `,{"@type":"type.googleapis.com/google.rpc.ErrorInfo","domain":"fairlead.dev"`...)
		b = append(member(b, "reason", strings.ToUpper(e.Code)), '}')
	}
	if e.Param != "" {
		b = jsonwrite.String(append(b, `,{"@type":"type.googleapis.com/google.rpc.BadRequest","fieldViolations":[{"field":`...), e.Param)
		b = append(member(b, "description", e.Message), "}]}"...)
	}
	if e.RetryAfter > 0 {
		delay := strconv.FormatFloat(e.RetryAfter.Round(time.Millisecond).Seconds(), 'f', -1, 64) + "s"
		b = append(b, `,{"@type":"type.googleapis.com/google.rpc.RetryInfo"`...)
		b = append(member(b, "retryDelay", delay), '}')
	}
	if requestID != "" {
		b = append(b, `,{"@type":"type.googleapis.com/google.rpc.RequestInfo"`...)
		b = append(member(b, "requestId", requestID), '}')
	}
	if len(b) == from {
		return append(b, "}}"...)
	}
	details := append([]byte(`,"details":[`), b[from+1:]...)
	return append(append(b[:from], details...), "]}}"...)
}

// statusOverloaded is the status by which Anthropic says that it has too much to do.
const statusOverloaded = 529

// statusName is the name of the code of google.rpc that a status stands for.
// Source: https://cloud.google.com/apis/design/errors#handling_errors
func statusName(status int) string {
	switch status {
	case http.StatusUnauthorized:
		return "UNAUTHENTICATED"
	case http.StatusForbidden:
		return "PERMISSION_DENIED"
	case http.StatusNotFound:
		return "NOT_FOUND"
	case http.StatusConflict:
		return "ABORTED"
	case http.StatusTooManyRequests:
		return "RESOURCE_EXHAUSTED"
	case http.StatusNotImplemented:
		return "UNIMPLEMENTED"
	case http.StatusBadGateway, http.StatusServiceUnavailable, statusOverloaded:
		return "UNAVAILABLE"
	case http.StatusGatewayTimeout, http.StatusRequestTimeout:
		return "DEADLINE_EXCEEDED"
	}
	if status < http.StatusInternalServerError {
		return "INVALID_ARGUMENT"
	}
	return "INTERNAL"
}
