package v1alpha1

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Gateway is one OpenAI-compatible endpoint: a Deployment of gateway replicas, its Service, and the Redis and PostgreSQL that
// it was told to use.
//
// Other APIs have a kind of the same name; `kubectl get gateways.fairlead.dev` or `kubectl get fgw` always means this one.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:subresource:scale:specpath=.spec.replicas,statuspath=.status.replicas,selectorpath=.status.selector
// +kubebuilder:resource:shortName=fgw,categories=fairlead
// +kubebuilder:printcolumn:name="Address",type=string,JSONPath=`.status.address`
// +kubebuilder:printcolumn:name="Aliases",type=integer,JSONPath=`.status.attachedAliases`
// +kubebuilder:printcolumn:name="Programmed",type=string,JSONPath=`.status.programmed`
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="Reason",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].reason`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:validation:XValidation:rule="size(self.metadata.name) <= 43",message="metadata.name must be no more than 43 characters: it is used in the names of child objects"
// +kubebuilder:validation:XValidation:rule="!self.metadata.name.contains('.')",message="metadata.name must not contain a dot: it is the name of a Service"
type Gateway struct {
	metav1.TypeMeta `json:",inline"`
	// metadata is the standard object's metadata.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitempty"`
	// spec is what a person wants.
	// +optional
	Spec GatewaySpec `json:"spec,omitempty"`
	// status is what the operator observed and compiled.
	// +optional
	// +kubebuilder:default={conditions: {{type: "Accepted", status: "Unknown", reason: "Pending", message: "Waiting for the operator", lastTransitionTime: "1970-01-01T00:00:00Z"}, {type: "ResolvedRefs", status: "Unknown", reason: "Pending", message: "Waiting for the operator", lastTransitionTime: "1970-01-01T00:00:00Z"}, {type: "RedisReady", status: "Unknown", reason: "Pending", message: "Waiting for the operator", lastTransitionTime: "1970-01-01T00:00:00Z"}, {type: "PostgresReady", status: "Unknown", reason: "Pending", message: "Waiting for the operator", lastTransitionTime: "1970-01-01T00:00:00Z"}, {type: "Programmed", status: "Unknown", reason: "Pending", message: "Waiting for the operator", lastTransitionTime: "1970-01-01T00:00:00Z"}, {type: "Ready", status: "Unknown", reason: "Pending", message: "Waiting for the operator", lastTransitionTime: "1970-01-01T00:00:00Z"}}}
	Status GatewayStatus `json:"status,omitempty"`
}

// GatewayList is a list of Gateways.
//
// +kubebuilder:object:root=true
type GatewayList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []Gateway `json:"items"`
}

// GatewaySpec is what a person wants of a Gateway. Every field has a default: an empty spec is a working gateway.
type GatewaySpec struct {
	// replicas is the number of gateway Pods.
	// +optional
	// +default=2
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=1000
	Replicas *int32 `json:"replicas,omitempty"`
	// autoscaling lets a HorizontalPodAutoscaler choose the number of Pods; replicas is not looked at then. When it goes, the number
	// is replicas again.
	// +optional
	Autoscaling *Autoscaling `json:"autoscaling,omitempty"`
	// allowedNamespaces says whose aliases and keys may attach. Its own namespace when absent.
	// +optional
	AllowedNamespaces *NamespacePolicy `json:"allowedNamespaces,omitempty"`
	// keys says who may call.
	// +optional
	// +default={}
	Keys Keys `json:"keys,omitempty"`
	// defaults apply to every alias that does not say otherwise.
	// +optional
	Defaults *GatewayDefaults `json:"defaults,omitempty"`
	// redis is the Redis that the replicas share. The gateway serves without it.
	// +optional
	// +default={"mode":"Disabled"}
	// +kubebuilder:validation:XValidation:rule="self.mode != 'CloudNativePG'",message="mode CloudNativePG is for postgres only"
	// +kubebuilder:validation:XValidation:rule="!has(self.external) || !has(self.external.sentinel) || !has(self.external.cluster) || !self.external.cluster",message="external.sentinel and external.cluster exclude each other"
	Redis *Store `json:"redis,omitempty"`
	// postgres is the PostgreSQL that the replicas share. The gateway serves without it.
	// +optional
	// +default={"mode":"Disabled"}
	Postgres *Postgres `json:"postgres,omitempty"`
	// budgets of this gateway's keys and users. They need postgres.
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=32
	Budgets []GatewayBudget `json:"budgets,omitempty"`
	// usage says how the ledger of usage is kept. There is one where postgres is.
	// +optional
	Usage *Usage `json:"usage,omitempty"`
	// service is the Service that clients call.
	// +optional
	// +default={}
	Service Service `json:"service,omitempty"`
	// tls makes the replicas answer over https. Plain http when absent.
	// +optional
	TLS *ListenerTLS `json:"tls,omitempty"`
	// ingress leads to the Service from outside the cluster. There is none when absent.
	// +optional
	Ingress *Ingress `json:"ingress,omitempty"`
	// httpRoute attaches the Service to Gateways of the Gateway API, where its definitions are installed. There is none when absent.
	// +optional
	HTTPRoute *HTTPRoute `json:"httpRoute,omitempty"`
	// cors says which web pages may call the gateway from a browser. None when absent.
	// +optional
	CORS *CORS `json:"cors,omitempty"`
	// monitoring are objects for Prometheus and Grafana. There are none when absent.
	// +optional
	Monitoring *Monitoring `json:"monitoring,omitempty"`
	// networkPolicy says whether NetworkPolicies guard the gateway and its stores, and whom they let in.
	// +optional
	// +default={}
	NetworkPolicy NetworkPolicy `json:"networkPolicy,omitempty"`
	// podDisruptionBudget says whether voluntary disruptions take one gateway Pod at a time.
	// +optional
	// +default={}
	PodDisruptionBudget Guard `json:"podDisruptionBudget,omitempty"`
	// image of the gateway; the operator's own when absent.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=512
	Image string `json:"image,omitempty"`
	// topologySpreadConstraints of the gateway Pods. When absent, they are spread over nodes and zones as far as that is possible.
	// Where a constraint has no labelSelector, it is about the Pods of this gateway.
	// +optional
	// +listType=map
	// +listMapKey=topologyKey
	// +listMapKey=whenUnsatisfiable
	// +kubebuilder:validation:MaxItems=8
	TopologySpreadConstraints []corev1.TopologySpreadConstraint `json:"topologySpreadConstraints,omitempty"`
	// Placement of the gateway Pods.
	Placement `json:",inline"`
}

