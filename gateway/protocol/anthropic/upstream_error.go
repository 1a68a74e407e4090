package anthropic

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/fairlead-dev/fairlead/gateway/fault"
)

// DecodeError reads an answer that is no success. Its status counts, but for a quota that is used up, for which there are several.
func DecodeError(status int, h http.Header, body []byte) *fault.Error {
	var f failure
	if json.Unmarshal(body, &f) != nil || f.Error.Message == "" {
		f.Error.Message = "The upstream answered with the status " + strconv.Itoa(status) + "."
	}
	e := f.Error.fault(status)
	e.RetryAfter = retryAfter(h)
	return e
}

// fault is the problem in neutral form; status is 0 where there is none.
func (p *problem) fault(status int) *fault.Error {
	if status == 0 {
		status = http.StatusInternalServerError
	}
	e := &fault.Error{Status: status, Message: p.Message, Code: p.Type}
	switch {
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		// Such a message is about the key, and may repeat a part of it.
		e.Message = "The upstream refused the gateway's credentials, or what they may use."
	case p.spent():
		e.Status, e.Code = http.StatusTooManyRequests, fault.CodeQuota
	case status == http.StatusBadRequest && (contains(p.Message, tooLong) || contains(p.Message, "exceed context limit")):
		e.Code = fault.CodeContextLength
	case p.Type == errRateLimit:
		e.Code = fault.CodeRateLimited
	case p.Type == errTooLarge:
		e.Code = fault.CodeBodyTooLarge
	case p.Type == errTimeout:
		e.Code = fault.CodeTimeout
	case p.Type == errNotFound && strings.HasPrefix(p.Message, "model:"):
		e.Code = fault.CodeModelNotFound
	}
	if strings.Contains(e.Message, "sk-ant-") || e.Message == "" {
		e.Message = "The upstream reported an error."
	}
	return e
}

// spent says that there is no money left, or that a limit of spending is reached: both come as a 400 from some accounts.
func (p *problem) spent() bool {
	return p.Type == errBilling || contains(p.Message, "credit balance is too low") || contains(p.Message, "specified API usage limits")
}

func contains(message, part string) bool {
	return strings.Contains(strings.ToLower(message), strings.ToLower(part))
}

// retryAfter is what the header says, in seconds as Anthropic sends it. Anything else says nothing.
func retryAfter(h http.Header) time.Duration {
	seconds, err := strconv.ParseUint(h.Get("Retry-After"), 10, 31)
	if err != nil {
		return 0
	}
	return time.Duration(seconds) * time.Second
}
