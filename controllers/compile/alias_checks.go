package compile

import (
	"cmp"
	"fmt"

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
		{withdraws: true, find: gatewayExists},
		{withdraws: true, find: gatewayAdmits},
		{withdraws: true, find: modelIsFree},
		{find: timeoutsBound},
		{find: weightsServe},
	}
}

// gatewayExists: a missing gateway of another namespace is reported like one that does not consent.
func gatewayExists(in AliasInput) *Problem {
	if in.Gateway != nil {
		return nil
	}
	gateway := GatewayOf(in.Alias)
	if gateway.Namespace != in.Alias.Namespace {
		return notAllowed(in)
	}
	return &Problem{
		Reason: v1alpha1.ReasonGatewayNotFound,
		Message: fmt.Sprintf("No Gateway %q exists in namespace %q. Create it, or correct spec.gatewayRef.",
			gateway.Name, gateway.Namespace),
	}
}

func gatewayAdmits(in AliasInput) *Problem {
	if in.Namespaces.admits(in.Gateway.Spec.AllowedNamespaces, in.Gateway.Namespace, in.Alias.Namespace) {
		return nil
	}
	return notAllowed(in)
}

func notAllowed(in AliasInput) *Problem {
	return &Problem{
		Reason: v1alpha1.ReasonNotAllowed,
		Message: fmt.Sprintf("Gateway %s does not exist, or its spec.allowedNamespaces does not admit namespace %q. Correct spec.gatewayRef, or ask the owner of the gateway.",
			GatewayOf(in.Alias), in.Alias.Namespace),
	}
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
		in.Namespaces.admits(in.Gateway.Spec.AllowedNamespaces, in.Gateway.Namespace, rival.Namespace)
}

// older orders by creation, then by namespace and name: creation times have a resolution of one second.
func older(a, b *v1alpha1.ModelAlias) bool {
	return cmp.Or(
		a.CreationTimestamp.Compare(b.CreationTimestamp.Time),
		cmp.Compare(a.Namespace, b.Namespace),
		cmp.Compare(a.Name, b.Name),
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
