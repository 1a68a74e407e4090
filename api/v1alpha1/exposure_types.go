package v1alpha1

import networkingv1 "k8s.io/api/networking/v1"

// Autoscaling bounds what a HorizontalPodAutoscaler chooses from, and says what it goes by: exactly one target.
//
// +kubebuilder:validation:XValidation:rule="!has(self.minReplicas) || self.minReplicas <= self.maxReplicas",message="minReplicas must not be more than maxReplicas"
// +kubebuilder:validation:XValidation:rule="!(has(self.targetCPUUtilization) && has(self.targetInFlight))",message="targetCPUUtilization and targetInFlight exclude each other"
type Autoscaling struct {
	// minReplicas is the least number of Pods.
	// +optional
	// +default=2
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=1000
	MinReplicas *int32 `json:"minReplicas,omitempty"`
	// maxReplicas is the greatest number of Pods.
	// +required
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=1000
	MaxReplicas int32 `json:"maxReplicas,omitempty"`
	// targetCPUUtilization is the average use of CPU to keep, in percent of what a Pod requests. Built-in, where no target is given: 70.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=1000
	TargetCPUUtilization *int32 `json:"targetCPUUtilization,omitempty"`
	// targetInFlight is the average number of requests under way in a Pod to keep. It needs an adapter that serves the gateways'
	// metric fairlead_requests_in_flight as a metric of Pods, such as the Prometheus adapter.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=1000000
	TargetInFlight *int32 `json:"targetInFlight,omitempty"`
}

// ListenerTLS names the certificate that clients see. A new one is taken up without a restart.
type ListenerTLS struct {
	// secretRef names a Secret of type kubernetes.io/tls, with the entries tls.crt and tls.key.
	// +required
	SecretRef SecretReference `json:"secretRef,omitzero"`
}

// Hostname is a DNS name, of which the first label may be an asterisk.
//
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=253
// +kubebuilder:validation:Pattern=`^(\*\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$`
type Hostname string

// Ingress leads to a gateway from outside the cluster.
type Ingress struct {
	// className is the IngressClass; the cluster's default when absent.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	ClassName *string `json:"className,omitempty"`
	// hosts that lead to the gateway.
	// +required
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=16
	Hosts []Hostname `json:"hosts,omitempty"`
	// tlsSecretName names the Secret with the certificate that the ingress controller answers with. It answers without TLS when absent.
	// +optional
	TLSSecretName ObjectName `json:"tlsSecretName,omitempty"`
	// annotations of the Ingress. Those that keep the controllers in wide use from buffering streams and from cutting long answers are
	// there without being asked for; an annotation of the same name wins over them.
	// +optional
	// +kubebuilder:validation:MaxProperties=32
	Annotations map[string]string `json:"annotations,omitempty"`
}

// HTTPRoute attaches a gateway to Gateways of the Gateway API.
type HTTPRoute struct {
	// parentRefs are the Gateways of gateway.networking.k8s.io to attach to.
	// +required
	// +listType=atomic
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=8
	ParentRefs []ParentReference `json:"parentRefs,omitempty"`
	// hostnames that lead to the gateway; all of the parents' when absent.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=16
	Hostnames []Hostname `json:"hostnames,omitempty"`
}

// ParentReference names a Gateway of the Gateway API.
type ParentReference struct {
	// name of the Gateway.
	// +required
	Name ObjectName `json:"name,omitempty"`
	// namespace of the Gateway; the object's own when absent. Its listeners have to admit routes from here.
	// +optional
	Namespace Namespace `json:"namespace,omitempty"`
	// sectionName is the listener to attach to; every one that fits when absent.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	SectionName string `json:"sectionName,omitempty"`
}

// CORS says which web pages may call a gateway from a browser.
type CORS struct {
	// allowOrigins are origins as a browser sends them, `https://chat.example.com`; the first label of the host may be an asterisk,
	// and `*` alone is every page there is.
	// +required
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=32
	// +kubebuilder:validation:items:MinLength=1
	// +kubebuilder:validation:items:MaxLength=300
	// +kubebuilder:validation:items:Pattern=`^(\*|https?://(\*\.)?[A-Za-z0-9]([-A-Za-z0-9.]*[A-Za-z0-9])?(:[0-9]{1,5})?)$`
	AllowOrigins []string `json:"allowOrigins,omitempty"`
	// maxAge is how long a browser may remember the answer. Built-in: 10m.
	// +optional
	MaxAge Duration `json:"maxAge,omitempty"`
}

// Monitoring are objects for Prometheus and Grafana. Where the definition of one is not installed in the cluster, it is left out until it
// is.
type Monitoring struct {
	// podMonitor has the Prometheus operator collect the metrics of the gateway Pods.
	// +optional
	PodMonitor *Monitor `json:"podMonitor,omitempty"`
	// prometheusRule gives it alerts.
	// +optional
	PrometheusRule *Monitor `json:"prometheusRule,omitempty"`
	// grafanaDashboard is a ConfigMap that Grafana's sidecar picks up.
	// +optional
	GrafanaDashboard *Monitor `json:"grafanaDashboard,omitempty"`
}

// Monitor is an object for Prometheus or Grafana.
type Monitor struct {
	// mode is Managed (the default) or Disabled.
	// +optional
	// +default="Managed"
	Mode GuardMode `json:"mode,omitempty"`
	// labels of the object, besides its own: what a Prometheus or a Grafana selects it by.
	// +optional
	// +kubebuilder:validation:MaxProperties=32
	Labels map[string]string `json:"labels,omitempty"`
}

// NetworkPolicy says whether NetworkPolicies guard a gateway and its stores, and whom they let in. Whatever is not named is kept out, in
// both directions.
type NetworkPolicy struct {
	// mode is Managed (the default) or Disabled.
	// +optional
	// +default="Managed"
	Mode GuardMode `json:"mode,omitempty"`
	// clients may call the gateway. Everybody may when absent.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=16
	Clients []networkingv1.NetworkPolicyPeer `json:"clients,omitempty"`
	// monitors may read the metrics. When absent these are Pods of any namespace that the label app.kubernetes.io/name calls
	// prometheus, vmagent, victoria-metrics-agent, alloy, grafana-agent or opentelemetry-collector.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=16
	Monitors []networkingv1.NetworkPolicyPeer `json:"monitors,omitempty"`
	// egress that the gateway is allowed besides what it needs by itself: names, the API server, its stores, and the ports of the
	// upstreams that its aliases lead to.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=16
	Egress []networkingv1.NetworkPolicyEgressRule `json:"egress,omitempty"`
}
