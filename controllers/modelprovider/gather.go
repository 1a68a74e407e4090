package modelprovider

import (
	"cmp"
	"context"
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/apply"
	"github.com/fairlead-dev/fairlead/controllers/compile"
	"github.com/fairlead-dev/fairlead/controllers/render"
	"github.com/fairlead-dev/fairlead/controllers/secrets"
	"github.com/fairlead-dev/fairlead/controllers/status"
)

// surroundings is everything that a provider's status depends on besides itself.
type surroundings struct {
	secrets compile.Secrets
	// workload and pods of a managed server; nil where there are none.
	workload *appsv1.StatefulSet
	pods     []corev1.Pod
}

// ready counts the Pods that are ready and stay.
func (s surroundings) ready() int32 {
	n := int32(0)
	for i := range s.pods {
		if status.PodReady(&s.pods[i]) {
			n++
		}
	}
	return n
}

func (r *Reconciler) gather(ctx context.Context, p *v1alpha1.ModelProvider) (surroundings, error) {
	var s surroundings
	var err error
	if s.secrets, err = secrets.Read(ctx, r.Live, p.Namespace, compile.ProviderSecretsOf(p)); err != nil {
		return s, err
	}
	if p.Spec.Type != v1alpha1.ProviderOllama {
		return s, nil
	}
	workload := &appsv1.StatefulSet{}
	err = r.Client.Get(ctx, types.NamespacedName{Namespace: p.Namespace, Name: render.OllamaName(p.Name)}, workload)
	if client.IgnoreNotFound(err) != nil {
		return s, fmt.Errorf("reading the StatefulSet: %w", err)
	}
	if err == nil {
		s.workload = workload
	}
	pods := &corev1.PodList{}
	if err := r.Client.List(ctx, pods, client.InNamespace(p.Namespace), client.MatchingLabels(render.OllamaPods(p))); err != nil {
		return s, fmt.Errorf("listing the Pods: %w", err)
	}
	s.pods = pods.Items
	return s, nil
}

// apply writes what is rendered, and deletes what is rendered no more; for another type than Ollama there is neither.
func (r *Reconciler) apply(ctx context.Context, p *v1alpha1.ModelProvider, objects []render.Object) error {
	if p.Spec.Type != v1alpha1.ProviderOllama {
		return nil
	}
	keep := make([]client.Object, len(objects))
	for i, o := range objects {
		keep[i] = o
	}
	err := r.Applier.All(ctx, p, keep)
	mistake := apply.Mistake(err)
	if err != nil && mistake == nil {
		return err
	}
	err = r.Applier.Prune(ctx, p, keep, client.MatchingLabels(render.OllamaPods(p)),
		&appsv1.StatefulSetList{}, &corev1.ServiceList{}, &networkingv1.NetworkPolicyList{}, &corev1.ServiceAccountList{})
	return cmp.Or(err, mistake)
}
