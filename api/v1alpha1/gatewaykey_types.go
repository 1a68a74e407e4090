package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// GatewayKey is one key that may call a gateway, and what it may do.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:shortName=fkey,categories=fairlead
// +kubebuilder:printcolumn:name="Gateway",type=string,JSONPath=`.spec.gatewayRef.name`
// +kubebuilder:printcolumn:name="Models",type=string,JSONPath=`.spec.allowedModels`
// +kubebuilder:printcolumn:name="Key ID",type=string,JSONPath=`.status.keyID`,priority=1
// +kubebuilder:printcolumn:name="Expires",type=string,JSONPath=`.spec.expiresAt`
// +kubebuilder:printcolumn:name="Programmed",type=string,JSONPath=`.status.conditions[?(@.type=="Programmed")].status`
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="Reason",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].reason`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
type GatewayKey struct {
	metav1.TypeMeta `json:",inline"`
	// metadata is the standard object's metadata. Budgets of a Gateway and allowedKeys of a ModelAlias select keys by its labels.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitempty"`
	// spec is what a person wants.
	// +required
	Spec GatewayKeySpec `json:"spec,omitzero"`
	// status is what the operator observed and compiled.
	// +optional
	// +kubebuilder:default={conditions: {{type: "Accepted", status: "Unknown", reason: "Pending", message: "Waiting for the operator", lastTransitionTime: "1970-01-01T00:00:00Z"}, {type: "ResolvedRefs", status: "Unknown", reason: "Pending", message: "Waiting for the operator", lastTransitionTime: "1970-01-01T00:00:00Z"}, {type: "Programmed", status: "Unknown", reason: "Pending", message: "Waiting for the operator", lastTransitionTime: "1970-01-01T00:00:00Z"}, {type: "Ready", status: "Unknown", reason: "Pending", message: "Waiting for the operator", lastTransitionTime: "1970-01-01T00:00:00Z"}}}
	Status GatewayKeyStatus `json:"status,omitempty"`
}

// GatewayKeyList is a list of GatewayKeys.
//
// +kubebuilder:object:root=true
type GatewayKeyList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []GatewayKey `json:"items"`
}

// KeyDigest is the HMAC-SHA256 of a key under the gateway's pepper, in lower-case hex. It opens nothing.
//
// +kubebuilder:validation:MaxLength=64
// +kubebuilder:validation:Pattern=`^[0-9a-f]{64}$`
type KeyDigest string

// GatewayKeySpec is what a person wants of a GatewayKey.
//
// +kubebuilder:validation:XValidation:rule="!(has(self.secretRef) && has(self.digest))",message="at most one of secretRef and digest may be set"
// +kubebuilder:validation:XValidation:rule="!has(self.rateLimits) || self.rateLimits.all(l, l.per in ['Key', 'User'])",message="the limits of a key are per Key or per User"
type GatewayKeySpec struct {
	// gatewayRef names the Gateway that the key may call.
	// +required
	GatewayRef GatewayReference `json:"gatewayRef,omitzero"`
	// secretRef names the entry that holds the key, of the same namespace: at least 20 characters, in one line. For an object that has
	// had no key yet the operator makes the Secret where there is none, once, with a random key; one that is deleted later is a key
	// that is revoked. The Secret of the object's own name, entry api-key, when neither secretRef nor digest is set.
	// +optional
	SecretRef *SecretKeyReference `json:"secretRef,omitempty"`
	// digest is of a key that nobody but its holder has: the gateway's /key/generate makes such objects.
	// +optional
	Digest KeyDigest `json:"digest,omitempty"`
	// allowedModels that the key may ask for: names that clients use, each exact or with one leading or trailing `*`. All when
	// absent.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=64
	AllowedModels []ModelPattern `json:"allowedModels,omitempty"`
	// rateLimits of the key.
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=8
	RateLimits []RateLimit `json:"rateLimits,omitempty"`
	// budget of the key. None when absent.
	// +optional
	Budget *Budget `json:"budget,omitempty"`
	// expiresAt is when the key stops to work. Never when absent.
	// +optional
	ExpiresAt *metav1.Time `json:"expiresAt,omitempty"`
	// trustUserHeaders says that whoever holds the key may say, in the headers that Open WebUI forwards, for which end user it calls.
	// +optional
	TrustUserHeaders bool `json:"trustUserHeaders,omitempty"`
	// owner is the user that calls with this key are accounted to where they name none: LiteLLM's user_id.
	// +optional
	// +kubebuilder:validation:MaxLength=256
	Owner string `json:"owner,omitempty"`
}

// ModelPattern is the name of a model as clients use it, exact or with one leading or trailing `*`: `chat`, `team-a/*`, `*`.
//
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=256
// +kubebuilder:validation:Pattern=`^(\*|\*?[A-Za-z0-9]([-A-Za-z0-9._:/@+]*[A-Za-z0-9])?|[A-Za-z0-9]([-A-Za-z0-9._:/@+]*)?\*|\*[-._:/@+][-A-Za-z0-9._:/@+]*)$`
type ModelPattern string

// GatewayKeyStatus is what the operator observed and compiled.
type GatewayKeyStatus struct {
	// observedGeneration is the generation that this status was made from.
	// +optional
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`
	// conditions are Accepted, ResolvedRefs, Programmed and Ready.
	// +optional
	// +listType=map
	// +listMapKey=type
	// +kubebuilder:validation:MaxItems=8
	Conditions []metav1.Condition `json:"conditions,omitempty"`
	// keyID names the key in logs, metrics and the ledger: the first 16 digits of its digest. It stays when the key is gone.
	// +optional
	// +kubebuilder:validation:MaxLength=16
	KeyID string `json:"keyID,omitempty"`
	// policy is what the data plane lets the key do. Absent means: the key does not work. After an edit that cannot be served it stays as
	// it was, and the conditions say so.
	// +optional
	Policy *KeyPolicy `json:"policy,omitempty"`
}

// KeyPolicy is the compiled form of a GatewayKey: every default applied, every reference resolved.
type KeyPolicy struct {
	// revision is a digest of the other fields.
	// +required
	// +kubebuilder:validation:MaxLength=71
	Revision string `json:"revision,omitempty"`
	// generation of the spec that this policy was compiled from.
	// +required
	// +kubebuilder:validation:Minimum=1
	Generation int64 `json:"generation,omitempty"`
	// gateway that the key may call, as namespace/name.
	// +required
	// +kubebuilder:validation:MaxLength=317
	Gateway string `json:"gateway,omitempty"`
	// digest that a key is recognised by.
	// +required
	Digest KeyDigest `json:"digest,omitempty"`
	// labels of the object, which budgets and aliases select by.
	// +optional
	// +kubebuilder:validation:MaxProperties=64
	Labels map[string]string `json:"labels,omitempty"`
	// allowedModels that the key may ask for; all when empty.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=64
	AllowedModels []ModelPattern `json:"allowedModels,omitempty"`
	// rateLimits of the key.
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=8
	RateLimits []RateLimit `json:"rateLimits,omitempty"`
	// budget of the key.
	// +optional
	Budget *Budget `json:"budget,omitempty"`
	// expiresAt is when the key stops to work. The data plane looks at it at each request.
	// +optional
	ExpiresAt *metav1.Time `json:"expiresAt,omitempty"`
	// trustUserHeaders says that headers name the end user.
	// +optional
	TrustUserHeaders bool `json:"trustUserHeaders,omitempty"`
	// owner is the user where a call names none.
	// +optional
	// +kubebuilder:validation:MaxLength=256
	Owner string `json:"owner,omitempty"`
}
