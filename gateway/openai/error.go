package openai

import (
	"bytes"
	"encoding/json"
	"time"
)

// Error is an error in the shape that OpenAI's API and its SDKs use:
//
//	{"error": {"message": …, "type": …, "param": …, "code": …}}
//
// SDKs choose the class of the exception by the HTTP status and copy the other fields.
// Source: https://platform.openai.com/docs/guides/error-codes
type Error struct {
	// Status is the HTTP status.
	Status int
	// Message is for a person: what was expected, what was found.
	Message string
	// Type is the class of the error, one of the constants below.
	Type string
	// Param is the request field at fault, or empty.
	Param string
	// Code is for programs, or empty.
	Code string
	// RetryAfter is when asking again may help, sent as a header rather than in the body. Zero says nothing.
	RetryAfter time.Duration
}

// Types of errors.
const (
	TypeInvalidRequest = "invalid_request_error"
	TypeAuthentication = "authentication_error"
	TypePermission     = "permission_error"
	TypeNotFound       = "not_found_error"
	TypeRateLimit      = "rate_limit_error"
	TypeServer         = "server_error"
)

func (e *Error) Error() string { return e.Message }

// JSON is the document that a client gets, on one line. An absent param or code is null, as SDKs expect; bytes of the message
// that are not UTF-8 become U+FFFD, so that it is valid JSON whatever an upstream said.
func (e *Error) JSON() []byte {
	type detail struct {
		Message string  `json:"message"`
		Type    string  `json:"type"`
		Param   *string `json:"param"`
		Code    *string `json:"code"`
	}
	doc := struct {
		Error detail `json:"error"`
	}{detail{Message: e.Message, Type: e.Type, Param: orNull(e.Param), Code: orNull(e.Code)}}
	return Marshal(doc)
}

func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// Marshal encodes v on one line, leaving <, > and & as they are. v is one of the wire types, or plain data without channels,
// functions, or numbers that JSON does not have; it panics on those, which is a bug of the caller.
func Marshal(v any) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic(err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}
