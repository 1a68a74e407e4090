package v1alpha1

// Ollama holds what is particular to a ModelProvider of type Ollama.
//
// +kubebuilder:validation:MinProperties=1
type Ollama struct {
	// managed asks the operator to run the server. When absent, one exists already at endpoint.url.
	// +optional
	Managed *ManagedOllama `json:"managed,omitempty"`
	// models that the server shall have. The operator pulls those that are missing, through the server's own API.
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=64
	Models []OllamaModel `json:"models,omitempty"`
	// registry to pull from instead of Ollama's own: a mirror, for clusters without internet. A model is served under its
	// plain name all the same.
	// +optional
	Registry *OllamaRegistry `json:"registry,omitempty"`
}

// ManagedOllama describes an Ollama that the operator runs, as a StatefulSet.
type ManagedOllama struct {
	// replicas is the number of servers. Each has its own volume, and each pulls every model.
	// +optional
	// +default=1
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=100
	Replicas *int32 `json:"replicas,omitempty"`
	// image of the server; the operator's default, pinned by digest, when absent.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=512
	Image string `json:"image,omitempty"`
	// storage for the models of one server. Built-in: 50Gi of the default StorageClass.
	// +optional
	Storage *Storage `json:"storage,omitempty"`
	// keepAlive is how long a model stays in memory after its last request. Ollama's own default, 5m, when absent.
	// +optional
	KeepAlive Duration `json:"keepAlive,omitempty"`
	// Placement of the servers, GPUs included: `resources: {limits: {nvidia.com/gpu: 1}}`.
	Placement `json:",inline"`
}

// OllamaModel is a model that an Ollama shall have.
type OllamaModel struct {
	// name as `ollama pull` takes it: `llama3.2:3b`.
	// +required
	Name ModelName `json:"name,omitempty"`
	// preload loads the model into memory as soon as it is there, so that the first request does not wait for it.
	// +optional
	Preload bool `json:"preload,omitempty"`
}

// OllamaRegistry is a registry that models are pulled from.
type OllamaRegistry struct {
	// host of the registry, with its port where it is not the scheme's own.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=261
	// +kubebuilder:validation:Pattern=`^[A-Za-z0-9]([-A-Za-z0-9.]*[A-Za-z0-9])?(:[0-9]{1,5})?$`
	Host string `json:"host,omitempty"`
	// insecure pulls over http, without TLS.
	// +optional
	Insecure bool `json:"insecure,omitempty"`
}

// ModelState is where a model is on its way to being served.
//
// +kubebuilder:validation:Enum=Pending;Pulling;Ready;Failed
type ModelState string

// Values of ModelState.
const (
	// ModelPending: it waits for the server or for its turn.
	ModelPending ModelState = "Pending"
	// ModelPulling: it is being downloaded.
	ModelPulling ModelState = "Pulling"
	// ModelReady: every ready server has it.
	ModelReady ModelState = "Ready"
	// ModelFailed: the last pull failed; it is tried again.
	ModelFailed ModelState = "Failed"
)

// ModelStatus is where one model of a provider is.
type ModelStatus struct {
	// name of the model.
	// +required
	Name ModelName `json:"name,omitempty"`
	// state of the model.
	// +required
	State ModelState `json:"state,omitempty"`
	// completedBytes that have been downloaded, over all layers.
	// +optional
	CompletedBytes int64 `json:"completedBytes,omitempty"`
	// totalBytes of the layers that are known so far.
	// +optional
	TotalBytes int64 `json:"totalBytes,omitempty"`
	// percent of the bytes that have been downloaded.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=100
	Percent int32 `json:"percent,omitempty"`
	// message says why the model is not ready.
	// +optional
	// +kubebuilder:validation:MaxLength=512
	Message string `json:"message,omitempty"`
}
