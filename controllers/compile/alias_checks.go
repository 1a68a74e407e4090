package compile

import (
	"cmp"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

// check finds one thing that stands against an alias.
type check struct {
	// withdraws is true where an alias that fails has nothing to serve, not even its last good route.
	withdraws bool
	find      func(AliasInput) *Problem
}

// aliasChecks are made in this order; the first that finds something decides.
func aliasChecks() []check {
	return []check{
		{withdraws: true, find: mayAttach},
		{withdraws: true, find: modelIsFree},
		{find: timeoutsBound},
		{find: weightsServe},
		{find: starsStand},
		{find: cacheKeeps},
		{find: limitsBound},
		{find: keysSelected},
	}
}

func mayAttach(in AliasInput) *Problem { return in.attachment().problem() }

func (in AliasInput) attachment() attachment {
	return attachment{namespace: in.Alias.Namespace, name: GatewayOf(in.Alias), gateway: in.Gateway, namespaces: in.Namespaces}
}

// modelIsFree: of several aliases that the gateway admits with one model name, the oldest has it. The message names a rival
// only in the alias's own namespace: its author may not be able to see others.
func modelIsFree(in AliasInput) *Problem {
	winner := in.Alias
	for _, rival := range in.Rivals {
		if claimsSame(in, rival) && older(rival, winner) {
			winner = rival
		}
	}
	if winner == in.Alias {
		return nil
	}
	by := "an older ModelAlias"
	if winner.Namespace == in.Alias.Namespace {
		by = fmt.Sprintf("ModelAlias %q of this namespace, which is older", winner.Name)
	}
	return &Problem{
		Reason: v1alpha1.ReasonConflicted,
		Message: fmt.Sprintf("Model %q at Gateway %s is served by %s. Choose another spec.model, or delete one of the two.",
			ModelOf(in.Alias), GatewayOf(in.Alias), by),
	}
}

// claimsSame says whether rival is another alias that the gateway admits for the same model. One that it does not admit claims
// nothing, else anybody could take a name away.
func claimsSame(in AliasInput, rival *v1alpha1.ModelAlias) bool {
	same := rival.Namespace == in.Alias.Namespace && rival.Name == in.Alias.Name
	return !same &&
		GatewayOf(rival) == GatewayOf(in.Alias) &&
		ModelOf(rival) == ModelOf(in.Alias) &&
		in.attachment().admits(rival.Namespace)
}

// older orders by creation, then by namespace and name: creation times have a resolution of one second.
func older(a, b metav1.Object) bool {
	return cmp.Or(
		a.GetCreationTimestamp().Compare(b.GetCreationTimestamp().Time),
		cmp.Compare(a.GetNamespace(), b.GetNamespace()),
		cmp.Compare(a.GetName(), b.GetName()),
	) < 0
}

func timeoutsBound(in AliasInput) *Problem {
	return checkTimeouts("spec.timeouts", in.Alias.Spec.Timeouts)
}

func weightsServe(in AliasInput) *Problem {
	for i := range in.Alias.Spec.Targets {
		if weightOf(&in.Alias.Spec.Targets[i]) > 0 {
			return nil
		}
	}
	return &Problem{
		Reason:  v1alpha1.ReasonInvalid,
		Message: "Every target has weight 0, so none could answer. Give one a weight of at least 1.",
	}
}

// starsStand: the `*` of a target's model stands for what that of the alias's pattern stands for, so there has to be one.
func starsStand(in AliasInput) *Problem {
	if wild(v1alpha1.ModelPattern(ModelOf(in.Alias))) {
		return nil
	}
	for i := range in.Alias.Spec.Targets {
		if t := &in.Alias.Spec.Targets[i]; wild(t.Model) {
			return invalid("Target %q has the model %q, whose * stands for nothing: model %q of the alias is no pattern. Name one model of the provider, or make spec.model a pattern such as %q.",
				t.Name, t.Model, ModelOf(in.Alias), ModelOf(in.Alias)+"/*")
		}
	}
	return nil
}

func cacheKeeps(in AliasInput) *Problem { return checkCache("spec.cache", in.Alias.Spec.Cache) }

func limitsBound(in AliasInput) *Problem { return checkLimits(in.Alias.Spec.RateLimits) }

func keysSelected(in AliasInput) *Problem {
	return checkSelector("spec.allowedKeys", in.Alias.Spec.AllowedKeys)
}
