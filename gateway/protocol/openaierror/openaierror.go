// Package openaierror writes errors in the shape that OpenAI's API and its SDKs use, for every protocol that has it.
package openaierror

import (
	"net/http"

	"github.com/fairlead-dev/fairlead/gateway/fault"
	"github.com/fairlead-dev/fairlead/gateway/jsonwrite"
)

// Types of errors.
// Source: https://platform.openai.com/docs/guides/error-codes
const (
	TypeInvalidRequest = "invalid_request_error"
	TypeAuthentication = "authentication_error"
	TypePermission     = "permission_error"
	TypeNotFound       = "not_found_error"
	TypeRateLimit      = "rate_limit_error"
	TypeQuota          = "insufficient_quota"
	TypeServer         = "server_error"
)

// Type is OpenAI's class of an error. SDKs choose their exception by the HTTP status; the type is for people and scripts.
func Type(e *fault.Error) string {
	switch {
	case e.Code == fault.CodeQuota:
		return TypeQuota
	case e.Code == fault.CodeUnknownPath:
		return TypeInvalidRequest
	case e.Status >= http.StatusInternalServerError:
		return TypeServer
	}
	switch e.Status {
	case http.StatusUnauthorized:
		return TypeAuthentication
	case http.StatusForbidden:
		return TypePermission
	case http.StatusNotFound:
		return TypeNotFound
	case http.StatusTooManyRequests:
		return TypeRateLimit
	}
	return TypeInvalidRequest
}

// Body is the document that a client gets, on one line:
//
//	{"error": {"message": …, "type": …, "param": …, "code": …}}
//
// An absent param or code is null, as SDKs expect. Bytes of the message that are not UTF-8 become U+FFFD, so that it is valid JSON
// whatever an upstream said.
func Body(e *fault.Error) []byte {
	type detail struct {
		Message string  `json:"message"`
		Type    string  `json:"type"`
		Param   *string `json:"param"`
		Code    *string `json:"code"`
	}
	return jsonwrite.Must(map[string]detail{"error": {Message: e.Message, Type: Type(e), Param: orNull(e.Param), Code: orNull(e.Code)}})
}

func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
