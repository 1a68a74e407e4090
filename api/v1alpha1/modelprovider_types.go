package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// ModelProvider is one upstream: a hosted API, a server of yours, or an Ollama that the operator runs and fills.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:subresource:scale:specpath=.spec.ollama.managed.replicas,statuspath=.status.replicas,selectorpath=.status.selector
// +kubebuilder:resource:shortName=mprov,categories=fairlead
// +kubebuilder:printcolumn:name="Type",type=string,JSONPath=`.spec.type`
// +kubebuilder:printcolumn:name="Endpoint",type=string,JSONPath=`.status.endpoint.url`,priority=1
// +kubebuilder:printcolumn:name="Models",type=string,JSONPath=`.status.modelsReady`
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="Reason",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].reason`
// +kubebuilder:printcolumn:name="Progress",type=string,JSONPath=`.status.progress`,priority=1
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:validation:XValidation:rule="size(self.metadata.name) <= 45",message="metadata.name must be no more than 45 characters: it is used in the names of child objects"
// +kubebuilder:validation:XValidation:rule="!self.metadata.name.contains('.')",message="metadata.name must not contain a dot: it is used in the name of a Service"
type ModelProvider struct {
	metav1.TypeMeta `json:",inline"`
	// metadata is the standard object's metadata.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitempty"`
	// spec is what a person wants.
	// +required
	Spec ModelProviderSpec `json:"spec,omitzero"`
	// status is what the operator observed and compiled.
	// +optional
	// +kubebuilder:default={conditions: {{type: "Accepted", status: "Unknown", reason: "Pending", message: "Waiting for the operator", lastTransitionTime: "1970-01-01T00:00:00Z"}, {type: "ResolvedRefs", status: "Unknown", reason: "Pending", message: "Waiting for the operator", lastTransitionTime: "1970-01-01T00:00:00Z"}, {type: "ModelsAvailable", status: "Unknown", reason: "Pending", message: "Waiting for the operator", lastTransitionTime: "1970-01-01T00:00:00Z"}, {type: "Ready", status: "Unknown", reason: "Pending", message: "Waiting for the operator", lastTransitionTime: "1970-01-01T00:00:00Z"}}}
	Status ModelProviderStatus `json:"status,omitempty"`
}

// ModelProviderList is a list of ModelProviders.
//
// +kubebuilder:object:root=true
type ModelProviderList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []ModelProvider `json:"items"`
}

// ProviderType is the kind of upstream that a ModelProvider stands for.
//
// +kubebuilder:validation:Enum=OpenAI;OpenAICompatible;Ollama
type ProviderType string

// Values of ProviderType.
const (
	// ProviderOpenAI is OpenAI's own API, at https://api.openai.com/v1 unless an endpoint says otherwise.
	ProviderOpenAI ProviderType = "OpenAI"
	// ProviderOpenAICompatible is any server that speaks OpenAI's API: vLLM, Groq, Mistral, DeepSeek, OpenRouter, ….
	ProviderOpenAICompatible ProviderType = "OpenAICompatible"
	// ProviderOllama is an Ollama, spoken to in its own protocol.
	ProviderOllama ProviderType = "Ollama"
)

// ModelProviderSpec is what a person wants of a ModelProvider.
//
// +kubebuilder:validation:XValidation:rule="self.type == oldSelf.type",message="type is immutable"
// +kubebuilder:validation:XValidation:rule="self.type == 'Ollama' || !has(self.ollama)",message="ollama may be set only when type is Ollama"
// +kubebuilder:validation:XValidation:rule="self.type != 'OpenAICompatible' || has(self.endpoint)",message="endpoint must be set when type is OpenAICompatible"
// +kubebuilder:validation:XValidation:rule="self.type != 'Ollama' || (has(self.endpoint) != (has(self.ollama) && has(self.ollama.managed)))",message="type Ollama needs exactly one of endpoint and ollama.managed"
// +kubebuilder:validation:XValidation:rule="!(has(self.auth) && has(self.ollama) && has(self.ollama.managed))",message="auth must not be set for a managed Ollama"
type ModelProviderSpec struct {
	// type of the upstream. It cannot be changed.
	// +required
	Type ProviderType `json:"type,omitempty"`
	// endpoint of an upstream that exists already.
	// +optional
	Endpoint *Endpoint `json:"endpoint,omitempty"`
	// auth says how the gateway authenticates to the upstream. Nothing is sent when it is absent.
	// +optional
	Auth *Auth `json:"auth,omitempty"`
	// ollama holds what is particular to type Ollama.
	// +optional
	Ollama *Ollama `json:"ollama,omitempty"`
	// allowedNamespaces says whose aliases may refer here. Its own namespace when absent. It has to admit the gateway's
	// namespace as well, because the credential goes there.
	// +optional
	AllowedNamespaces *NamespacePolicy `json:"allowedNamespaces,omitempty"`
	// defaults apply to every target of this provider whose alias does not say otherwise.
	// +optional
	Defaults *ProviderDefaults `json:"defaults,omitempty"`
}

// ProviderDefaults apply to every target of a provider whose alias does not say otherwise.
//
// +kubebuilder:validation:MinProperties=1
type ProviderDefaults struct {
	// timeouts of this provider's targets.
	// +optional
	Timeouts *Timeouts `json:"timeouts,omitempty"`
}

