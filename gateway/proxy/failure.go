package proxy

import (
	"errors"
	"fmt"

	"github.com/fairlead-dev/fairlead/api/egress"
	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/fault"
	"github.com/fairlead-dev/fairlead/gateway/telemetry"
)

// ErrClientGone says that the client went away before the answer was complete. There is nobody to answer.
var ErrClientGone = errors.New("client closed the request")

// ErrCut says that the upstream broke off in the middle of an answer whose beginning the client has. Where the answer was a
// stream the client has been told in an event; otherwise the connection has to be aborted, so that it cannot be taken for whole.
var ErrCut = errors.New("upstream broke off its answer")

// ErrNotReady says that there is no routing table yet.
var ErrNotReady = errors.New("the gateway has no routing table yet")

// errKeyRefused is a 401: it is about the provider's key and not the client's, and its text may repeat a part of that key.
var errKeyRefused = errors.New("status 401: the API key of its ModelProvider is wrong or missing")

// errNoCredential is a gateway that could not prove who it is: a token server that does not answer, credentials that it refuses.
var errNoCredential = errors.New("getting the credentials of its ModelProvider to work")

// Causes of a timeout. Their texts are for the client.
var (
	errFirstByte = errors.New("it did not begin to answer in time")
	errIdle      = errors.New("it stopped in the middle of its answer")
	errRequest   = errors.New("it did not complete its answer in time")
)

// isTimeout says whether err is one of the gateway's own timeouts.
func isTimeout(err error) bool {
	return errors.Is(err, errFirstByte) || errors.Is(err, errIdle) || errors.Is(err, errRequest)
}

// TargetError is a target that did not answer as it should, met before the client received a byte.
type TargetError struct {
	// Condition is the kind of failure, which decides whether the next target is tried.
	Condition v1alpha1.RetryCondition
	// Target that failed, and the model it was to answer for.
	Target, Model string
	// Err is the cause. It may name addresses and is for the log.
	Err error
}

func (f *TargetError) Error() string {
	return fmt.Sprintf("asking target %s of model %s: %v", f.Target, f.Model, f.Err)
}

// Unwrap returns the cause.
func (f *TargetError) Unwrap() error { return f.Err }

// Message says what happened in words that are fit for the client: without addresses.
func (f *TargetError) Message() string {
	what := "could not be reached or closed the connection before it answered"
	if f.notAllowed() {
		what = "could not be called: its provider's address is not one that this gateway may call"
	}
	switch f.Condition {
	case v1alpha1.RetryOnRateLimited:
		what = "has had too many requests"
	case v1alpha1.RetryOnContextLengthExceeded:
		what = "refused the request: it is too long for its model"
	case v1alpha1.RetryOnContentFiltered:
		what = "refused the request because of its content filter"
	case v1alpha1.RetryOnTimeout:
		what = "was too slow"
		if isTimeout(f.Err) {
			what += ": " + f.Err.Error()
		}
	case v1alpha1.RetryOnServerError:
		what = "gave an answer that its protocol does not allow"
		if errors.Is(f.Err, errKeyRefused) {
			what = "refused the gateway: the API key of its provider is wrong or missing"
		}
		if errors.Is(f.Err, errNoCredential) {
			what = "could not be asked: the credentials of its provider do not work at the moment"
		}
	}
	return fmt.Sprintf("The target '%s' of the model '%s' %s.", f.Target, f.Model, what)
}

// outcome is the failure as telemetry counts it.
func (f *TargetError) outcome() telemetry.Outcome {
	switch f.Condition {
	case v1alpha1.RetryOnTimeout:
		return telemetry.OutcomeTimeout
	case v1alpha1.RetryOnRateLimited:
		return telemetry.OutcomeRateLimited
	case v1alpha1.RetryOnServerError:
		return telemetry.OutcomeServerError
	case v1alpha1.RetryOnContextLengthExceeded, v1alpha1.RetryOnContentFiltered:
		return telemetry.OutcomeAnswered
	}
	if f.notAllowed() {
		return telemetry.OutcomeNotAllowed
	}
	return telemetry.OutcomeUnreachable
}

// notAllowed says whether the target's address must not be connected to.
func (f *TargetError) notAllowed() bool {
	_, refused := errors.AsType[*egress.RefusedError](f.Err)
	return refused
}

// meaning is the failure that an upstream's error stands for, or nothing where it is the client's to have: what it means where that
// says more than its status.
func meaning(fe *fault.Error) (v1alpha1.RetryCondition, bool) {
	switch fe.Code {
	case fault.CodeContextLength:
		return v1alpha1.RetryOnContextLengthExceeded, true
	case fault.CodeContentFilter:
		return v1alpha1.RetryOnContentFiltered, true
	}
	return condition(fe.Status)
}

// condition is the failure that an HTTP status stands for, or nothing where the answer is the client's to have.
func condition(status int) (v1alpha1.RetryCondition, bool) {
	switch {
	case status == 408:
		return v1alpha1.RetryOnTimeout, true
	case status == 429:
		return v1alpha1.RetryOnRateLimited, true
	case status >= 500:
		return v1alpha1.RetryOnServerError, true
	}
	return "", false
}
