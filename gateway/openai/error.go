package openai

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
