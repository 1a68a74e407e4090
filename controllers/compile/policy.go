package compile

import (
	"cmp"
	"slices"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

// Built-in values: what applies where no object says otherwise.
const (
	defaultRequest    = v1alpha1.Duration("10m")
	defaultFirstByte  = v1alpha1.Duration("60s")
	defaultStreamIdle = v1alpha1.Duration("60s")
	defaultAttempts   = int32(2)
	defaultRetryShare = int32(20)
)

// defaultConditions are retried where nothing else is said. A request that one target refuses for what it holds is not among
// them: most often the next would refuse it as well.
func defaultConditions() []v1alpha1.RetryCondition {
	return []v1alpha1.RetryCondition{
		v1alpha1.RetryOnConnectFailure, v1alpha1.RetryOnTimeout, v1alpha1.RetryOnRateLimited, v1alpha1.RetryOnServerError,
	}
}

// retryConditions are all, in the order in which a compiled route lists them.
func retryConditions() []v1alpha1.RetryCondition {
	return append(defaultConditions(), v1alpha1.RetryOnContextLengthExceeded, v1alpha1.RetryOnContentFiltered)
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
	return span(d) > 0
}

// effectiveRetry takes each field from the first of the layers that sets it, and from the built-in values at last. An empty
// list counts as absent; `attempts: 0` is how never to retry.
func effectiveRetry(layers ...*v1alpha1.Retry) v1alpha1.RouteRetry {
	layers = append(layers, &v1alpha1.Retry{
		Attempts: new(defaultAttempts), RetryOn: defaultConditions(), BudgetPercent: new(defaultRetryShare),
	})
	var chosen v1alpha1.Retry
	for _, layer := range layers {
		if layer == nil {
			continue
		}
		chosen.Attempts = cmp.Or(chosen.Attempts, layer.Attempts)
		chosen.BudgetPercent = cmp.Or(chosen.BudgetPercent, layer.BudgetPercent)
		if len(chosen.RetryOn) == 0 {
			chosen.RetryOn = ordered(layer.RetryOn)
		}
	}
	return v1alpha1.RouteRetry{Attempts: *chosen.Attempts, RetryOn: chosen.RetryOn, BudgetPercent: *chosen.BudgetPercent}
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
		if problem := checkDuration(path+"."+f.name, f.value); problem != nil {
			return problem
		}
	}
	return nil
}

// checkDuration finds a duration that is said, and that is none or zero. path is where it stands.
func checkDuration(path string, d v1alpha1.Duration) *Problem {
	if d == "" || usable(d) {
		return nil
	}
	return invalid("%s is %q; it must be more than zero, for example 30s.", path, d)
}