// KeysMode says whether a key is needed to call a gateway.
//
// +kubebuilder:validation:Enum=Required;Optional
type KeysMode string

// Values of KeysMode.
const (
	// KeysRequired answers 401 to a request without a valid key.
	KeysRequired KeysMode = "Required"
	// KeysOptional serves a request without a key. One that brings a wrong key is answered 401 all the same.
	KeysOptional KeysMode = "Optional"
)

// Keys says who may call a gateway.
type Keys struct {
	// mode is Required (the default) or Optional.
	// +optional
	// +default="Required"
	Mode KeysMode `json:"mode,omitempty"`
	// masterKeySecretRef names the entry that holds the master key. When absent, the operator makes a Secret
	// `<gateway>-master-key` with a random key under `api-key`, once.
	// +optional
	MasterKeySecretRef *SecretKeyReference `json:"masterKeySecretRef,omitempty"`
	// userTokenSecretRef names the entry that holds the secret with which Open WebUI signs who its users are
	// (FORWARD_USER_INFO_HEADER_JWT_SECRET there), at least 32 bytes. A token that it signed is trusted with every key; without it no
	// token is looked at.
	// +optional
	UserTokenSecretRef *SecretKeyReference `json:"userTokenSecretRef,omitempty"`
}

// BudgetPer says what a gateway's budget counts apart.
//
// +kubebuilder:validation:Enum=Selection;Key;User
type BudgetPer string

// Values of BudgetPer.
const (
	// BudgetPerSelection is one budget for all selected keys together.
	BudgetPerSelection BudgetPer = "Selection"
	// BudgetPerKey is a budget of its own for each selected key.
	BudgetPerKey BudgetPer = "Key"
	// BudgetPerUser is a budget of its own for each end user of the selected keys, whichever key a user calls with.
	BudgetPerUser BudgetPer = "User"
)

// GatewayBudget bounds what the keys of a gateway may spend.
type GatewayBudget struct {
	// name of the budget, unique at the gateway. Errors and metrics say it.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`
	Name string `json:"name,omitempty"`
	// per says what is counted apart.
	// +optional
	// +default="Selection"
	Per BudgetPer `json:"per,omitempty"`
	// keySelector selects GatewayKeys by their labels. All keys when absent.
	// +optional
	KeySelector *metav1.LabelSelector `json:"keySelector,omitempty"`
	// Budget is the amount, its window and what happens when it is spent.
	Budget `json:",inline"`
}

// BacklogAction says what happens to calls when the ledger's backlog on disk is full.
//
// +kubebuilder:validation:Enum=Reject;ServeUnmetered
type BacklogAction string

