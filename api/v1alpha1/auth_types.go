package v1alpha1

// AuthType says where the credential for an upstream comes from.
//
// +kubebuilder:validation:Enum=APIKey;WorkloadIdentity
type AuthType string

// Values of AuthType.
const (
	// AuthAPIKey takes it from a Secret.
	AuthAPIKey AuthType = "APIKey"
	// AuthWorkloadIdentity takes it from the environment of the gateway Pods: the cloud knows their ServiceAccount.
	AuthWorkloadIdentity AuthType = "WorkloadIdentity"
)

// Auth says how the gateway authenticates to an upstream.
//
// +kubebuilder:validation:XValidation:rule="self.type != 'APIKey' || has(self.secretRef)",message="secretRef must be set, unless type is WorkloadIdentity"
// +kubebuilder:validation:XValidation:rule="self.type != 'WorkloadIdentity' || !has(self.secretRef)",message="secretRef must not be set when type is WorkloadIdentity: the credential comes from the gateway's ServiceAccount"
// +kubebuilder:validation:XValidation:rule="self.type != 'WorkloadIdentity' || !has(self.header)",message="header must not be set when type is WorkloadIdentity: there is no key to carry"
type Auth struct {
	// type is APIKey (the default) or, for VertexAI and Bedrock, WorkloadIdentity.
	// +optional
	// +default="APIKey"
	Type AuthType `json:"type,omitempty"`
	// secretRef names the entry that holds the credential: an API key, one line. For VertexAI it is a Google credentials file
	// in JSON, of a service account or an external account. For Bedrock it is an AWS credentials file with aws_access_key_id
	// and aws_secret_access_key under `[default]`, or one line, a Bedrock API key.
	// +optional
	SecretRef *SecretKeyReference `json:"secretRef,omitempty"`
	// header that carries the key as it is. When it is absent, Anthropic gets `x-api-key`, Gemini `x-goog-api-key`,
	// AzureOpenAI `api-key`, and every other type `Authorization: Bearer <key>`.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=64
	// +kubebuilder:validation:Pattern=`^[A-Za-z0-9!#$%&'*+.^_|~-]+$`
	Header string `json:"header,omitempty"`
}
