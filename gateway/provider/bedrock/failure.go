package bedrock

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/fairlead-dev/fairlead/gateway/fault"
)

// maxMessage bounds what is repeated of an upstream's message, in bytes.
const maxMessage = 512

// Error reads an answer that is no success. Its type is in a header, or in the body as other services of AWS do.
// Source: https://docs.aws.amazon.com/bedrock/latest/userguide/troubleshooting-api-error-codes.html
func (Provider) Error(status int, h http.Header, body []byte) *fault.Error {
	kind := h.Get("X-Amzn-Errortype")
	if kind == "" {
		var doc struct {
			Type string `json:"__type"`
		}
		_ = json.Unmarshal(body, &doc)
		kind = doc.Type
	}
	kind, _, _ = strings.Cut(kind, ":")
	_, after, found := strings.Cut(kind, "#")
	if found {
		kind = after
	}
	e := failure(status, kind, body)
	if seconds, err := strconv.ParseUint(h.Get("Retry-After"), 10, 31); err == nil {
		e.RetryAfter = time.Duration(seconds) * time.Second
	}
	return e
}

// failure is an error of a type, which counts for more than the status; in a stream there is none, and status is 0. Names of types
// begin with a small letter there.
func failure(status int, kind string, body []byte) *fault.Error {
	message := complaint(body)
	switch strings.ToLower(kind) {
	case "throttlingexception", "toomanyrequestsexception", "servicequotaexceededexception":
		return &fault.Error{Status: http.StatusTooManyRequests, Code: fault.CodeRateLimited, Message: message}
	case "serviceunavailableexception", "modelnotreadyexception":
		return fault.Unavailable(message, 0)
	case "modeltimeoutexception":
		return fault.Timeout(message)
	case "modelerrorexception", "modelstreamerrorexception", "internalserverexception":
		return fault.BadGateway(message)
	case "resourcenotfoundexception":
		return &fault.Error{Status: http.StatusNotFound, Param: "model", Code: fault.CodeModelNotFound, Message: message}
	case "validationexception":
		return invalid(message)
	}
	if status == http.StatusForbidden && (refusesKeys(kind) || strings.Contains(message, "API Key")) {
		status = http.StatusUnauthorized
	}
	return byStatus(status, message)
}

// refusesKeys says whether an error is about who signed the request, which AWS answers with 403, as what that one may not do.
// Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/CommonErrors.html
func refusesKeys(kind string) bool {
	switch kind {
	case "UnrecognizedClientException", "InvalidClientTokenId", "InvalidSignatureException", "IncompleteSignature", "ExpiredTokenException",
		"RequestExpired", "MissingAuthenticationTokenException", "NotAuthorized":
		return true
	}
	return false
}

// byStatus is an error whose type says nothing.
func byStatus(status int, message string) *fault.Error {
	switch {
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		// Such a message names the role, the account and what the policy lacks.
		return &fault.Error{Status: status, Message: "The upstream refused the gateway's credentials, or what they may use."}
	case status == http.StatusTooManyRequests:
		return &fault.Error{Status: status, Code: fault.CodeRateLimited, Message: message}
	case status == http.StatusServiceUnavailable:
		return fault.Unavailable(message, 0)
	case status == http.StatusRequestTimeout || status == http.StatusGatewayTimeout:
		return fault.Timeout(message)
	case status >= http.StatusBadRequest && status < http.StatusInternalServerError:
		return &fault.Error{Status: status, Message: message}
	}
	return fault.BadGateway(message)
}

// invalid is a request that Bedrock or the model cannot take. What kind of mistake it is, only the text says.
func invalid(message string) *fault.Error {
	e := &fault.Error{Status: http.StatusBadRequest, Message: message, Code: fault.CodeInvalidValue}
	text := strings.ToLower(message)
	switch {
	case strings.Contains(text, "too long") || strings.Contains(text, "context length") || strings.Contains(text, "context limit"):
		e.Code = fault.CodeContextLength
	case strings.Contains(text, "model identifier is invalid"):
		e.Status, e.Param, e.Code = http.StatusNotFound, "model", fault.CodeModelNotFound
	}
	return e
}

// complaint is the message of an error, with a capital letter in some services.
func complaint(body []byte) string {
	var doc struct {
		Message string `json:"message"`
	}
	if json.Unmarshal(body, &doc) != nil || doc.Message == "" {
		return "The upstream reported an error without a reason."
	}
	return strings.ToValidUTF8(doc.Message[:min(len(doc.Message), maxMessage)], "")
}