// Values of BacklogAction.
const (
	// BacklogReject answers 503 until there is room: nothing is served that is not accounted for.
	BacklogReject BacklogAction = "Reject"
	// BacklogServeUnmetered serves without a record, and counts such calls in a metric.
	BacklogServeUnmetered BacklogAction = "ServeUnmetered"
)

// Usage says how the ledger of usage is kept.
//
// +kubebuilder:validation:MinProperties=1
type Usage struct {
	// retentionMonths is for how many whole months back events are kept in PostgreSQL. Built-in: 12.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=120
	RetentionMonths *int32 `json:"retentionMonths,omitempty"`
	// maxBacklogBytes bounds what each replica keeps on disk while PostgreSQL is away. Built-in: 268435456, which is some 500,000 calls.
	// +optional
	// +kubebuilder:validation:Minimum=1048576
	// +kubebuilder:validation:Maximum=1099511627776
	MaxBacklogBytes *int64 `json:"maxBacklogBytes,omitempty"`
	// onBacklogFull says what happens then. Built-in: ServeUnmetered.
	// +optional
	OnBacklogFull BacklogAction `json:"onBacklogFull,omitempty"`
}

// GatewayDefaults apply to every alias of a gateway that does not say otherwise.
//
// +kubebuilder:validation:MinProperties=1
type GatewayDefaults struct {
	// timeouts where neither the alias nor the provider says otherwise.
	// +optional
	Timeouts *Timeouts `json:"timeouts,omitempty"`
	// retry where the alias does not say otherwise.
	// +optional
	Retry *Retry `json:"retry,omitempty"`
	// cache where the alias does not say otherwise.
	// +optional
	Cache *CachePolicy `json:"cache,omitempty"`
}

// ServiceType is the type of a gateway's Service.
//
// +kubebuilder:validation:Enum=ClusterIP;NodePort;LoadBalancer
type ServiceType string

// Service is the Service that clients call.
//
// +kubebuilder:validation:XValidation:rule="!has(self.nodePort) || (has(self.type) && self.type != 'ClusterIP')",message="nodePort may be set only when type is NodePort or LoadBalancer"
// +kubebuilder:validation:XValidation:rule="!has(self.externalTrafficPolicy) || (has(self.type) && self.type != 'ClusterIP')",message="externalTrafficPolicy may be set only when type is NodePort or LoadBalancer"
// +kubebuilder:validation:XValidation:rule="!has(self.loadBalancerClass) || (has(self.type) && self.type == 'LoadBalancer')",message="loadBalancerClass may be set only when type is LoadBalancer"
type Service struct {
	// type of the Service. A gateway outside the cluster's network needs TLS: its own, or of what is in front of it.
	// +optional
	// +default="ClusterIP"
	Type ServiceType `json:"type,omitempty"`
	// port of the Service.
	// +optional
	// +default=4000
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=65535
	Port int32 `json:"port,omitempty"`
	// nodePort of the Service, where its type has one; the cluster's choice when absent.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=65535
	NodePort int32 `json:"nodePort,omitempty"`
	// annotations of the Service: how a cloud's load balancer is told what it shall be.
	// +optional
	// +kubebuilder:validation:MaxProperties=32
	Annotations map[string]string `json:"annotations,omitempty"`
	// loadBalancerClass says who provides the load balancer.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	LoadBalancerClass *string `json:"loadBalancerClass,omitempty"`
	// externalTrafficPolicy Local keeps the address of the client, and leads to Pods of the node that it reached only.
	// +optional
	// +kubebuilder:validation:Enum=Cluster;Local
	ExternalTrafficPolicy corev1.ServiceExternalTrafficPolicy `json:"externalTrafficPolicy,omitempty"`
}

// GuardMode says who looks after a protective object.
//
// +kubebuilder:validation:Enum=Managed;Disabled
type GuardMode string

// Values of GuardMode.
const (
	// GuardManaged: the operator keeps the object.
	GuardManaged GuardMode = "Managed"
	// GuardDisabled: there is none.
	GuardDisabled GuardMode = "Disabled"
)

// Guard is a protective object that the operator keeps unless it is told not to.
type Guard struct {
	// mode is Managed (the default) or Disabled.
	// +optional
	// +default="Managed"
	Mode GuardMode `json:"mode,omitempty"`
}

