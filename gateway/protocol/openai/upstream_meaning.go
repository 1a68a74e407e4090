package openai

import (
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/fairlead-dev/fairlead/gateway/fault"
)

// fault is the error in neutral form.
func (f *failure) fault(status int) *fault.Error {
	if status == http.StatusUnauthorized || status == http.StatusForbidden {
		return &fault.Error{Status: status, Code: fault.CodeUpstream, Message: "The upstream refused the gateway's credentials."}
	}
	e := &fault.Error{Status: status, Message: fault.Repeat(f.message), Param: f.param, Code: f.code, RetryAfter: waiting(f.message)}
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
