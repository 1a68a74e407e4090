package render

import (
	"maps"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

// The recommended labels of Kubernetes.
const (
	labelName      = "app.kubernetes.io/name"
	labelInstance  = "app.kubernetes.io/instance"
	labelComponent = "app.kubernetes.io/component"
	labelPartOf    = "app.kubernetes.io/part-of"
	// LabelManagedBy is on everything that the operator writes; its caches hold nothing else of these kinds.
	LabelManagedBy = "app.kubernetes.io/managed-by"
	// ManagedBy is the value of LabelManagedBy, and of the part-of label.
	ManagedBy = "fairlead"
)

// Components of the product, as their label says.
const (
	componentGateway  = "gateway"
	componentRedis    = "redis"
	componentPostgres = "postgres"
	componentBackup   = "postgres-backup"
	componentOllama   = "ollama"
	componentOperator = "operator"
)

// selectorOf selects the Pods of one component of one object.
func selectorOf(component, instance string) map[string]string {
	return map[string]string{labelComponent: component, labelInstance: instance, LabelManagedBy: ManagedBy}
}

// labelsOf are the labels of every object of one component.
func labelsOf(component, instance string) map[string]string {
	l := selectorOf(component, instance)
	l[labelName] = component
	l[labelPartOf] = ManagedBy
	return l
}

// gatewayLabels add the name of the Gateway, which Pods and everything that belongs to a Gateway carries.
func gatewayLabels(component string, g *v1alpha1.Gateway) map[string]string {
	l := labelsOf(component, g.Name)
	l[v1alpha1.LabelGateway] = g.Name
	return l
}

// GatewayPods selects the Pods of a Gateway.
func GatewayPods(g *v1alpha1.Gateway) map[string]string { return selectorOf(componentGateway, g.Name) }

// OllamaPods selects the Pods of a managed Ollama.
func OllamaPods(p *v1alpha1.ModelProvider) map[string]string {
	return selectorOf(componentOllama, p.Name)
}

func meta(namespace, name string, labels map[string]string) metav1.ObjectMeta {
	return metav1.ObjectMeta{Namespace: namespace, Name: name, Labels: maps.Clone(labels)}
}

// ProviderOfPod returns the name of the ModelProvider whose managed Ollama a Pod with these labels belongs to, or nothing.
func ProviderOfPod(labels map[string]string) string {
	if labels[labelComponent] != componentOllama {
		return ""
	}
	return labels[labelInstance]
}
