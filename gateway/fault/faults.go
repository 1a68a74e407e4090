package fault

import (
	"fmt"
	"net/http"
	"strings"
	"time"
)

// Codes of errors that the gateway itself reports.
const (
	CodeInvalidJSON          = "invalid_json"
	CodeInvalidUTF8          = "invalid_utf8"
	CodeTooDeep              = "json_too_deep"
	CodeTooManyMembers       = "json_too_many_members"
	CodeDuplicateKey         = "duplicate_key"
	CodeAmbiguousKey         = "ambiguous_key"
	CodeMissingParameter     = "missing_required_parameter"
	CodeInvalidType          = "invalid_type"
	CodeInvalidValue         = "invalid_value"
	CodeUnsupported          = "unsupported_parameter"
	CodeModelNotFound        = "model_not_found"
	CodeInvalidAPIKey        = "invalid_api_key"
	CodeMissingAPIKey        = "missing_api_key"
	CodeKeyExpired           = "key_expired"
	CodeInvalidUserToken     = "invalid_user_token"
	CodeInvalidUser          = "invalid_user"
	CodeRateLimited          = "rate_limit_exceeded"
	CodeBodyTooLarge         = "request_too_large"
	CodeUpstream             = "upstream_error"
	CodeUnavailable          = "no_target_available"
	CodeModelStarting        = "model_starting"
	CodeTimeout              = "upstream_timeout"
	CodeUnknownPath          = "unknown_url"
	CodeContextLength        = "context_length_exceeded"
	CodeContentFilter        = "content_filter"
	CodeQuota                = "insufficient_quota"
	CodeUnsupportedOperation = "unsupported_operation"
)

// Invalid is a 400: the field param cannot be what it is. param is empty where no one field is at fault.
func Invalid(code, param, format string, args ...any) *Error {
	return &Error{
		Status: http.StatusBadRequest, Param: param, Code: code, Message: fmt.Sprintf(format, args...),
	}
}

// Unsupported is a 400: the upstream's protocol cannot express the field param.
func Unsupported(param, why string) *Error {
	return Invalid(CodeUnsupported, param, "'%s' is not supported for this model: %s", param, why)
}

// ModelNotFound is a 404 that says which names are near, if any.
func ModelNotFound(model string, near []string) *Error {
	msg := fmt.Sprintf("The model '%s' does not exist or you do not have access to it.", Clip(model))
	if len(near) > 0 {
		msg += " Did you mean " + quoted(near) + "?"
	}
	return &Error{Status: http.StatusNotFound, Param: "model", Code: CodeModelNotFound, Message: msg}
}

func quoted(names []string) string {
	q := make([]string, len(names))
	for i, n := range names {
		q[i] = "'" + Clip(n) + "'"
	}
	return strings.Join(q, " or ")
}

// NoKey is the 401 for a request without a key.
func NoKey() *Error {
	return &Error{
		Status: http.StatusUnauthorized, Code: CodeMissingAPIKey,
		Message: "You did not provide an API key. Send it in the header 'Authorization: Bearer YOUR_KEY'.",
	}
}

// BadKey is the 401 for a key that is not known. It does not repeat the key.
func BadKey() *Error {
	return &Error{
		Status: http.StatusUnauthorized, Code: CodeInvalidAPIKey, Message: "The API key provided is not valid.",
	}
}

// KeyExpired is the 401 for a key that has stopped to work. It does not repeat the key.
func KeyExpired() *Error {
	return &Error{
		Status: http.StatusUnauthorized, Code: CodeKeyExpired, Message: "The API key provided has expired.",
	}
}

// BodyTooLarge is the 413 for a body over limit bytes.
func BodyTooLarge(limit int64) *Error {
	return &Error{
		Status: http.StatusRequestEntityTooLarge, Code: CodeBodyTooLarge,
		Message: fmt.Sprintf("The request body is larger than the limit of %d bytes.", limit),
	}
}

// UnknownPath is the 404 for a method and path that nothing serves.
func UnknownPath(method, path string) *Error {
	return &Error{
		Status: http.StatusNotFound, Code: CodeUnknownPath,
		Message: fmt.Sprintf("Unknown request URL: %s %s.", Clip(method), Clip(path)),
	}
}

// RateLimited is the 429 that says when to come back.
func RateLimited(after time.Duration, why string) *Error {
	return &Error{
		Status: http.StatusTooManyRequests, Code: CodeRateLimited, Message: why, RetryAfter: after,
	}
}

// BadGateway is the 502 for an upstream that could not be reached or did not answer as its protocol says.
func BadGateway(why string) *Error {
	return &Error{Status: http.StatusBadGateway, Code: CodeUpstream, Message: why}
}

// Unavailable is the 503 for a model none of whose targets can answer now.
func Unavailable(why string, after time.Duration) *Error {
	return &Error{
		Status: http.StatusServiceUnavailable, Code: CodeUnavailable, Message: why, RetryAfter: after,
	}
}

// Starting is the 503 for a model whose servers did not start in time. They go on starting.
func Starting(why string, after time.Duration) *Error {
	return &Error{
		Status: http.StatusServiceUnavailable, Code: CodeModelStarting, Message: why, RetryAfter: after,
	}
}

// Timeout is the 504 for an upstream that was too slow.
func Timeout(why string) *Error {
	return &Error{Status: http.StatusGatewayTimeout, Code: CodeTimeout, Message: why}
}

// Clip keeps what a client sent short where a message repeats it.
func Clip(s string) string {
	const most = 96
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