// Endpoint is the address of an upstream.
type Endpoint struct {
	// url is the base URL: for an OpenAI-compatible server what its own clients take as base URL, most often with /v1 at the
	// end; for an Ollama its root.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=512
	// +kubebuilder:validation:XValidation:rule="isURL(self) && url(self).getScheme() in ['http', 'https'] && url(self).getHostname() != ''",message="url must be an absolute http or https URL"
	// +kubebuilder:validation:XValidation:rule="!self.contains('@') && !self.contains('?') && !self.contains('#')",message="url must hold no user, query or fragment; a key belongs in auth.secretRef"
	URL string `json:"url,omitempty"`
	// caBundleSecretRef names the entry that holds the PEM certificates to trust instead of the system's.
	// +optional
	CABundleSecretRef *SecretKeyReference `json:"caBundleSecretRef,omitempty"`
	// headers are sent with every request to the upstream. They are not secret.
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=16
	Headers []Header `json:"headers,omitempty"`
}

// Header is one HTTP header that is sent upstream.
//
// +kubebuilder:validation:XValidation:rule="!(self.name.lowerAscii() in ['authorization', 'host', 'content-length', 'content-type', 'transfer-encoding', 'connection', 'accept-encoding'])",message="this header is set by the gateway itself; a key belongs in auth.secretRef"
type Header struct {
	// name of the header.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=64
	// +kubebuilder:validation:Pattern=`^[A-Za-z0-9!#$%&'*+.^_|~-]+$`
	Name string `json:"name,omitempty"`
	// value of the header.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=1024
	// +kubebuilder:validation:Pattern=`^[\x20-\x7e]+$`
	Value string `json:"value,omitempty"`
}

// Auth says how the gateway authenticates to an upstream.
type Auth struct {
	// secretRef names the entry that holds the API key.
	// +required
	SecretRef SecretKeyReference `json:"secretRef,omitzero"`
	// header that carries the key as it is. `Authorization: Bearer <key>` is sent when it is absent.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=64
	// +kubebuilder:validation:Pattern=`^[A-Za-z0-9!#$%&'*+.^_|~-]+$`
	Header string `json:"header,omitempty"`
}

// Protocol is the language that an upstream is spoken to in.
//
// +kubebuilder:validation:Enum=OpenAI;Ollama
type Protocol string

// Values of Protocol.
const (
	// ProtocolOpenAI is OpenAI's HTTP API.
	ProtocolOpenAI Protocol = "OpenAI"
	// ProtocolOllama is Ollama's own HTTP API.
	ProtocolOllama Protocol = "Ollama"
)

// ModelProviderStatus is what the operator observed and compiled.
type ModelProviderStatus struct {
	// observedGeneration is the generation that this status was made from.
	// +optional
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`
	// conditions are Accepted, ResolvedRefs, ModelsAvailable and Ready.
	// +optional
	// +listType=map
	// +listMapKey=type
	// +kubebuilder:validation:MaxItems=8
	Conditions []metav1.Condition `json:"conditions,omitempty"`
	// endpoint that the gateway calls. Absent means: not usable.
	// +optional
	Endpoint *ResolvedEndpoint `json:"endpoint,omitempty"`
	// modelsReady is models that are there / models of the spec, for a printer column.
	// +optional
	// +kubebuilder:validation:MaxLength=16
	ModelsReady string `json:"modelsReady,omitempty"`
	// progress names the model that is being pulled and how far it is, for a printer column.
	// +optional
	// +kubebuilder:validation:MaxLength=300
	Progress string `json:"progress,omitempty"`
	// models that the spec lists, in its order.
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=64
	Models []ModelStatus `json:"models,omitempty"`
	// replicas is the number of Pods of a managed server.
	// +optional
	Replicas int32 `json:"replicas,omitempty"`
	// readyReplicas is the number of ready Pods of a managed server.
	// +optional
	ReadyReplicas int32 `json:"readyReplicas,omitempty"`
	// selector selects the Pods of a managed server, for the scale subresource.
	// +optional
	// +kubebuilder:validation:MaxLength=1024
	Selector string `json:"selector,omitempty"`
}

// ResolvedEndpoint is how the gateway reaches an upstream. Secret values are not in it: it names entries of the gateway's
// credentials Secret.
type ResolvedEndpoint struct {
	// revision is a digest of the other fields.
	// +required
	// +kubebuilder:validation:MaxLength=71
	Revision string `json:"revision,omitempty"`
	// protocol that the upstream speaks.
	// +required
	Protocol Protocol `json:"protocol,omitempty"`
	// url is the base URL, without a slash at its end.
	// +required
	// +kubebuilder:validation:MaxLength=512
	URL string `json:"url,omitempty"`
	// headers to send.
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=16
	Headers []Header `json:"headers,omitempty"`
	// credentialKey is the entry of the credentials Secret that holds the API key.
	// +optional
	// +kubebuilder:validation:MaxLength=253
	CredentialKey string `json:"credentialKey,omitempty"`
	// credentialHeader carries the key as it is; a Bearer token in Authorization when empty.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	CredentialHeader string `json:"credentialHeader,omitempty"`
	// caBundleKey is the entry of the credentials Secret that holds the certificates to trust.
	// +optional
	// +kubebuilder:validation:MaxLength=253
	CABundleKey string `json:"caBundleKey,omitempty"`
}
