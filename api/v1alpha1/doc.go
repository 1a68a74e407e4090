// Package v1alpha1 is the API of Fairlead: ModelProvider, ModelAlias, Gateway and GatewayKey.
//
// The status of these kinds is the contract between the two planes. The operator compiles every spec into the status of the
// same object; the gateway watches nothing but status and one Secret:
//
//	ModelProvider.status   where the upstream is and which entry of the credentials Secret opens it
//	ModelAlias.status      the compiled route of that one alias
//	Gateway.status.config  what applies to every request of that gateway
//	GatewayKey.status      what one key may do, and the digest that it is recognised by
//
// A field enters the schema in the release in which it works. Nothing here is reserved for later.
//
// +kubebuilder:object:generate=true
// +groupName=fairlead.dev
// +versionName=v1alpha1
package v1alpha1
