package compile

import (
	"fmt"
	"slices"
	"time"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

// Built-in values: what applies where no object says otherwise.
const (
	defaultRequest    = v1alpha1.Duration("10m")
	defaultFirstByte  = v1alpha1.Duration("60s")
	defaultStreamIdle = v1alpha1.Duration("60s")
	defaultAttempts   = int32(2)
)

// retryConditions in the order in which a compiled route lists them.
func retryConditions() []v1alpha1.RetryCondition {
	return []v1alpha1.RetryCondition{
		v1alpha1.RetryOnConnectFailure, v1alpha1.RetryOnTimeout, v1alpha1.RetryOnRateLimited, v1alpha1.RetryOnServerError,
	}
}

// effectiveTimeouts takes every timeout from the first of the layers that sets it, and from the built-in values at last.
func effectiveTimeouts(layers ...*v1alpha1.Timeouts) v1alpha1.Timeouts {
	layers = append(layers, &v1alpha1.Timeouts{
		Request: defaultRequest, FirstByte: defaultFirstByte, StreamIdle: defaultStreamIdle,
	})
	var t v1alpha1.Timeouts
	for _, layer := range layers {
		if layer == nil {
			continue
		}
		t.Request = firstUsable(t.Request, layer.Request)
		t.FirstByte = firstUsable(t.FirstByte, layer.FirstByte)
		t.StreamIdle = firstUsable(t.StreamIdle, layer.StreamIdle)
	}
	return t
}

func firstUsable(a, b v1alpha1.Duration) v1alpha1.Duration {
	if a == "" && usable(b) {
		return b
	}
	return a
}

// usable says whether d bounds anything: the schema admits `0s`, which would fail every request.
func usable(d v1alpha1.Duration) bool {
	v, err := time.ParseDuration(string(d))
	return err == nil && v > 0
}

// effectiveRetry takes each field from the first of the layers that sets it, and from the built-in values at last. An empty
// list counts as absent; `attempts: 0` is how never to retry.
func effectiveRetry(layers ...*v1alpha1.Retry) v1alpha1.RouteRetry {
	retry := v1alpha1.RouteRetry{Attempts: -1}
	for _, layer := range layers {
		if layer == nil {
			continue
		}
		if retry.Attempts < 0 && layer.Attempts != nil {
			retry.Attempts = *layer.Attempts
		}
		if len(retry.RetryOn) == 0 {
			retry.RetryOn = ordered(layer.RetryOn)
		}
	}
	if retry.Attempts < 0 {
		retry.Attempts = defaultAttempts
	}
	if len(retry.RetryOn) == 0 {
		retry.RetryOn = retryConditions()
	}
	return retry
}

// ordered returns the conditions that are in the set, so that two spellings of one set compile alike.
func ordered(set []v1alpha1.RetryCondition) []v1alpha1.RetryCondition {
	return slices.DeleteFunc(retryConditions(), func(c v1alpha1.RetryCondition) bool { return !slices.Contains(set, c) })
}

// checkTimeouts finds a timeout that the schema admits and that bounds nothing. path is where the timeouts stand.
func checkTimeouts(path string, t *v1alpha1.Timeouts) *Problem {
	if t == nil {
		return nil
	}
	for _, f := range []struct {
		name  string
		value v1alpha1.Duration
	}{{"request", t.Request}, {"firstByte", t.FirstByte}, {"streamIdle", t.StreamIdle}} {
		if f.value != "" && !usable(f.value) {
			return &Problem{
				Reason:  v1alpha1.ReasonInvalid,
				Message: fmt.Sprintf("%s.%s is %q; it must be more than zero, for example 30s.", path, f.name, f.value),
			}
		}
	}
	return nil
}
