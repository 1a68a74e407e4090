package openai

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/fairlead-dev/fairlead/gateway/fault"
)

// failure is what an upstream says of an error, as far as it says it.
type failure struct {
	message, kind, param, code string
}

// DecodeError reads an answer that is no success. The message repeats the upstream's, without anything that looks like a key or
// names the account: those of a refused key say nothing of their own at all.
func DecodeError(status int, h http.Header, body []byte) *fault.Error {
	f := readFailure(body)
	if f == nil {
		f = &failure{message: plainText(h, body)}
	}
	e := f.fault(status)
	if after := retryAfter(h); after > 0 {
		e.RetryAfter = after
	}
	return e
}

// failure is the error that a chunk holds, or nil. `"error": null` is none.
func (c *chunk) failure(data []byte) *fault.Error {
	list := append(make([]json.RawMessage, 0, 2+len(c.Choices)), c.Error, c.Groq.Error)
	for i := range c.Choices {
		list = append(list, c.Choices[i].Error)
	}
	for _, raw := range list {
		if len(raw) > 0 && string(raw) != "null" {
			return inStream(raw)
		}
	}
	if len(c.Choices) == 0 && (c.Object == "error" || len(c.Message) > 0 && string(c.Message) != "null") {
		return inStream(data)
	}
	return nil
}

// notAChunk is the error in a document that does not look like a chunk, or nil: Google answers with a list of one.
func notAChunk(data []byte) *fault.Error {
	if !bytes.HasPrefix(bytes.TrimSpace(data), []byte("[")) || readFailure(data) == nil {
		return nil
	}
	return inStream(data)
}

// inStream is an error that came with a good status. What it is worth is in its code, as at OpenRouter, or in its words.
func inStream(raw json.RawMessage) *fault.Error {
	f := readFailure(raw)
	if f == nil {
		f = &failure{message: "The upstream reported an error without a message."}
	}
	status := http.StatusBadGateway
	if n, err := strconv.Atoi(f.code); err == nil && n >= http.StatusBadRequest && n <= 599 {
		status = n
	} else if known, ok := statuses[strings.ToLower(f.word())]; ok {
		status = known
	}
	return f.fault(status)
}

// statuses are what the words for errors mean where no status says it.
var statuses = map[string]int{
	"invalid_request_error": http.StatusBadRequest, "badrequesterror": http.StatusBadRequest,
	fault.CodeContextLength: http.StatusBadRequest, fault.CodeContentFilter: http.StatusBadRequest,
	"authentication_error": http.StatusUnauthorized, "permission_error": http.StatusForbidden, "not_found_error": http.StatusNotFound,
	"rate_limit_error": http.StatusTooManyRequests, fault.CodeRateLimited: http.StatusTooManyRequests,
	fault.CodeQuota: http.StatusTooManyRequests, "overloaded_error": http.StatusServiceUnavailable,
	"service_unavailable": http.StatusServiceUnavailable, "unavailable": http.StatusServiceUnavailable,
	"invalid_argument": http.StatusBadRequest, "resource_exhausted": http.StatusTooManyRequests, "timeout_error": http.StatusGatewayTimeout,
}

func (f *failure) word() string {
	if _, known := statuses[strings.ToLower(f.code)]; known || f.kind == "" {
		return f.code
	}
	return f.kind
}

// retryAfter reads the headers in which upstreams say it, milliseconds before seconds. A date is left to the client, which gets the
// header.
func retryAfter(h http.Header) time.Duration {
	if ms, err := strconv.ParseFloat(h.Get("Retry-After-Ms"), 64); err == nil && ms > 0 {
		return time.Duration(ms * float64(time.Millisecond))
	}
	if s, err := strconv.ParseFloat(h.Get("Retry-After"), 64); err == nil && s > 0 {
		return time.Duration(s * float64(time.Second))
	}
	return 0
}
