package server

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/balance"
	"github.com/fairlead-dev/fairlead/gateway/openai"
	"github.com/fairlead-dev/fairlead/gateway/proxy"
	"github.com/fairlead-dev/fairlead/gateway/telemetry"
)

const (
	codeInternal         = "internal_error"
	codeMethodNotAllowed = "method_not_allowed"
	codeUnreachable      = "upstream_unreachable"
	codeNotReady         = "not_ready"
)

// unavailableFor is when a client may ask again for a model none of whose targets can answer: about as long as it takes the
// gateway to hear that one can.
const unavailableFor = 5 * time.Second

var errInternal = &openai.Error{
	Status: http.StatusInternalServerError, Type: openai.TypeServer, Code: codeInternal,
	Message: "The gateway met an internal error. Its log has more under the request id.",
}

// answer is the one place where an error becomes an HTTP answer. abort says that there is none to give and that the connection
// must be closed.
func answer(w *response, x *telemetry.Exchange, err error) (abort bool) {
	if x.Error == "" {
		x.Error = err.Error()
	}
	switch {
	case errors.Is(err, proxy.ErrClientGone):
		x.Status = telemetry.StatusClientGone
		return true
	case errors.Is(err, proxy.ErrCut):
		return !x.Stream
	case w.began():
		return true
	}
	oe := translate(err)
	h := w.Header()
	h["Content-Type"] = []string{"application/json"}
	if oe.Status == http.StatusUnauthorized {
		h["Www-Authenticate"] = []string{"Bearer"}
	}
	if oe.RetryAfter > 0 && h.Get("Retry-After") == "" {
		h["Retry-After"] = []string{strconv.Itoa(int((oe.RetryAfter + time.Second - 1) / time.Second))}
	}
	body := oe.JSON()
	h["Content-Length"] = []string{strconv.Itoa(len(body))}
	w.WriteHeader(oe.Status)
	_, failed := w.Write(body)
	return failed != nil
}

// translate says in OpenAI's words what went wrong.
func translate(err error) *openai.Error {
	if oe, ok := errors.AsType[*openai.Error](err); ok {
		return oe
	}
	if f, ok := errors.AsType[*proxy.TargetError](err); ok {
		return ofTarget(f)
	}
	if u, ok := errors.AsType[*balance.UnavailableError](err); ok {
		return openai.Unavailable(u.Error(), unavailableFor)
	}
	if errors.Is(err, proxy.ErrNotReady) {
		return &openai.Error{
			Status: http.StatusServiceUnavailable, Type: openai.TypeServer, Code: codeNotReady,
			Message: "The gateway is starting and has no routes yet.", RetryAfter: time.Second,
		}
	}
	return errInternal
}

func ofTarget(f *proxy.TargetError) *openai.Error {
	if f.Condition == v1alpha1.RetryOnTimeout {
		return openai.Timeout(f.Message())
	}
	oe := openai.BadGateway(f.Message())
	if f.Condition == v1alpha1.RetryOnConnectFailure {
		oe.Code = codeUnreachable
	}
	return oe
}

func methodNotAllowed(got, want string) *openai.Error {
	return &openai.Error{
		Status: http.StatusMethodNotAllowed, Type: openai.TypeInvalidRequest, Code: codeMethodNotAllowed,
		Message: fmt.Sprintf("This URL serves %s, not %.16q.", want, got),
	}
}
