package v1alpha1

// Endpoint is the address of an upstream.
type Endpoint struct {
	// url is the base URL: for an OpenAI-compatible server what its own clients take as base URL, most often with /v1 at the
	// end; for an Azure resource, an Ollama and every other type its root. For VertexAI it replaces scheme and host, and the
	// project's path follows.
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

// Protocol is the language that an upstream is spoken to in.
//
// +kubebuilder:validation:Enum=OpenAI;OpenAICompatible;AzureOpenAI;Anthropic;Gemini;VertexAI;Bedrock;Ollama
type Protocol string

// Values of Protocol.
const (
	// ProtocolOpenAI is OpenAI's own HTTP API, all of it. Azure's v1 API is the same.
	ProtocolOpenAI Protocol = "OpenAI"
	// ProtocolOpenAICompatible is what other servers took over of it: chat completions at least.
	ProtocolOpenAICompatible Protocol = "OpenAICompatible"
	// ProtocolAzureOpenAI is Azure's dated API: a path for each deployment, and a version in the query.
	ProtocolAzureOpenAI Protocol = "AzureOpenAI"
	// ProtocolAnthropic is Anthropic's Messages API.
	ProtocolAnthropic Protocol = "Anthropic"
	// ProtocolGemini is the Gemini API of Google AI.
	ProtocolGemini Protocol = "Gemini"
	// ProtocolVertexAI is Google Cloud's API for Google's models.
	ProtocolVertexAI Protocol = "VertexAI"
	// ProtocolBedrock is the Converse API of Amazon Bedrock.
	ProtocolBedrock Protocol = "Bedrock"
	// ProtocolOllama is Ollama's own HTTP API.
	ProtocolOllama Protocol = "Ollama"
)

// CredentialType says what the credential of an upstream is, and so how a request to it is authenticated.
//
// +kubebuilder:validation:Enum=APIKey;GoogleCredentials;AWSCredentials;GoogleAmbient;AWSAmbient
type CredentialType string

// Values of CredentialType.
const (
	// CredentialAPIKey is one line that goes into a header of each request.
	CredentialAPIKey CredentialType = "APIKey"
	// CredentialGoogleCredentials is a Google credentials file in JSON, which access tokens are got with.
	CredentialGoogleCredentials CredentialType = "GoogleCredentials"
	// CredentialAWSCredentials is an AWS credentials file, which requests are signed with.
	CredentialAWSCredentials CredentialType = "AWSCredentials"
	// CredentialGoogleAmbient is what Google's libraries find in the environment of the gateway Pod.
	CredentialGoogleAmbient CredentialType = "GoogleAmbient"
	// CredentialAWSAmbient is what the AWS SDK finds in the environment of the gateway Pod.
	CredentialAWSAmbient CredentialType = "AWSAmbient"
)

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
	// +kubebuilder:validation:MaxLength=768
	URL string `json:"url,omitempty"`
	// query is appended to the URL of every request, as it is: `api-version=2024-10-21`.
	// +optional
	// +kubebuilder:validation:MaxLength=256
	Query string `json:"query,omitempty"`
	// headers to send.
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=16
	Headers []Header `json:"headers,omitempty"`
	// credentialType says how requests are authenticated. They are not when it is empty.
	// +optional
	CredentialType CredentialType `json:"credentialType,omitempty"`
	// credentialKey is the entry of the credentials Secret that holds the credential; empty where there is none, and where
	// it comes from the environment.
	// +optional
	// +kubebuilder:validation:MaxLength=253
	CredentialKey string `json:"credentialKey,omitempty"`
	// credentialHeader carries an API key as it is; a Bearer token in Authorization when empty.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	CredentialHeader string `json:"credentialHeader,omitempty"`
	// region that requests to AWS are signed for.
	// +optional
	// +kubebuilder:validation:MaxLength=32
	Region string `json:"region,omitempty"`
	// caBundleKey is the entry of the credentials Secret that holds the certificates to trust.
	// +optional
	// +kubebuilder:validation:MaxLength=253
	CABundleKey string `json:"caBundleKey,omitempty"`
	// parameterPolicy says what happens to parameters that the upstream cannot take. Drop when empty.
	// +optional
	ParameterPolicy ParameterPolicy `json:"parameterPolicy,omitempty"`
	// private says that the operator runs the upstream itself: its address may be one that a ModelProvider may not name.
	// +optional
	Private bool `json:"private,omitempty"`
	// health says when models of the upstream are passed over. The built-in values when absent.
	// +optional
	Health *EndpointHealth `json:"health,omitempty"`
}
