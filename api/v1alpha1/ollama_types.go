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
	// updates says what happens when the registry has another version of a model under the same name than the server. Built-in: Notify.
	// +optional
	Updates ModelUpdates `json:"updates,omitempty"`
}

// ModelUpdates says what happens when the registry has another version of a model than the server.
//
// +kubebuilder:validation:Enum=Ignore;Notify;Pull
type ModelUpdates string

// Values of ModelUpdates.
const (
	// UpdatesIgnore does not ask the registry about a model that is there.
	UpdatesIgnore ModelUpdates = "Ignore"
	// UpdatesNotify says in the status and by an event that there is another version.
	UpdatesNotify ModelUpdates = "Notify"
	// UpdatesPull pulls it. The old version answers until the new one is there.
	UpdatesPull ModelUpdates = "Pull"
)

// ManagedOllama describes an Ollama that the operator runs, as a StatefulSet.
type ManagedOllama struct {
	// replicas is the number of servers. Each has its own volume, and each pulls every model.
	// +optional
	// +default=1
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=100
	Replicas *int32 `json:"replicas,omitempty"`
	// scaleToZero runs no server while nobody asks, and as many as replicas says from the first request on. Absent: they always run.
	// +optional
	ScaleToZero *ScaleToZero `json:"scaleToZero,omitempty"`
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
	// numParallel is how many requests a server answers at a time with one model; the others wait in its queue. Each takes memory
	// for a context of its own. Ollama's own choice when absent.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=1024
	NumParallel *int32 `json:"numParallel,omitempty"`
	// maxLoadedModels is how many models a server keeps in memory at a time. Ollama's own choice when absent.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=64
	MaxLoadedModels *int32 `json:"maxLoadedModels,omitempty"`
	// contextLength is the size of the context, in tokens, where a request does not say otherwise. Ollama's own choice when absent.
	// +optional
	// +kubebuilder:validation:Minimum=256
	// +kubebuilder:validation:Maximum=16777216
	ContextLength *int32 `json:"contextLength,omitempty"`
	// runtimeClassName of the Pods: `nvidia` where the cluster's default runtime does not give out GPUs.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	RuntimeClassName string `json:"runtimeClassName,omitempty"`
	// Placement of the servers, GPUs included: `resources: {limits: {nvidia.com/gpu: 1}}`.
	Placement `json:",inline"`
}

// ScaleToZero says when servers stop for want of requests, and how long a request waits for them to start.
type ScaleToZero struct {
	// idleAfter is how long nobody has asked for a model of the provider before its servers are stopped.
	// +optional
	// +default="15m"
	IdleAfter Duration `json:"idleAfter,omitempty"`
	// activationTimeout is how long a request waits for a server to start. After it the answer is 503 with Retry-After; the server
	// goes on starting.
	// +optional
	// +default="5m"
	ActivationTimeout Duration `json:"activationTimeout,omitempty"`
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
	// ModelReady: a server has it. Those that do not have it yet name it among their missingModels.
	ModelReady ModelState = "Ready"
	// ModelFailed: the last pull failed; it is tried again.
	ModelFailed ModelState = "Failed"
)

// Reasons of a ModelStatus.
const (
	// ModelNotFound: the registry has no model of this name and tag. It is tried again every few minutes.
	ModelNotFound = "NotFound"
	// ModelDiskFull: the server's volume is full. It is tried again every few minutes.
	ModelDiskFull = "DiskFull"
	// ModelRegistryUnreachable: the server cannot download from the registry.
	ModelRegistryUnreachable = "RegistryUnreachable"
	// ModelUnsupported: the model needs a newer Ollama. It is tried again every few minutes.
	ModelUnsupported = "Unsupported"
	// ModelStalled: the download made no progress for an hour and was begun anew, where it goes on.
	ModelStalled = "Stalled"
	// ModelPullFailed: the pull failed for another reason, which the message tells.
	ModelPullFailed = "PullFailed"
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
	// reason says in one word why the last pull failed: NotFound, DiskFull, RegistryUnreachable, Unsupported, Stalled or PullFailed.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	Reason string `json:"reason,omitempty"`
	// digest of the model that the servers have: the SHA-256 of its manifest.
	// +optional
	// +kubebuilder:validation:MaxLength=71
	Digest string `json:"digest,omitempty"`
	// availableDigest is that of the model that the registry has under this name, where it is another one.
	// +optional
	// +kubebuilder:validation:MaxLength=71
	AvailableDigest string `json:"availableDigest,omitempty"`
	// message says why the model is not ready, or why its newer version could not be pulled, and what to do.
	// +optional
	// +kubebuilder:validation:MaxLength=512
	Message string `json:"message,omitempty"`
}

// ActivationState is whether the servers of a provider that scales to zero run.
//
// +kubebuilder:validation:Enum=ScaledToZero;Activating;Active
type ActivationState string

// Values of ActivationState.
const (
	// ActivationScaledToZero: no server runs, because nobody has asked for a while. The next request starts them.
	ActivationScaledToZero ActivationState = "ScaledToZero"
	// ActivationActivating: somebody asked, and no server is ready yet.
	ActivationActivating ActivationState = "Activating"
	// ActivationActive: a server is ready.
	ActivationActive ActivationState = "Active"
)

// Activation is what gateways need to know of a provider that scales to zero.
type Activation struct {
	// state of the servers.
	// +required
	State ActivationState `json:"state,omitempty"`
	// timeout is how long a request waits for a server to start.
	// +required
	Timeout Duration `json:"timeout,omitempty"`
}

// OllamaServer is one ready server of a managed Ollama, as gateways reach it past the Service: each answers with what it has in
// memory, so they choose.
type OllamaServer struct {
	// name of the Pod.
	// +required
	// +kubebuilder:validation:MaxLength=253
	Name string `json:"name,omitempty"`
	// url of the server, without a slash at its end.
	// +required
	// +kubebuilder:validation:MaxLength=128
	URL string `json:"url,omitempty"`
	// missingModels are listed by the spec and not on this server yet.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=64
	MissingModels []ModelName `json:"missingModels,omitempty"`
}
