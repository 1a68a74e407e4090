package server

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/balance"
	"github.com/fairlead-dev/fairlead/gateway/fault"
	"github.com/fairlead-dev/fairlead/gateway/protocol"
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

var errInternal = &fault.Error{
	Status: http.StatusInternalServerError, Code: codeInternal,
	Message: "The gateway met an internal error. Its log has more under the request id.",
}

// answer is the one place where an error becomes an HTTP answer. abort says that there is none to give and that the connection
// must be closed.
func answer(w *response, x *telemetry.Exchange, shape protocol.Errors, err error) (abort bool) {
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
	retryHints(h, oe)
	body := shape.Body(oe, x.RequestID)
	h["Content-Length"] = []string{strconv.Itoa(len(body))}
	w.WriteHeader(oe.Status)
	_, failed := w.Write(body)
	return failed != nil
}

// worthWaiting is how long a client may be asked to wait. SDKs that are told to wait for longer do not wait at all and ask again within
// seconds, those for Node after 60 s, for Python after 120 s, and the one for Go never waits for more than 8 s.
// Sources: https://github.com/openai/openai-node/blob/master/src/client.ts,
// https://github.com/openai/openai-go/blob/main/internal/requestconfig/requestconfig.go
const worthWaiting = time.Minute

// retryHints tells SDKs when to ask again, unless the upstream has, and not to ask again where that cannot help soon.
func retryHints(h http.Header, e *fault.Error) {
	if e.RetryAfter > 0 && len(h["Retry-After"])+len(h["Retry-After-Ms"]) == 0 {
		h["Retry-After"] = []string{strconv.FormatInt(int64((e.RetryAfter+time.Second-1)/time.Second), 10)}
		h["Retry-After-Ms"] = []string{strconv.FormatInt(e.RetryAfter.Milliseconds(), 10)}
	}
	if e.Code == fault.CodeQuota || e.RetryAfter > worthWaiting {
		h["X-Should-Retry"] = []string{"false"}
	}
}

// statusOf is the status that an error of the proxy is answered with.
func statusOf(err error) int {
	switch {
	case errors.Is(err, proxy.ErrClientGone):
		return telemetry.StatusClientGone
	case errors.Is(err, proxy.ErrCut):
		return http.StatusOK
	}
	return translate(err).Status
}

// translate says what went wrong in words for the client.
func translate(err error) *fault.Error {
	if oe, ok := errors.AsType[*fault.Error](err); ok {
		return oe
	}
	if f, ok := errors.AsType[*proxy.TargetError](err); ok {
		return ofTarget(f)
	}
	if u, ok := errors.AsType[*balance.UnavailableError](err); ok {
		return fault.Unavailable(u.Error(), unavailableFor)
	}
	if errors.Is(err, proxy.ErrNotReady) {
		return &fault.Error{
			Status: http.StatusServiceUnavailable, Code: codeNotReady,
			Message: "The gateway is starting and has no routes yet.", RetryAfter: time.Second,
		}
	}
	return errInternal
}

func ofTarget(f *proxy.TargetError) *fault.Error {
	if f.Condition == v1alpha1.RetryOnTimeout {
		return fault.Timeout(f.Message())
	}
	oe := fault.BadGateway(f.Message())
	if f.Condition == v1alpha1.RetryOnConnectFailure {
		oe.Code = codeUnreachable
	}
	return oe
}

func methodNotAllowed(got, want string) *fault.Error {
	return &fault.Error{
		Status: http.StatusMethodNotAllowed, Code: codeMethodNotAllowed,
		Message: fmt.Sprintf("This URL serves %s, not %.16q.", want, got),
	}
}
