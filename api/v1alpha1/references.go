package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// ObjectName is the name of a Kubernetes object.
//
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=253
// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$`
type ObjectName string

// Namespace is the name of a Kubernetes namespace.
//
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=63
// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`
type Namespace string

// ModelName is the name of a model as a client or a provider writes it: `gpt-4o-mini`, `llama3.2:3b`, `team-a/chat`.
//
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=256
// +kubebuilder:validation:Pattern=`^[A-Za-z0-9]([-A-Za-z0-9._:/@+]*[A-Za-z0-9])?$`
type ModelName string

// SecretKeyReference names one entry of a Secret in the namespace of the object that refers to it. There is no namespace
// field: a Secret is never read across namespaces.
type SecretKeyReference struct {
	// name of the Secret.
	// +required
	Name ObjectName `json:"name,omitempty"`
	// key is the entry of the Secret.
	// +optional
	// +default="api-key"
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:Pattern=`^[-._a-zA-Z0-9]+$`
	Key string `json:"key,omitempty"`
}

// SecretReference names a Secret in the namespace of the object that refers to it.
type SecretReference struct {
	// name of the Secret.
	// +required
	Name ObjectName `json:"name,omitempty"`
}

// ProviderReference names a ModelProvider. In another namespace than the alias's own it is followed only where the provider's
// allowedNamespaces admits the alias's namespace and the gateway's.
type ProviderReference struct {
	// name of the ModelProvider.
	// +required
	Name ObjectName `json:"name,omitempty"`
	// namespace of the ModelProvider; the alias's own when absent.
	// +optional
	Namespace Namespace `json:"namespace,omitempty"`
}

// GatewayReference names a Gateway. In another namespace than that of the object that refers to it, it is followed only where the
// gateway's allowedNamespaces admits that namespace.
type GatewayReference struct {
	// name of the Gateway.
	// +required
	Name ObjectName `json:"name,omitempty"`
	// namespace of the Gateway; the object's own when absent.
	// +optional
	Namespace Namespace `json:"namespace,omitempty"`
}

// NamespacesFrom says which namespaces a NamespacePolicy admits.
//
// +kubebuilder:validation:Enum=Same;All;Selector
type NamespacesFrom string

// Values of NamespacesFrom.
const (
	// NamespacesSame admits only the namespace of the object that carries the policy.
	NamespacesSame NamespacesFrom = "Same"
	// NamespacesAll admits every namespace.
	NamespacesAll NamespacesFrom = "All"
	// NamespacesSelector admits the namespaces whose labels match the policy's selector.
	NamespacesSelector NamespacesFrom = "Selector"
)

// NamespacePolicy is the consent of an object to being referred to from other namespaces.
//
// +kubebuilder:validation:XValidation:rule="(self.from == 'Selector') == has(self.selector)",message="selector must be set if and only if from is Selector"
type NamespacePolicy struct {
	// from says which namespaces may refer to this object: Same (the default), All, or those that match selector.
	// +optional
	// +default="Same"
	From NamespacesFrom `json:"from,omitempty"`
	// selector matches the labels of namespaces; every namespace carries the label kubernetes.io/metadata.name.
	// +optional
	Selector *metav1.LabelSelector `json:"selector,omitempty"`
}