// Placement says where Pods run and what they may use. It is deliberately not a Pod template: what the operator must
// guarantee about its Pods (security, probes, volumes) cannot be edited away.
type Placement struct {
	// resources of the main container.
	// +optional
	Resources *corev1.ResourceRequirements `json:"resources,omitempty"`
	// nodeSelector of the Pods.
	// +optional
	// +kubebuilder:validation:MaxProperties=32
	NodeSelector map[string]string `json:"nodeSelector,omitempty"`
	// tolerations of the Pods.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=32
	Tolerations []corev1.Toleration `json:"tolerations,omitempty"`
	// priorityClassName of the Pods.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	PriorityClassName string `json:"priorityClassName,omitempty"`
	// imagePullSecrets name Secrets of the object's namespace that its images are pulled with.
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=8
	ImagePullSecrets []SecretReference `json:"imagePullSecrets,omitempty"`
}

// GatewayStatus is what the operator observed and compiled. Its size does not depend on the number of aliases.
type GatewayStatus struct {
	// observedGeneration is the generation that this status was made from.
	// +optional
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`
	// conditions are Accepted, ResolvedRefs, RedisReady, PostgresReady, Programmed and Ready.
	// +optional
	// +listType=map
	// +listMapKey=type
	// +kubebuilder:validation:MaxItems=8
	Conditions []metav1.Condition `json:"conditions,omitempty"`
	// address is the base URL for clients inside the cluster, as OPENAI_BASE_URL takes it.
	// +optional
	// +kubebuilder:validation:MaxLength=512
	Address string `json:"address,omitempty"`
	// attachedAliases counts the aliases that this gateway accepted.
	// +optional
	// +default=0
	AttachedAliases int32 `json:"attachedAliases"`
	// rejectedAliases counts the aliases that name this gateway and were not accepted.
	// +optional
	RejectedAliases int32 `json:"rejectedAliases"`
	// replicas is the number of gateway Pods.
	// +optional
	Replicas int32 `json:"replicas"`
	// readyReplicas is the number of ready gateway Pods.
	// +optional
	ReadyReplicas int32 `json:"readyReplicas"`
	// programmedReplicas is the number of ready gateway Pods that serve the configuration of this generation.
	// +optional
	ProgrammedReplicas int32 `json:"programmedReplicas"`
	// programmed is programmedReplicas/replicas, for a printer column.
	// +optional
	// +kubebuilder:validation:MaxLength=16
	Programmed string `json:"programmed,omitempty"`
	// selector selects the gateway Pods, for the scale subresource.
	// +optional
	// +kubebuilder:validation:MaxLength=1024
	Selector string `json:"selector,omitempty"`
	// redis is what is known of a managed Redis.
	// +optional
	Redis *RedisStatus `json:"redis,omitempty"`
	// postgres is what is known of a managed PostgreSQL.
	// +optional
	Postgres *PostgresStatus `json:"postgres,omitempty"`
	// credentialsVersion is the resourceVersion of the credentials Secret that the replicas are to have read. A replica gets
	// the Secret by name when this changes: it may neither list nor watch Secrets.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	CredentialsVersion string `json:"credentialsVersion,omitempty"`
	// config is what the data plane applies to every request. Absent means: not served.
	// +optional
	Config *GatewayConfig `json:"config,omitempty"`
}

// GatewayConfig is the compiled configuration of a gateway.
type GatewayConfig struct {
	// revision is a digest of the other fields.
	// +required
	// +kubebuilder:validation:MaxLength=71
	Revision string `json:"revision,omitempty"`
	// keysMode says whether a request needs a key.
	// +required
	KeysMode KeysMode `json:"keysMode,omitempty"`
	// replicas is the number of gateway Pods that were asked for: what each takes for its share of a limit while Redis is away.
	// +optional
	Replicas int32 `json:"replicas,omitempty"`
	// redis says that the credentials Secret holds the URI of a Redis under CredentialRedis.
	// +optional
	Redis bool `json:"redis,omitempty"`
	// postgres says that it holds that of a PostgreSQL under CredentialPostgres.
	// +optional
	Postgres bool `json:"postgres,omitempty"`
	// budgets of keys and users.
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=32
	Budgets []GatewayBudget `json:"budgets,omitempty"`
	// usage says how the ledger is kept; every value is set where postgres is.
	// +optional
	Usage *Usage `json:"usage,omitempty"`
	// tls says that the replicas answer over https, with the certificate in the credentials Secret.
	// +optional
	TLS bool `json:"tls,omitempty"`
	// cors says which web pages may call. None when absent.
	// +optional
	CORS *CORS `json:"cors,omitempty"`
	// allowedNetworks are private networks, in CIDR notation, that upstreams may be in. The cluster's administrator says which.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=64
	AllowedNetworks []CIDR `json:"allowedNetworks,omitempty"`
}

// CIDR is a network in CIDR notation: `10.0.0.0/8`, `fd00::/8`.
//
// +kubebuilder:validation:MinLength=3
// +kubebuilder:validation:MaxLength=43
type CIDR string
