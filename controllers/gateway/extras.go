package gateway

import (
	"context"
	"errors"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/render"
)

// applyExtras writes what a gateway is given besides, as far as the cluster has the kinds, and deletes what it is given no more. None
// of it is watched: it is compared each time the gateway is looked at, and looked for to be deleted once for each generation of the
// gateway, and once after a start. What one of them comes to keeps no other from being written.
func (r *Reconciler) applyExtras(ctx context.Context, in render.GatewayInput) error {
	g := in.Gateway
	name := client.ObjectKeyFromObject(g)
	sweep := !r.memory.swept(name, g.Generation)
	wanted := map[schema.GroupVersionKind]render.Object{}
	for _, o := range render.GatewayExtras(in) {
		wanted[extraKind(o)] = o
	}
	var errs []error
	for _, o := range render.AnyGatewayExtras(in) {
		extra := wanted[extraKind(o)]
		if extra == nil && !sweep {
			continue
		}
		errs = append(errs, r.applyExtra(ctx, g, o, extra))
	}
	err := errors.Join(errs...)
	if err == nil {
		r.memory.sweep(name, g.Generation)
	}
	return err
}

// applyExtra writes the extra that is wanted where the cluster has its kind; nil is for none, and deletes what is there.
func (r *Reconciler) applyExtra(ctx context.Context, g *v1alpha1.Gateway, there, wanted render.Object) error {
	has, err := r.has(ctx, extraKind(there))
	switch {
	case err != nil || !has:
		return err
	case wanted == nil:
		return r.Applier.Remove(ctx, g, there)
	default:
		return r.Applier.Apply(ctx, g, wanted)
	}
}

// has says whether the cluster has a kind. Kubernetes' own are always there.
func (r *Reconciler) has(ctx context.Context, kind schema.GroupVersionKind) (bool, error) {
	if kind.Group == corev1.GroupName {
		return true, nil
	}
	return r.Kinds.Has(ctx, kind)
}

// extraKind tells the extras apart: there is at most one of a kind.
func extraKind(o render.Object) schema.GroupVersionKind {
	if _, own := o.(*corev1.ConfigMap); own {
		return corev1.SchemeGroupVersion.WithKind("ConfigMap")
	}
	return o.GetObjectKind().GroupVersionKind()
}

// routeMissing says whether the spec wants an HTTPRoute that the cluster has no definition of.
func (r *Reconciler) routeMissing(ctx context.Context, g *v1alpha1.Gateway) (bool, error) {
	if g.Spec.HTTPRoute == nil {
		return false, nil
	}
	has, err := r.has(ctx, render.KindHTTPRoute())
	return !has, err
}
