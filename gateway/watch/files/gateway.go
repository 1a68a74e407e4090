package files

import (
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/types"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/compile"
)

// MasterKeyVariable is the environment variable that holds the master key where no manifest names one.
const MasterKeyVariable = "FAIRLEAD_MASTER_KEY"

// chooseGateway returns the gateway that is served, and its manifest where there is one. Without a manifest of that kind the
// gateway that the aliases name is implied.
func (o *Options) chooseGateway(st *stack) (types.NamespacedName, *object, error) {
	candidates := map[types.NamespacedName]*object{}
	for k, obj := range st.objects {
		if obj.gateway != nil {
			candidates[k.NamespacedName] = obj
		}
	}
	if len(candidates) == 0 {
		for _, obj := range st.objects {
			if obj.alias != nil {
				candidates[compile.GatewayOf(obj.alias)] = nil
			}
		}
	}
	if o.Gateway != (types.NamespacedName{}) {
		return o.Gateway, candidates[o.Gateway], nil
	}
	switch len(candidates) {
	case 0:
		return types.NamespacedName{Namespace: defaultNamespace, Name: "main"}, nil, nil
	case 1:
		for name, obj := range candidates {
			return name, obj, nil
		}
	}
	var names []string
	for name := range candidates {
		names = append(names, name.String())
	}
	slices.Sort(names)
	return types.NamespacedName{}, nil, fmt.Errorf("expected manifests for one Gateway, found %s: choose one with --gateway", strings.Join(names, ", "))
}

// admission is who may call.
type admission struct {
	mode v1alpha1.KeysMode
	// key is the master key; empty where there is none.
	key []byte
}

// admission decides who may call. Where there is neither a master key nor another, which keyed says, and no manifest says that
// keys are required, a gateway that only this machine can reach does without keys; any other refuses to start, because nobody
// could call it, or anybody.
func (o *Options) admission(name types.NamespacedName, obj *object, secrets secrets, keyed bool) (admission, error) {
	spec := v1alpha1.Keys{Mode: v1alpha1.KeysRequired}
	given := false
	if obj != nil {
		spec, given = obj.gateway.Spec.Keys, obj.keysModeGiven
	}
	a := admission{mode: spec.Mode}
	var err error
	if a.key, err = o.masterKey(name.Namespace, spec.MasterKeySecretRef, secrets); err != nil {
		return admission{}, fmt.Errorf("reading the master key of Gateway %s: %w", name, err)
	}
	if len(a.key) > 0 || keyed || spec.Mode == v1alpha1.KeysOptional {
		return a, nil
	}
	if given || !o.Loopback {
		return admission{}, fmt.Errorf("expected a master key for Gateway %s, found none: set $%s, or name a Secret in spec.keys.masterKeySecretRef, or add a GatewayKey, or set spec.keys.mode to Optional",
			name, MasterKeyVariable)
	}
	a.mode = v1alpha1.KeysOptional
	return a, nil
}

func (o *Options) masterKey(namespace string, ref *v1alpha1.SecretKeyReference, secrets secrets) ([]byte, error) {
	if ref == nil {
		key, _ := o.Getenv(MasterKeyVariable)
		return []byte(strings.TrimSpace(key)), nil
	}
	s := secrets[types.NamespacedName{Namespace: namespace, Name: string(ref.Name)}]
	if s == nil {
		return nil, fmt.Errorf("expected Secret %q, found no manifest of it", ref.Name)
	}
	if name := secrets.unset(namespace, ref.Name, ref.Key); name != "" {
		return nil, fmt.Errorf("expected a key in $%s, found none", name)
	}
	key := compile.Secrets{string(ref.Name): s.entries}.Key(*ref)
	if len(key) == 0 {
		return nil, fmt.Errorf("expected the entry %q in Secret %q, found none", ref.Key, ref.Name)
	}
	return key, nil
}

// open says whether anybody who reaches the gateway may call it.
func (w *world) open() bool { return w.config.KeysMode == v1alpha1.KeysOptional }
