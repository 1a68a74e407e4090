package gatewaykey

import (
	"cmp"
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/compile"
	"github.com/fairlead-dev/fairlead/controllers/status"
)

// describe writes into k's status what is known of it at the time now.
func describe(k *v1alpha1.GatewayKey, compiled compile.KeyResult, programmed metav1.Condition, now time.Time) {
	st := &k.Status
	st.ObservedGeneration = k.Generation
	st.KeyID = cmp.Or(compiled.KeyID, st.KeyID)
	st.Policy = compiled.Policy
	accepted := compiled.Accepted.Condition(v1alpha1.ConditionAccepted, k.Generation,
		v1alpha1.ReasonAccepted, fmt.Sprintf("Gateway %s takes this key.", compile.GatewayOfKey(k)))
	found := "The key was found."
	if compile.KeySecretOf(k) == nil {
		found = "The key is known by its digest; no Secret is needed."
	}
	resolved := compiled.ResolvedRefs.Condition(v1alpha1.ConditionResolvedRefs, k.Generation, v1alpha1.ReasonResolvedRefs, found)
	status.Set(&st.Conditions, accepted, resolved, programmed, ready(k, accepted, resolved, programmed, now))
}

// ready sums up: the key may be used, it has not expired, and every replica knows it.
func ready(k *v1alpha1.GatewayKey, accepted, resolved, programmed metav1.Condition, now time.Time) metav1.Condition {
	const kind = v1alpha1.ConditionReady
	for _, c := range []metav1.Condition{accepted, resolved} {
		if c.Status != metav1.ConditionTrue {
			return status.Because(kind, c)
		}
	}
	switch {
	case k.Spec.ExpiresAt != nil && !now.Before(k.Spec.ExpiresAt.Time):
		return status.False(kind, k.Generation, v1alpha1.ReasonExpired, "The key has stopped to work, as spec.expiresAt says.")
	case programmed.Status != metav1.ConditionTrue:
		return status.False(kind, k.Generation, v1alpha1.ReasonNotProgrammed, programmed.Message)
	default:
		return status.True(kind, k.Generation, v1alpha1.ReasonReady, "Every replica knows the key.")
	}
}
