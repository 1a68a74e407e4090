package compile

import (
	"fmt"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

// keyCheck finds one thing that stands against a key which its gateway admits. Its digest is empty where there is none.
type keyCheck struct {
	// withdraws is true where a key that fails does not work, not even as it did before.
	withdraws bool
	find      func(in KeyInput, digest v1alpha1.KeyDigest) *Problem
}

// keyChecks are made in this order; the first that finds something decides.
func keyChecks() []keyCheck {
	return []keyCheck{
		{withdraws: true, find: keyIsFree},
		{withdraws: true, find: keyBudgetIsMetered},
		{find: keyLabelsFit},
		{find: func(in KeyInput, _ v1alpha1.KeyDigest) *Problem { return checkKeyLimits(in.Key.Spec.RateLimits) }},
	}
}

func (in KeyInput) attachment() attachment {
	return attachment{namespace: in.Key.Namespace, name: GatewayOfKey(in.Key), gateway: in.Gateway, namespaces: in.Namespaces}
}

// keyIsFree: of several objects with one key, the oldest has it. The message names a rival only in the key's own namespace.
func keyIsFree(in KeyInput, digest v1alpha1.KeyDigest) *Problem {
	winner := in.Key
	for _, rival := range in.Rivals {
		if hasKey(in, rival, digest) && older(rival, winner) {
			winner = rival
		}
	}
	if winner == in.Key {
		return nil
	}
	by := "an older GatewayKey"
	if winner.Namespace == in.Key.Namespace {
		by = fmt.Sprintf("GatewayKey %q of this namespace, which is older", winner.Name)
	}
	return &Problem{
		Reason: v1alpha1.ReasonConflicted,
		Message: fmt.Sprintf("This key is that of %s, at Gateway %s. Give this one another key, or delete one of the two.",
			by, GatewayOfKey(in.Key)),
	}
}

// hasKey says whether rival is another object that publishes the digest at the same gateway, and may.
func hasKey(in KeyInput, rival *v1alpha1.GatewayKey, digest v1alpha1.KeyDigest) bool {
	last, gateway := rival.Status.Policy, GatewayOfKey(in.Key)
	same := rival.Namespace == in.Key.Namespace && rival.Name == in.Key.Name
	return !same && last != nil && last.Digest == digest && last.Gateway == gateway.String() &&
		GatewayOfKey(rival) == gateway && in.attachment().admits(rival.Namespace)
}

// keyBudgetIsMetered: a budget that nobody adds up would bound nothing, so the key does not work at all.
func keyBudgetIsMetered(in KeyInput, _ v1alpha1.KeyDigest) *Problem {
	if in.Key.Spec.Budget == nil || in.metered() {
		return nil
	}
	return invalid("spec.budget needs the PostgreSQL of Gateway %s, where spend is added up, and that gateway has none. Set its spec.postgres.mode to Managed or External, or remove spec.budget.",
		GatewayOfKey(in.Key))
}

// metered says whether the gateway adds up what is spent.
func (in KeyInput) metered() bool { return in.OwnLedger || used(in.Gateway.Spec.Postgres.AsStore()) }

// maxKeyLabels is how many labels a policy holds.
const maxKeyLabels = 64

func keyLabelsFit(in KeyInput, _ v1alpha1.KeyDigest) *Problem {
	if n := len(in.Key.Labels); n > maxKeyLabels {
		return invalid("metadata.labels has %d labels; a key may have at most %d. Remove some.", n, maxKeyLabels)
	}
	return nil
}
