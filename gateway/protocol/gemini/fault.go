package gemini

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/fairlead-dev/fairlead/gateway/fault"
)

// wireError is the error of Google's APIs.
// Source: https://cloud.google.com/apis/design/errors
type wireError struct {
	Code    int           `json:"code"`
	Message string        `json:"message"`
	Status  string        `json:"status"`
	Details []errorDetail `json:"details"`
}

// errorDetail is one of google.rpc's details: ErrorInfo, RetryInfo, QuotaFailure or BadRequest.
// Source: https://github.com/googleapis/googleapis/blob/master/google/rpc/error_details.proto
type errorDetail struct {
	Reason     string `json:"reason"`
	RetryDelay string `json:"retryDelay"`
	Violations []struct {
		QuotaID string `json:"quotaId"`
	} `json:"violations"`
	FieldViolations []struct {
		Field string `json:"field"`
	} `json:"fieldViolations"`
}

// maxMessage bounds what is repeated of an upstream's message, in bytes.
const maxMessage = 512

// secrets are API keys and access tokens of Google's, which its messages may repeat.
var secrets = regexp.MustCompile(`AIza[0-9A-Za-z_-]{20,}|AQ\.[0-9A-Za-z_-]{20,}|ya29\.[0-9A-Za-z_.-]+`)

// ReadError reads an answer that is no success, or an error in a stream; status is 0 for the latter. What is no error of Google's is
// told by its status alone. Keys in messages are struck out, and what Google thinks of the gateway's own is not repeated.
func ReadError(status int, body []byte) *fault.Error {
	e, ok := parseError(body)
	if !ok {
		e = wireError{}
	}
	if status == 0 {
		status = e.httpStatus()
	}
	if e.reason("API_KEY_INVALID", "API_KEY_EXPIRED", "API_KEY_SERVICE_BLOCKED") {
		// Google says 400 to a wrong key.
		status = http.StatusUnauthorized
	}
	if status == http.StatusUnauthorized || status == http.StatusForbidden {
		return &fault.Error{Status: status, Code: fault.CodeUpstream, Message: "The upstream refused the gateway's credentials."}
	}
	f := &fault.Error{Status: status, Message: said(e.Message, status), Code: e.code(status), RetryAfter: e.retryAfter()}
	for _, d := range e.Details {
		if len(d.FieldViolations) > 0 {
			f.Param = d.FieldViolations[0].Field
		}
	}
	return f
}

// said is what may be repeated of a message.
func said(message string, status int) string {
	if message == "" {
		return fmt.Sprintf("The upstream answered with status %d.", status)
	}
	message = strings.ToValidUTF8(secrets.ReplaceAllString(message, "***"), "\uFFFD")
	if len(message) > maxMessage {
		message = strings.ToValidUTF8(message[:maxMessage], "") + "…"
	}
	return message
}

// parseError reads an error, or the list of one that a stream without events has.
func parseError(body []byte) (wireError, bool) {
	var doc struct {
		Error *wireError `json:"error"`
	}
	body = bytes.TrimSpace(body)
	if len(body) > 0 && body[0] == '[' {
		var list []json.RawMessage
		if json.Unmarshal(body, &list) != nil || len(list) == 0 {
			return wireError{}, false
		}
		body = list[0]
	}
	if json.Unmarshal(body, &doc) != nil || doc.Error == nil {
		return wireError{}, false
	}
	return *doc.Error, true
}

// httpStatus is the status of an error that came without one.
func (e *wireError) httpStatus() int {
	if e.Code >= http.StatusBadRequest && e.Code < 600 {
		return e.Code
	}
	switch e.Status {
	case "INVALID_ARGUMENT", "FAILED_PRECONDITION", "OUT_OF_RANGE":
		return http.StatusBadRequest
	case "RESOURCE_EXHAUSTED":
		return http.StatusTooManyRequests
	case "UNAVAILABLE":
		return http.StatusServiceUnavailable
	case "DEADLINE_EXCEEDED":
		return http.StatusGatewayTimeout
	case "INTERNAL", "UNKNOWN":
		return http.StatusInternalServerError
	}
	return http.StatusBadGateway
}

// code is the neutral code of an error.
func (e *wireError) code(status int) string {
	switch status {
	case http.StatusBadRequest:
		if tooLong(e.Message) {
			return fault.CodeContextLength
		}
		return fault.CodeInvalidValue
	case http.StatusNotFound:
		return fault.CodeModelNotFound
	case http.StatusTooManyRequests:
		if e.daily() {
			return fault.CodeQuota
		}
		return fault.CodeRateLimited
	case http.StatusGatewayTimeout, http.StatusRequestTimeout:
		return fault.CodeTimeout
	}
	return fault.CodeUpstream
}

// tooLong says whether a message is about a prompt that does not fit, for which Google has no code of its own.
func tooLong(message string) bool {
	m := strings.ToLower(message)
	return strings.Contains(m, "token count") && strings.Contains(m, "exceeds")
}

// daily says whether the quota of a whole day is spent: waiting a moment is of no use.
func (e *wireError) daily() bool {
	for _, d := range e.Details {
		for _, v := range d.Violations {
			if strings.Contains(v.QuotaID, "PerDay") {
				return true
			}
		}
	}
	return false
}

// reason says whether one of the reasons is among the details.
func (e *wireError) reason(reasons ...string) bool {
	return slices.ContainsFunc(e.Details, func(d errorDetail) bool { return slices.Contains(reasons, d.Reason) })
}

// retryAfter is when to come back, 0 where the error does not say, or where it says so of a quota that is spent for the day.
func (e *wireError) retryAfter() time.Duration {
	if e.daily() {
		return 0
	}
	for _, d := range e.Details {
		if after, err := time.ParseDuration(d.RetryDelay); err == nil && after > 0 {
			return after
		}
	}
	return 0
}
