package gatewaykey

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/compile"
	"github.com/fairlead-dev/fairlead/controllers/render"
	"github.com/fairlead-dev/fairlead/controllers/secrets"
	"github.com/fairlead-dev/fairlead/controllers/status"
)

// wantsSecret says whether the operator is to make the Secret of a key: its gateway admits it, there is no Secret, and there never
// was a key. One that is gone was revoked, and is not made again.
func wantsSecret(key *v1alpha1.GatewayKey, compiled compile.KeyResult) bool {
	return compiled.Accepted == nil && lacksSecret(key, compiled)
}

// lacksSecret says whether there is no Secret because there never was a key.
func lacksSecret(key *v1alpha1.GatewayKey, compiled compile.KeyResult) bool {
	return key.Status.KeyID == "" && compiled.ResolvedRefs != nil && compiled.ResolvedRefs.Reason == v1alpha1.ReasonSecretNotFound
}

// unmade is what stands in the status of a key that lacks a Secret and is not accepted: nobody has to make that Secret.
func unmade(key *v1alpha1.GatewayKey) *compile.Problem {
	return &compile.Problem{
		Reason:  v1alpha1.ReasonPending,
		Message: fmt.Sprintf("The operator makes Secret %q, with a random key, once the key is accepted.", compile.KeySecretOf(key).Name),
	}
}

// makeSecret makes the Secret of a key, with a random key in it. Where somebody was quicker, theirs stays as it is.
func (r *Reconciler) makeSecret(ctx context.Context, key *v1alpha1.GatewayKey) error {
	secret := render.KeySecret(key, *compile.KeySecretOf(key), secrets.NewKey())
	if err := controllerutil.SetControllerReference(key, secret, r.Client.Scheme()); err != nil {
		return fmt.Errorf("setting the owner of Secret %s: %w", secret.Name, err)
	}
	err := r.Client.Create(ctx, secret)
	if apierrors.IsAlreadyExists(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("creating Secret %s/%s: %w", secret.Namespace, secret.Name, err)
	}
	status.Tell(r.Events, key, corev1.EventTypeNormal, status.EventSecretCreated,
		fmt.Sprintf("Secret %q holds a new random key.", secret.Name))
	return nil
}
