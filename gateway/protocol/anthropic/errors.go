package anthropic

import (
	"net/http"
	"strings"

	"github.com/fairlead-dev/fairlead/gateway/fault"
	"github.com/fairlead-dev/fairlead/gateway/jsonwrite"
	"github.com/fairlead-dev/fairlead/gateway/sse"
)

// Types of errors.
// Source: https://platform.claude.com/docs/en/api/errors
const (
	errInvalidRequest = "invalid_request_error"
	errAuthentication = "authentication_error"
	errBilling        = "billing_error"
	errPermission     = "permission_error"
	errNotFound       = "not_found_error"
	errConflict       = "conflict_error"
	errTooLarge       = "request_too_large"
	errRateLimit      = "rate_limit_error"
	errTimeout        = "timeout_error"
	errOverloaded     = "overloaded_error"
	errAPI            = "api_error"
)

// StatusOverloaded is Anthropic's own status for a service that is overloaded.
const StatusOverloaded = 529

// Errors is how this protocol says that something went wrong, as protocol.Errors.
type Errors struct{}

// failure is the body of an answer that is no success, and the data of an error event.
type failure struct {
	Type      string  `json:"type"`
	Error     problem `json:"error"`
	RequestID string  `json:"request_id,omitempty"`
}

type problem struct {
	Type    string `json:"type"`
	Message string `json:"message"`
}

// Body is the body of an answer that is no success.
func (Errors) Body(e *fault.Error, requestID string) []byte {
	return jsonwrite.Must(failure{Type: "error", Error: problem{Type: errorType(e), Message: messageText(e)}, RequestID: requestID})
}

// Frame is the event that ends a stream that broke.
func (r Errors) Frame(e *fault.Error) []byte { return sse.Append(nil, "error", r.Body(e, "")) }

// errorType is the type of an error, by its status: the SDKs choose their class by the one, and scripts by the other.
func errorType(e *fault.Error) string {
	switch {
	case e.Code == fault.CodeQuota:
		return errBilling
	case e.Status == http.StatusServiceUnavailable:
		return errOverloaded
	case e.Status == http.StatusRequestTimeout:
		return errTimeout
	}
	for kind, status := range statuses() {
		if status == e.Status {
			return kind
		}
	}
	if e.Status >= http.StatusInternalServerError {
		return errAPI
	}
	return errInvalidRequest
}

// statuses is the status of each type.
func statuses() map[string]int {
	return map[string]int{
		errInvalidRequest: http.StatusBadRequest,
		errAuthentication: http.StatusUnauthorized,
		errBilling:        http.StatusPaymentRequired,
		errPermission:     http.StatusForbidden,
		errNotFound:       http.StatusNotFound,
		errConflict:       http.StatusConflict,
		errTooLarge:       http.StatusRequestEntityTooLarge,
		errRateLimit:      http.StatusTooManyRequests,
		errAPI:            http.StatusInternalServerError,
		errTimeout:        http.StatusGatewayTimeout,
		errOverloaded:     StatusOverloaded,
	}
}

// tooLong is how Anthropic says that a conversation does not fit. Agents look for it, and then make the conversation shorter.
const tooLong = "prompt is too long"

// messageText is the message of e, in which agents find what they look for.
func messageText(e *fault.Error) string {
	if e.Code == fault.CodeContextLength && !strings.Contains(e.Message, tooLong) {
		return tooLong + ": " + e.Message
	}
	return e.Message
}

// Ping is the event that Anthropic sends where it has nothing to say. Clients pass over it wherever it stands.
// Source: https://docs.anthropic.com/en/docs/build-with-claude/streaming
func Ping() []byte { return sse.Append(nil, "ping", []byte(`{"type":"ping"}`)) }
