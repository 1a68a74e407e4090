package gateway

import (
	"context"
	"errors"
	"fmt"
	"slices"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/render"
)

// apply writes the children of a gateway and deletes what is not wanted any more. It returns the version of the credentials
// Secret that is in the cluster then; empty where it is not. Volumes, and the password that opens one, are never deleted.
//
// What cannot be applied keeps nothing else from being applied. Only what lets replicas read is not taken away as long as there is
// anything: what replaces it may be missing.
func (r *Reconciler) apply(ctx context.Context, in render.GatewayInput, s surroundings) (credentialsVersion string, err error) {
	g := in.Gateway
	if err := r.handOver(ctx, g, s.deployment); err != nil {
		return "", err
	}
	objects := append(render.Gateway(in), render.ReaderBindings(in)...)
	keep := make([]client.Object, len(objects))
	for i, o := range objects {
		keep[i] = o
		if generated(g, o) {
			o.SetResourceVersion(s.versions[o.GetName()])
		}
	}
	err = r.Applier.All(ctx, g, keep)
	for _, o := range objects {
		if _, secret := o.(*corev1.Secret); secret && o.GetName() == v1alpha1.CredentialsSecretName(g.Name) {
			credentialsVersion = o.GetResourceVersion()
		}
	}
	if err == nil {
		err = r.withdrawReaders(ctx, client.ObjectKeyFromObject(g), keep)
	}
	return credentialsVersion, errors.Join(err, r.prune(ctx, g, keep), r.applyExtras(ctx, in))
}

// generated says whether an object is a Secret with what was generated once, which is read before it is written again. A person may write
// it as well, and what is written in between counts: the password of before that is put back, or another master key.
func generated(g *v1alpha1.Gateway, o client.Object) bool {
	if _, secret := o.(*corev1.Secret); !secret {
		return false
	}
	names := []string{render.MasterKeyName(g.Name), render.RedisName(g.Name), render.PostgresName(g.Name)}
	return slices.Contains(names, o.GetName())
}

// prune deletes the children that are not among keep.
func (r *Reconciler) prune(ctx context.Context, g *v1alpha1.Gateway, keep []client.Object) error {
	return r.Applier.Prune(ctx, g, keep, client.MatchingLabels{v1alpha1.LabelGateway: g.Name},
		&appsv1.StatefulSetList{}, &appsv1.DeploymentList{}, &corev1.ServiceList{}, &corev1.ServiceAccountList{},
		&rbacv1.RoleList{}, &rbacv1.RoleBindingList{}, &networkingv1.NetworkPolicyList{}, &policyv1.PodDisruptionBudgetList{},
		&autoscalingv2.HorizontalPodAutoscalerList{}, &networkingv1.IngressList{}, &batchv1.CronJobList{})
}

// handOver lets an autoscaler choose the number of Pods, from what there is. The mark on the Deployment says that it was done.
func (r *Reconciler) handOver(ctx context.Context, g *v1alpha1.Gateway, d *appsv1.Deployment) error {
	if g.Spec.Autoscaling == nil || d.Annotations[render.AnnotationAutoscaled] != "" {
		return nil
	}
	least, most := render.Replicas(g)
	return r.Applier.HandOverReplicas(ctx, client.ObjectKeyFromObject(g), least, most)
}

// withdrawReaders deletes the bindings of a gateway that no owner reference can delete, except those in keep. In cluster scope it finds
// those of namespaces, too: an operator that served only some may have left them.
func (r *Reconciler) withdrawReaders(ctx context.Context, gateway types.NamespacedName, keep []client.Object) error {
	if err := r.withdraw(ctx, gateway, keep, &rbacv1.RoleBindingList{}); err != nil || len(r.Installation.Namespaces) > 0 {
		return err
	}
	return r.withdraw(ctx, gateway, keep, &rbacv1.ClusterRoleBindingList{})
}

// withdraw deletes the bindings of one kind, except those in keep.
func (r *Reconciler) withdraw(ctx context.Context, gateway types.NamespacedName, keep []client.Object, list client.ObjectList) error {
	labels := client.MatchingLabels{
		v1alpha1.LabelGateway: gateway.Name, v1alpha1.LabelGatewayNamespace: gateway.Namespace,
	}
	if err := r.Client.List(ctx, list, labels); err != nil {
		return fmt.Errorf("listing what lets the gateway read: %w", err)
	}
	return meta.EachListItem(list, func(item runtime.Object) error {
		o, ok := item.(client.Object)
		if !ok || contains(keep, o) {
			return nil
		}
		return r.Applier.Delete(ctx, o)
	})
}

func contains(objects []client.Object, o client.Object) bool {
	for _, k := range objects {
		if k.GetName() != o.GetName() || k.GetNamespace() != o.GetNamespace() {
			continue
		}
		switch k.(type) {
		case *rbacv1.ClusterRoleBinding, *rbacv1.RoleBinding:
			return true
		}
	}
	return false
}
