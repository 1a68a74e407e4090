package v1alpha1

// Labels and annotations that both planes agree on.
const (
	// LabelGateway names the Gateway that an object belongs to. Gateway Pods and their Leases carry it.
	LabelGateway = "fairlead.dev/gateway"
	// LabelGatewayNamespace, on an object outside a Gateway's namespace, names that namespace. Such an object cannot be owned
	// by the Gateway; the operator deletes it by this label and LabelGateway.
	LabelGatewayNamespace = "fairlead.dev/gateway-namespace"
	// AnnotationRetain, on an object that the operator made, keeps it when the object that it was made for is deleted: it
	// belongs to data that is kept as well.
	AnnotationRetain = "fairlead.dev/retain"
	// AnnotationConfirmation, on the Lease of a gateway Pod, holds a Confirmation as JSON. The Lease has the name of the Pod.
	AnnotationConfirmation = "fairlead.dev/confirmation"
	// AnnotationDemand, on the Lease of a gateway Pod, holds what it was asked for: a list of Demand as JSON.
	AnnotationDemand = "fairlead.dev/demand"
	// AnnotationServer, on the Lease of a gateway Pod, holds the version of the binary that wrote it.
	AnnotationServer = "fairlead.dev/version"
)

// Demand says when a gateway replica was last asked for a model of one provider that scales to zero. The annotation AnnotationDemand
// holds a list of them as JSON, sorted by provider. A replica writes it at once for a provider that is scaled to zero, and else with the
// renewals of its Lease.
type Demand struct {
	// provider is namespace/name of the ModelProvider.
	// +required
	Provider string `json:"provider"`
	// lastRequest is in seconds since 1970.
	// +required
	LastRequest int64 `json:"lastRequest"`
}

// MaxRejections bounds how many rejected objects a Confirmation names, so that a Lease stays small whatever goes wrong.
const MaxRejections = 20

// Confirmation is what one gateway replica says about what it serves. A replica writes it as soon as it has swapped in a new
// snapshot, and with every renewal of its Lease: the cost is one small object for each replica, however many aliases there are.
type Confirmation struct {
	// gateways is the highest resourceVersion of Gateways that the served snapshot contains.
	// +required
	Gateways string `json:"gateways"`
	// modelProviders is that of ModelProviders.
	// +required
	ModelProviders string `json:"modelProviders"`
	// modelAliases is that of ModelAliases.
	// +required
	ModelAliases string `json:"modelAliases"`
	// gatewayKeys is that of GatewayKeys.
	// +optional
	GatewayKeys string `json:"gatewayKeys,omitempty"`
	// digest of the served snapshot: equal for two replicas that serve the same.
	// +required
	Digest string `json:"digest"`
	// rejected objects were left out of the snapshot, at most MaxRejections of them.
	// +optional
	// +listType=atomic
	Rejected []Rejection `json:"rejected,omitempty"`
}

// Rejection is one object that a replica could not serve.
type Rejection struct {
	// kind of the object: KindModelAlias, KindModelProvider or KindGatewayKey.
	// +required
	Kind string `json:"kind"`
	// namespace of the object.
	// +required
	Namespace string `json:"namespace"`
	// name of the object.
	// +required
	Name string `json:"name"`
	// message says what was expected and what was found.
	// +required
	Message string `json:"message"`
}

// Entries of the Secret `<gateway>-credentials`, which the operator maintains and which is the only Secret that a gateway reads.
const (
	// CredentialPepper holds the random key, at least 32 bytes, with which client keys are digested.
	CredentialPepper = "pepper"
	// CredentialMasterKey holds the HMAC-SHA256 of the master key under the pepper, in lower-case hex.
	CredentialMasterKey = "key.master"
	// CredentialUserToken holds the secret that tokens about end users are signed with, as it is in the Secret it comes from.
	CredentialUserToken = "user-token"
	// CredentialRedis and CredentialPostgres hold the URIs of the stores, passwords included, in the form that package stores describes.
	CredentialRedis    = "redis.uri"
	CredentialPostgres = "postgres.uri"
	// CredentialRedisCA and CredentialPostgresCA hold the certificates that the stores' own are verified with.
	CredentialRedisCA    = "redis.ca"
	CredentialPostgresCA = "postgres.ca"
	// CredentialTLSCertificate and CredentialTLSKey hold what clients see of the gateway, in PEM.
	CredentialTLSCertificate = "tls.crt"
	CredentialTLSKey         = "tls.key"
	// credentialProvider and credentialCABundle are prefixes of what belongs to one ModelProvider.
	credentialProvider = "provider."
	credentialCABundle = "ca."
)

// CredentialsSecretName is the name of the Secret that the operator maintains for a gateway.
func CredentialsSecretName(gateway string) string { return gateway + "-credentials" }

// ProviderCredentialKey is the entry of the credentials Secret that holds the credential of a provider. Neither part of it can
// contain a dot, so two providers never share an entry.
func ProviderCredentialKey(namespace, name string) string {
	return credentialProvider + namespace + "." + name
}

// ProviderCABundleKey is the entry of the credentials Secret that holds the certificates which a provider's endpoint is trusted by.
func ProviderCABundleKey(namespace, name string) string {
	return credentialCABundle + namespace + "." + name
}
