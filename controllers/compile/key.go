package compile

import (
	"maps"
	"slices"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

// KeyInput is everything that the compiled form of one key depends on.
type KeyInput struct {
	// Key to compile. Its status holds the policy that applies now, which a broken edit keeps.
	Key *v1alpha1.GatewayKey
	// Gateway that it names; nil where none exists.
	Gateway *v1alpha1.Gateway
	// Secrets holds that of KeySecretOf(Key), where it exists.
	Secrets Secrets
	// Pepper of the gateway; empty where it has none yet.
	Pepper []byte
	// Rivals are the keys that may have the same digest at the same gateway. What they claim is what their status publishes. Others, and
	// the key itself, do no harm here.
	Rivals []*v1alpha1.GatewayKey
	// Namespaces that label selectors are matched with.
	Namespaces Namespaces
	// OwnLedger says that the gateway keeps the ledger itself: a budget needs no PostgreSQL then.
	OwnLedger bool
}

// KeyResult is the compiled form of one key.
type KeyResult struct {
	// Accepted says why the key may not be used; nil where it may.
	Accepted *Problem
	// ResolvedRefs says what is wrong with the key's Secret; nil where nothing is.
	ResolvedRefs *Problem
	// KeyID names the key; empty where there is none.
	KeyID string
	// Policy is what the data plane shall let the key do: this generation's, or the last good one where Kept is true. Nil: the key does
	// not work.
	Policy *v1alpha1.KeyPolicy
	// Kept is true where nothing of this generation can be served and Policy is the last good one.
	Kept bool
}

// keyIDDigits is how much of its digest names a key.
const keyIDDigits = 16

// GatewayKey compiles one key. A key that its Secret does not hold any more never works, whatever else the spec says: to take it
// out of there is how a key is revoked.
func GatewayKey(in KeyInput) KeyResult {
	if problem := in.attachment().problem(); problem != nil {
		_, missing := keyValue(in)
		return KeyResult{Accepted: problem, ResolvedRefs: missing}
	}
	digest, problem := keyDigest(in)
	result := KeyResult{ResolvedRefs: problem, KeyID: KeyID(digest)}
	withdrawn := digest == ""
	for _, c := range keyChecks() {
		if result.Accepted = c.find(in, digest); result.Accepted != nil {
			withdrawn = withdrawn || c.withdraws
			break
		}
	}
	switch {
	case withdrawn:
	case result.Accepted == nil:
		result.Policy = policy(in, digest)
	default:
		result.keep(in, digest)
	}
	return result
}

// keep falls back to the last good policy and says so in the problem. The digest is that of today: a broken edit keeps no key alive
// that was replaced.
func (r *KeyResult) keep(in KeyInput, digest v1alpha1.KeyDigest) {
	last := in.Key.Status.Policy
	if last == nil || last.Gateway != GatewayOfKey(in.Key).String() || (last.Budget != nil && !in.metered()) {
		return
	}
	kept := *last.DeepCopy()
	kept.Digest = digest
	r.Policy, r.Kept = sealPolicy(kept), true
	r.Accepted = r.Accepted.with("What generation %d said applies meanwhile.", last.Generation)
}

// policy assembles the compiled form of the spec.
func policy(in KeyInput, digest v1alpha1.KeyDigest) *v1alpha1.KeyPolicy {
	spec := &in.Key.Spec
	return sealPolicy(v1alpha1.KeyPolicy{
		Generation:       in.Key.Generation,
		Gateway:          GatewayOfKey(in.Key).String(),
		Digest:           digest,
		Labels:           maps.Clone(in.Key.Labels),
		AllowedModels:    slices.Clone(spec.AllowedModels),
		RateLimits:       effectiveLimits(spec.RateLimits),
		Budget:           effectiveBudget(spec.Budget),
		ExpiresAt:        spec.ExpiresAt.DeepCopy(),
		TrustUserHeaders: spec.TrustUserHeaders,
		Owner:            spec.Owner,
	})
}
