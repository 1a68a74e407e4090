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
// +kubebuilder:validation:Enum=OpenAI;OpenAICompatible;AzureOpenAI;Anthropic;Gemini;VertexAI;Bedrock;Ollama
type ProviderType string

// Values of ProviderType.
const (
	// ProviderOpenAI is OpenAI's own API, at https://api.openai.com/v1 unless an endpoint says otherwise.
	ProviderOpenAI ProviderType = "OpenAI"
	// ProviderOpenAICompatible is any server that speaks OpenAI's API: vLLM, Groq, Mistral, DeepSeek, OpenRouter, ….
	ProviderOpenAICompatible ProviderType = "OpenAICompatible"
	// ProviderAzureOpenAI is OpenAI's models on Azure, at the endpoint of a resource of yours.
	ProviderAzureOpenAI ProviderType = "AzureOpenAI"
	// ProviderAnthropic is Anthropic's own API, at https://api.anthropic.com unless an endpoint says otherwise.
	ProviderAnthropic ProviderType = "Anthropic"
	// ProviderGemini is the Gemini API of Google AI, at https://generativelanguage.googleapis.com unless an endpoint says otherwise.
	ProviderGemini ProviderType = "Gemini"
	// ProviderVertexAI is Google Cloud's Vertex AI, at the project and location in spec.vertexAI.
	ProviderVertexAI ProviderType = "VertexAI"
	// ProviderBedrock is Amazon Bedrock, in the region in spec.bedrock.
	ProviderBedrock ProviderType = "Bedrock"
	// ProviderOllama is an Ollama, spoken to in its own protocol.
	ProviderOllama ProviderType = "Ollama"
)

// ModelProviderSpec is what a person wants of a ModelProvider.
//
// +kubebuilder:validation:XValidation:rule="self.type == oldSelf.type",message="type is immutable"
// +kubebuilder:validation:XValidation:rule="self.type == 'Ollama' || !has(self.ollama)",message="ollama may be set only when type is Ollama"
// +kubebuilder:validation:XValidation:rule="!(self.type in ['OpenAICompatible', 'AzureOpenAI']) || has(self.endpoint)",message="endpoint must be set when type is OpenAICompatible or AzureOpenAI"
// +kubebuilder:validation:XValidation:rule="self.type != 'Ollama' || (has(self.endpoint) != (has(self.ollama) && has(self.ollama.managed)))",message="type Ollama needs exactly one of endpoint and ollama.managed"
// +kubebuilder:validation:XValidation:rule="!(has(self.auth) && has(self.ollama) && has(self.ollama.managed))",message="auth must not be set for a managed Ollama"
// +kubebuilder:validation:XValidation:rule="self.type == 'AzureOpenAI' || !has(self.azure)",message="azure may be set only when type is AzureOpenAI"
// +kubebuilder:validation:XValidation:rule="(self.type == 'VertexAI') == has(self.vertexAI)",message="vertexAI must be set if and only if type is VertexAI"
// +kubebuilder:validation:XValidation:rule="(self.type == 'Bedrock') == has(self.bedrock)",message="bedrock must be set if and only if type is Bedrock"
// +kubebuilder:validation:XValidation:rule="!has(self.auth) || self.auth.type != 'WorkloadIdentity' || self.type in ['VertexAI', 'Bedrock']",message="auth.type WorkloadIdentity is for types VertexAI and Bedrock only"
// +kubebuilder:validation:XValidation:rule="!(self.type in ['VertexAI', 'Bedrock']) || !has(self.auth) || !has(self.auth.header)",message="auth.header must not be set when type is VertexAI or Bedrock: their credentials go into Authorization"
type ModelProviderSpec struct {
	// type of the upstream. It cannot be changed.
	// +required
	Type ProviderType `json:"type,omitempty"`
	// endpoint of an upstream that exists already. The public one of the provider's own API when absent.
	// +optional
	Endpoint *Endpoint `json:"endpoint,omitempty"`
	// auth says how the gateway authenticates to the upstream. Nothing is sent when it is absent.
	// +optional
	Auth *Auth `json:"auth,omitempty"`
	// azure holds what is particular to type AzureOpenAI.
	// +optional
	Azure *Azure `json:"azure,omitempty"`
	// vertexAI says where type VertexAI is.
	// +optional
	VertexAI *VertexAI `json:"vertexAI,omitempty"`
	// bedrock says where type Bedrock is.
	// +optional
	Bedrock *Bedrock `json:"bedrock,omitempty"`
	// ollama holds what is particular to type Ollama.
	// +optional
	Ollama *Ollama `json:"ollama,omitempty"`
	// allowedNamespaces says whose aliases may refer here. Its own namespace when absent. It has to admit the gateway's
	// namespace as well, because the credential goes there.
	// +optional
	AllowedNamespaces *NamespacePolicy `json:"allowedNamespaces,omitempty"`
	// parameters says what happens to parameters of a request that this upstream cannot take. They are dropped when absent, and
	// the response names them.
	// +optional
	Parameters *Parameters `json:"parameters,omitempty"`
	// defaults apply to every target of this provider whose alias does not say otherwise.
	// +optional
	Defaults *ProviderDefaults `json:"defaults,omitempty"`
	// health says when this provider's models are passed over because they fail. The built-in values when absent.
	// +optional
	Health *Health `json:"health,omitempty"`
}

// ProviderDefaults apply to every target of a provider whose alias does not say otherwise.
//
// +kubebuilder:validation:MinProperties=1
type ProviderDefaults struct {
	// timeouts of this provider's targets.
	// +optional
	Timeouts *Timeouts `json:"timeouts,omitempty"`
}

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
	// servers of a managed Ollama that are ready, in the order of their names. Gateways call the endpoint where there are none.
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=100
	Servers []OllamaServer `json:"servers,omitempty"`
	// activation says whether the servers of a provider that scales to zero run; absent for every other.
	// +optional
	Activation *Activation `json:"activation,omitempty"`
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
