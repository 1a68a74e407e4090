package v1alpha1

// Azure holds what is particular to type AzureOpenAI.
//
// +kubebuilder:validation:MinProperties=1
type Azure struct {
	// apiVersion asks for Azure's dated API in that version: `2024-10-21`. A target's model is then the name of a deployment.
	// Azure's v1 API, which needs no version and takes new models first, is used when it is absent.
	// +optional
	// +kubebuilder:validation:MaxLength=32
	// +kubebuilder:validation:Pattern=`^[0-9]{4}-[0-9]{2}-[0-9]{2}(-preview)?$`
	APIVersion string `json:"apiVersion,omitempty"`
}

// VertexAI says where on Google Cloud the models of a provider of type VertexAI are.
type VertexAI struct {
	// project is the ID or the number of the Google Cloud project.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=100
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9.:]*[a-z0-9])?$`
	Project string `json:"project,omitempty"`
	// location that answers: `europe-west4`, or `global`.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=40
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`
	Location string `json:"location,omitempty"`
}

// Bedrock says where on AWS the models of a provider of type Bedrock are.
type Bedrock struct {
	// region that answers, and that requests are signed for: `eu-central-1`.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=32
	// +kubebuilder:validation:Pattern=`^[a-z]{2,4}(-[a-z]+){1,3}-[0-9]{1,2}$`
	Region string `json:"region,omitempty"`
}

// ParameterPolicy says what happens to parameters of a request that the upstream cannot take.
//
// +kubebuilder:validation:Enum=Drop;Reject;Pass
type ParameterPolicy string

// Values of ParameterPolicy.
const (
	// ParameterPolicyDrop leaves them out, and names them in a header of the response.
	ParameterPolicyDrop ParameterPolicy = "Drop"
	// ParameterPolicyReject answers 400 and names them.
	ParameterPolicyReject ParameterPolicy = "Reject"
	// ParameterPolicyPass sends them on by the client's names for them, for the upstream to judge.
	ParameterPolicyPass ParameterPolicy = "Pass"
)

// Parameters says what happens to the parameters of requests.
type Parameters struct {
	// policy for parameters that the upstream cannot take: Drop (the default), Reject or Pass.
	// +optional
	// +default="Drop"
	Policy ParameterPolicy `json:"policy,omitempty"`
}
