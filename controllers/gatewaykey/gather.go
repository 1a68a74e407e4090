package gatewaykey

import (
	"context"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/compile"
	"github.com/fairlead-dev/fairlead/controllers/index"
	"github.com/fairlead-dev/fairlead/controllers/secrets"
)

// gather reads everything that the policy of a key depends on.
func (r *Reconciler) gather(ctx context.Context, key *v1alpha1.GatewayKey) (compile.KeyInput, error) {
	in := compile.KeyInput{Key: key}
	name := compile.GatewayOfKey(key)
	var err error
	if in.Gateway, err = r.Scope.Gateway(ctx, name); err != nil {
		return in, err
	}
	if in.Secrets, err = r.secrets(ctx, key); err != nil {
		return in, err
	}
	if in.Gateway != nil {
		if in.Pepper, err = r.peppers.of(ctx, in.Gateway); err != nil {
			return in, err
		}
	}
	return r.gatherRivals(ctx, in)
}

// secrets reads the Secret that a key names.
func (r *Reconciler) secrets(ctx context.Context, key *v1alpha1.GatewayKey) (compile.Secrets, error) {
	ref := compile.KeySecretOf(key)
	if ref == nil {
		return nil, nil
	}
	return secrets.Read(ctx, r.Live, key.Namespace, []string{string(ref.Name)})
}

// gatherRivals finds the keys with the same digest, and the labels of everybody's namespace.
func (r *Reconciler) gatherRivals(ctx context.Context, in compile.KeyInput) (compile.KeyInput, error) {
	name := compile.GatewayOfKey(in.Key)
	names := []string{in.Key.Namespace, name.Namespace}
	if digest := compile.DigestOf(in); digest != "" {
		rivals, err := index.Keys(ctx, r.Client, index.KeyByDigest, index.DigestClaim(name, digest))
		if err != nil {
			return in, err
		}
		for i := range rivals {
			in.Rivals = append(in.Rivals, &rivals[i])
			names = append(names, rivals[i].Namespace)
		}
	}
	var err error
	in.Namespaces, err = r.Scope.Labels(ctx, names...)
	return in, err
}
