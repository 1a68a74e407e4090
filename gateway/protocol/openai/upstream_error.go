package openai

import (
	"bytes"
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/fairlead-dev/fairlead/gateway/fault"
)

// failure is what an upstream says of an error, as far as it says it.
type failure struct {
	message, kind, param, code string
}

// maxMessage bounds what is repeated of an upstream's message, in bytes.
const maxMessage = 1 << 10

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

// fault is the error in neutral form.
func (f *failure) fault(status int) *fault.Error {
	if status == http.StatusUnauthorized || status == http.StatusForbidden {
		return &fault.Error{Status: status, Code: fault.CodeUpstream, Message: "The upstream refused the gateway's credentials."}
	}
	e := &fault.Error{Status: status, Message: redact(f.message), Param: f.param, Code: f.code, RetryAfter: waiting(f.message)}
	if e.Message == "" {
		e.Message = "The upstream answered with status " + strconv.Itoa(status) + " and no message."
	}
	if _, err := strconv.Atoi(f.code); err == nil {
		e.Code = ""
	}
	switch means := f.means(); {
	case means == fault.CodeQuota && e.RetryAfter > 0: // Google's limits of a minute are quotas too
		e.Code = fault.CodeRateLimited
	case means != "":
		e.Code = means
	case e.Code != "":
	case status == http.StatusTooManyRequests:
		e.Code = fault.CodeRateLimited
	case status >= http.StatusInternalServerError:
		e.Code = fault.CodeUpstream
	}
	return e
}

// meanings are the codes of this gateway for what vendors call differently, by their codes and types, or by their words, in lower
// case.
// Sources: https://platform.openai.com/docs/guides/error-codes,
// https://learn.microsoft.com/azure/ai-foundry/openai/concepts/content-filter, https://api-docs.deepseek.com/quick_start/error_codes,
// https://github.com/vllm-project/vllm/blob/main/vllm/entrypoints/openai/serving_engine.py
var meanings = []struct {
	code  string
	names []string
	words []string
}{
	{
		fault.CodeContextLength,
		[]string{"context_length_exceeded", "exceed_context_size_error"},
		[]string{"maximum context length", "context window", "context size", "max_model_len", "maximum model length"},
	},
	{
		fault.CodeQuota,
		[]string{"insufficient_quota", "billing_hard_limit_reached"},
		[]string{"exceeded your current quota", "insufficient balance", "insufficient credits"},
	},
	{
		fault.CodeContentFilter,
		[]string{"content_filter", "content_policy_violation", "responsibleaipolicyviolation"},
		[]string{"content management policy"},
	},
}

func (f *failure) means() string {
	words := strings.ToLower(f.message)
	for _, m := range meanings {
		if slices.Contains(m.names, strings.ToLower(f.code)) || slices.Contains(m.names, strings.ToLower(f.kind)) {
			return m.code
		}
		if slices.ContainsFunc(m.words, func(w string) bool { return strings.Contains(words, w) }) {
			return m.code
		}
	}
	return ""
}

// secrets are what looks like a key, or names an organization or a project of an account.
var secrets = regexp.MustCompile(`\b(?:(?:sk|gsk|xai|org|proj|csk|nvapi|pplx)[-_]|AIza)[A-Za-z0-9*_\-]{8,}`)

func redact(message string) string {
	message = secrets.ReplaceAllString(message, "***")
	return strings.ToValidUTF8(message[:min(len(message), maxMessage)], "")
}

// wait finds when a message says that asking again may help: "try again in 1m12.5s", "retry after 26 seconds".
var wait = regexp.MustCompile(`(?i)(?:try again|retry) (?:in|after) ([0-9hms.]*[0-9]+(?:\.[0-9]+)?) ?(ms|s|m|h)`)

func waiting(message string) time.Duration {
	m := wait.FindStringSubmatch(message)
	if m == nil {
		return 0
	}
	after, err := time.ParseDuration(m[1] + m[2])
	if err != nil {
		return 0
	}
	return after
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
