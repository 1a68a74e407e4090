package operator

import (
	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/selection"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/render"
)

// cacheOptions keep in memory only what is the operator's business: of the built-in kinds nothing but what it made, and of
// every object only what is looked at.
func cacheOptions(namespaces []string) cache.Options {
	made := cache.ByObject{Label: labels.SelectorFromSet(labels.Set{render.LabelManagedBy: render.ManagedBy})}
	pods := made
	pods.Transform = stripPod
	options := cache.Options{
		DefaultTransform: cache.TransformStripManagedFields(),
		ByObject: map[client.Object]cache.ByObject{
			&appsv1.Deployment{}:                     made,
			&appsv1.StatefulSet{}:                    made,
			&corev1.Service{}:                        made,
			&corev1.PersistentVolumeClaim{}:          made,
			&batchv1.CronJob{}:                       made,
			&batchv1.Job{}:                           made,
			&corev1.ServiceAccount{}:                 made,
			&networkingv1.NetworkPolicy{}:            made,
			&policyv1.PodDisruptionBudget{}:          made,
			&networkingv1.Ingress{}:                  made,
			&autoscalingv2.HorizontalPodAutoscaler{}: made,
			&rbacv1.Role{}:                           made,
			&rbacv1.RoleBinding{}:                    made,
			&rbacv1.ClusterRoleBinding{}:             made,
			&corev1.Pod{}:                            pods,
			&coordinationv1.Lease{}:                  {Label: ofGateways()},
		},
	}
	for _, namespace := range namespaces {
		if options.DefaultNamespaces == nil {
			options.DefaultNamespaces = map[string]cache.Config{}
		}
		options.DefaultNamespaces[namespace] = cache.Config{}
	}
	return options
}

// ofGateways selects what carries the name of a gateway, whatever it is.
func ofGateways() labels.Selector {
	exists, err := labels.NewRequirement(v1alpha1.LabelGateway, selection.Exists, nil)
	if err != nil {
		return labels.Nothing()
	}
	return labels.NewSelector().Add(*exists)
}

// stripPod drops what nobody here looks at: of a Pod only its names and its status count.
func stripPod(o any) (any, error) {
	if p, ok := o.(*corev1.Pod); ok {
		p.ManagedFields, p.Spec = nil, corev1.PodSpec{}
	}
	return o, nil
}
