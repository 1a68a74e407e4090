package modelalias

import (
	"fmt"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/compile"
	"github.com/fairlead-dev/fairlead/controllers/status"
)

// describe writes into a's status what is known of it.
func describe(a *v1alpha1.ModelAlias, compiled compile.AliasResult, programmed metav1.Condition) {
	st := &a.Status
	st.ObservedGeneration = a.Generation
	st.Model = compiled.Model
	st.Route = compiled.Route
	st.TargetsReady = fmt.Sprintf("%d/%d", compiled.TargetsReady, len(a.Spec.Targets))
	accepted := compiled.Accepted.Condition(v1alpha1.ConditionAccepted, a.Generation,
		v1alpha1.ReasonAccepted, fmt.Sprintf("Gateway %s serves model %q for this alias.", compile.GatewayOf(a), compiled.Model))
	resolved := compiled.ResolvedRefs.Condition(v1alpha1.ConditionResolvedRefs, a.Generation,
		v1alpha1.ReasonResolvedRefs, "Every reference was found and is permitted.")
	status.Set(&st.Conditions, accepted, resolved, programmed, ready(a, compiled, accepted, resolved, programmed))
}

// ready sums up: the alias is accepted, every replica serves it, and at least one target can answer now.
func ready(a *v1alpha1.ModelAlias, compiled compile.AliasResult, accepted, resolved, programmed metav1.Condition) metav1.Condition {
	const kind = v1alpha1.ConditionReady
	switch {
	case accepted.Status != metav1.ConditionTrue:
		return status.Because(kind, accepted)
	case compiled.Route == nil || compiled.Kept:
		return status.Because(kind, resolved)
	case programmed.Status != metav1.ConditionTrue:
		return status.False(kind, a.Generation, v1alpha1.ReasonNotProgrammed, programmed.Message)
	case compiled.TargetsReady == 0:
		return status.False(kind, a.Generation, v1alpha1.ReasonNoTargetReady,
			"No target can answer now: ModelProvider "+strings.Join(compiled.NotReady, ", ")+" is not ready.")
	case compiled.TargetsAsleep == compiled.TargetsReady:
		return status.True(kind, a.Generation, v1alpha1.ReasonScaledToZero,
			"No server runs because nobody has asked for a while. The next request starts one, and waits for it.")
	case compiled.TargetsReady < len(a.Spec.Targets):
		return status.True(kind, a.Generation, v1alpha1.ReasonDegraded,
			fmt.Sprintf("%d of %d targets can answer now.", compiled.TargetsReady, len(a.Spec.Targets)))
	default:
		return status.True(kind, a.Generation, v1alpha1.ReasonReady, "Every target can answer.")
	}
}
