package files

import (
	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/compile"
)

// keyState is a key with its compiled status.
type keyState struct {
	object *v1alpha1.GatewayKey
	result compile.KeyResult
	// unset names the environment variable that the key should come from; empty where it is there.
	unset string
}

// errForeignDigest: whoever copied the manifest from a cluster would wonder why the key is refused.
var errForeignDigest = &compile.Problem{
	Reason: v1alpha1.ReasonInvalid,
	Message: "spec.digest: expected spec.secretRef and a Secret that holds the key, found a digest: it was made with the pepper of another gateway, " +
		"so that no key has it here.",
}

// keys compiles every key of a stack. The policy of one that did not change stays the same pointer.
func (c *compiler) keys(st *stack, gateway *v1alpha1.Gateway, secrets secrets, prev *world) map[types.NamespacedName]*keyState {
	all := map[types.NamespacedName]*keyState{}
	var rivals []*v1alpha1.GatewayKey
	for k, obj := range st.objects {
		if obj.gatewayKey == nil {
			continue
		}
		object := obj.gatewayKey.DeepCopy()
		// All are as old as the process: a conflict is decided by the names.
		object.Generation, object.CreationTimestamp = 1, metav1.Time{}
		if last := prev.keys[k.NamespacedName]; last != nil {
			object.Generation, object.Status = last.object.Generation, last.object.Status
			if !equality.Semantic.DeepEqual(last.object.Spec, object.Spec) || !equality.Semantic.DeepEqual(last.object.Labels, object.Labels) {
				object.Generation++
			}
		}
		all[k.NamespacedName] = &keyState{object: object}
		rivals = append(rivals, object)
	}
	// In the order in which they win, so that each sees what those before it were given.
	for _, name := range names(all) {
		k := all[name]
		in := compile.KeyInput{Key: k.object, Pepper: c.pepper, Rivals: rivals, OwnLedger: true}
		if compile.GatewayOfKey(k.object) == (types.NamespacedName{Namespace: gateway.Namespace, Name: gateway.Name}) {
			in.Gateway = gateway
		}
		k.compile(in, secrets)
	}
	return all
}

// compile fills in the status.
func (k *keyState) compile(in compile.KeyInput, secrets secrets) {
	if ref := compile.KeySecretOf(k.object); ref != nil {
		in.Secrets = secrets.of(k.object.Namespace, string(ref.Name))
		k.unset = secrets.unset(k.object.Namespace, ref.Name, ref.Key)
		k.result = compile.GatewayKey(in)
	} else {
		k.result = compile.KeyResult{Accepted: errForeignDigest}
	}
	if last, now := k.object.Status.Policy, k.result.Policy; last == nil || now == nil || last.Revision != now.Revision {
		k.object.Status.Policy = now
	}
}

// problem says what is wrong with the manifest of the key; empty where nothing is. A variable that is not set is no mistake in it.
func (k *keyState) problem() string {
	switch {
	case k.result.Accepted != nil:
		return k.result.Accepted.Message
	case k.result.ResolvedRefs != nil && k.unset == "":
		return k.result.ResolvedRefs.Message
	}
	return ""
}

// state says whether the key works, for the table.
func (k *keyState) state(now metav1.Time) string {
	policy := k.object.Status.Policy
	switch {
	case policy == nil && k.problem() != "":
		return "refused: " + k.problem()
	case policy == nil && k.unset != "":
		return "refused: no key in $" + k.unset
	case policy.ExpiresAt != nil && !now.Before(policy.ExpiresAt):
		return "expired"
	case k.result.Kept:
		return "works, as it was last good: " + k.problem()
	}
	return "works"
}
