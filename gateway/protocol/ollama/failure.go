package ollama

import (
	"bytes"
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/fairlead-dev/fairlead/gateway/fault"
)

// busyFor is when to come back to an Ollama whose queue is full; it does not say so itself, and a place gets free with the
// first answer.
const busyFor = time.Second

// maxMessage bounds what is repeated of an upstream's message, in bytes.
const maxMessage = 512

// address is where something is: Ollama's messages name the port on which it speaks to the process that runs the model, and a proxy's
// page may name anything.
var address = regexp.MustCompile(`https?://[^\s"'<>]+|\b\d{1,3}(?:\.\d{1,3}){3}:\d+\b|\[[0-9a-fA-F:]+\]:\d+`)

// badOption is how Ollama says, with status 500, that an option has the wrong type.
var badOption = regexp.MustCompile(`^option "(\w+)" must be `)

// cause is one thing that Ollama's messages say is the client's, whatever the status.
type cause struct{ text, param, code string }

// causes of failures. The params are neutral: the spelling of the client's protocol is not known here.
func causes() []cause {
	return []cause{
		{"does not support tools", "tools", fault.CodeUnsupported},
		{"does not support thinking", "reasoning_effort", fault.CodeUnsupported},
		{"think value", "reasoning_effort", fault.CodeInvalidValue},
		{"does not support chat", "model", fault.CodeUnsupported},
		{"does not support generate", "model", fault.CodeUnsupported},
		{"does not support embeddings", "model", fault.CodeUnsupported},
		{"does not support insert", "suffix", fault.CodeUnsupported},
		{"invalid format:", "response_format", fault.CodeInvalidValue},
		{"invalid duration", "keep_alive", fault.CodeInvalidValue},
		{"exceeds the context length", "", fault.CodeContextLength},
		{"exceeds maximum context length", "", fault.CodeContextLength},
	}
}

// Failure reads an answer that is no success. What the client can mend is a 4xx, also where Ollama says 500; that the gateway may
// not use an Ollama, or that it is broken, is a 502; a full queue is a 503 that says when to come back. Addresses are struck out of what
// is repeated, and what is said of the gateway's own key is not repeated at all.
func Failure(status int, body []byte) *fault.Error {
	msg, ollamas := complaint(body)
	if e := clients(msg); e != nil && status != http.StatusServiceUnavailable {
		return e
	}
	switch status {
	case http.StatusNotFound:
		if !ollamas {
			return fault.BadGateway("There is no Ollama at the upstream's address: " + msg)
		}
		return &fault.Error{
			Status: status, Param: "model", Code: fault.CodeModelNotFound, Message: "The upstream does not have this model: " + msg,
		}
	case http.StatusTooManyRequests:
		return fault.RateLimited(busyFor, "The upstream is busy: "+msg)
	case http.StatusServiceUnavailable:
		return fault.Unavailable("The upstream is busy: "+msg, busyFor)
	case http.StatusUnauthorized, http.StatusForbidden:
		return fault.BadGateway("The upstream refused the gateway.")
	case http.StatusGatewayTimeout, http.StatusRequestTimeout:
		return fault.Timeout("The upstream timed out: " + msg)
	}
	if status >= http.StatusBadRequest && status < http.StatusInternalServerError {
		return fault.Invalid("", "", "The upstream refused the request: %s", msg)
	}
	return fault.BadGateway("The upstream failed: " + msg)
}

// reported is the failure that an upstream reports in an answer whose status said that all was well.
func reported(body []byte) *fault.Error { return Failure(http.StatusInternalServerError, body) }

// clients is the error for a message that is about the client's request, or nil.
func clients(msg string) *fault.Error {
	if m := badOption.FindStringSubmatch(msg); m != nil {
		return fault.Invalid(fault.CodeInvalidType, "options."+m[1], "The upstream refused the request: %s", msg)
	}
	for _, c := range causes() {
		if strings.Contains(msg, c.text) {
			return fault.Invalid(c.code, c.param, "The upstream refused the request: %s", msg)
		}
	}
	return nil
}

// complaint is the message of an error: {"error": "…"}, the shape of OpenAI's, or else the text itself, which is not from Ollama.
func complaint(body []byte) (msg string, ollamas bool) {
	var doc struct {
		Error json.RawMessage `json:"error"`
	}
	msg = string(bytes.TrimSpace(body))
	if json.Unmarshal(body, &doc) == nil && isError(doc.Error) {
		ollamas = true
		var inner struct {
			Message string `json:"message"`
		}
		if json.Unmarshal(doc.Error, &msg) != nil && json.Unmarshal(doc.Error, &inner) == nil {
			msg = inner.Message
		}
	}
	if msg == "" {
		msg = "no reason given"
	}
	msg = address.ReplaceAllString(msg[:min(len(msg), maxMessage)], "(address)")
	return strings.ToValidUTF8(msg, ""), ollamas
}

// isError says whether the member `error` holds one.
func isError(raw json.RawMessage) bool {
	return len(raw) > 0 && string(raw) != "null" && string(raw) != `""`
}
