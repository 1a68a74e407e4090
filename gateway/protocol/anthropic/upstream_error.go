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
	e := &fault.Error{Status: status, Message: fault.Repeat(p.Message), Code: p.code(status)}
	switch {
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		// Such a message is about the key, and may repeat a part of it.
		e.Message = "The upstream refused the gateway's credentials, or what they may use."
	case e.Message == "":
		e.Message = "The upstream reported an error."
	}
	if e.Code == fault.CodeQuota {
		e.Status = http.StatusTooManyRequests
	}
	return e
}

// code is the gateway's own code where it has one, else the type.
func (p *problem) code(status int) string {
	if p.spent() {
		return fault.CodeQuota
	}
	switch p.Type {
	case errInvalidRequest:
		return p.invalid(status)
	case errRateLimit:
		return fault.CodeRateLimited
	case errTooLarge:
		return fault.CodeBodyTooLarge
	case errTimeout:
		return fault.CodeTimeout
	case errNotFound:
		if strings.HasPrefix(p.Message, "model:") {
			return fault.CodeModelNotFound
		}
	}
	return p.Type
}

// invalid is the code of an invalid request, which only its message can tell from others.
func (p *problem) invalid(status int) string {
	switch {
	case status != http.StatusBadRequest:
	case contains(p.Message, tooLong), contains(p.Message, "exceed context limit"):
		return fault.CodeContextLength
	case contains(p.Message, "content filtering policy"):
		return fault.CodeContentFilter
	}
	return p.Type
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
