package v1alpha1

// Condition types. Each kind carries a fixed set of them, all of them always present, each with the observedGeneration that it
// speaks of. An object that no operator has seen yet shows Unknown/Pending for every one.
const (
	// ConditionAccepted: the object is semantically valid, and it may attach to what it refers to.
	ConditionAccepted = "Accepted"
	// ConditionResolvedRefs: every reference was found and is permitted.
	ConditionResolvedRefs = "ResolvedRefs"
	// ConditionProgrammed: every ready gateway replica serves this generation, by its own confirmation.
	ConditionProgrammed = "Programmed"
	// ConditionModelsAvailable: every model that the provider lists is there to answer.
	ConditionModelsAvailable = "ModelsAvailable"
	// ConditionRedisReady: the Redis that the gateway was told to use answers, or none is wanted.
	ConditionRedisReady = "RedisReady"
	// ConditionPostgresReady: the PostgreSQL that the gateway was told to use answers, or none is wanted.
	ConditionPostgresReady = "PostgresReady"
	// ConditionReady sums the others up: the object can do its work now.
	ConditionReady = "Ready"
)

// Reasons that more than one condition type uses.
const (
	// ReasonPending: no operator has looked at this generation yet, or it waits for what the message names.
	ReasonPending = "Pending"
	// ReasonInvalid: the spec says something that the schema admits and that cannot be served, or asks for an object that the cluster does
	// not let the operator make. The message says what.
	ReasonInvalid = "Invalid"
)

// Reasons of Accepted.
const (
	// ReasonAccepted: nothing stands against the object.
	ReasonAccepted = "Accepted"
	// ReasonConflicted: another, older alias serves this model name at the same gateway, or another, older GatewayKey has the same key.
	ReasonConflicted = "Conflicted"
	// ReasonNotAllowed: the gateway's allowedNamespaces does not admit this namespace, or no such gateway exists there.
	ReasonNotAllowed = "NotAllowed"
	// ReasonEndpointNotAllowed: the upstream's address is one that gateways may not call. The cluster's administrator may allow it.
	ReasonEndpointNotAllowed = "EndpointNotAllowed"
	// ReasonGatewayNotFound: no Gateway of that name exists in the object's own namespace.
	ReasonGatewayNotFound = "GatewayNotFound"
)

// Reasons of ResolvedRefs.
const (
	// ReasonResolvedRefs: every reference was found and is permitted.
	ReasonResolvedRefs = "ResolvedRefs"
	// ReasonProviderNotFound: no ModelProvider of that name exists in the alias's own namespace.
	ReasonProviderNotFound = "ProviderNotFound"
	// ReasonRefNotPermitted: the object in another namespace does not consent, or does not exist; which of the two is not revealed.
	ReasonRefNotPermitted = "RefNotPermitted"
	// ReasonSecretNotFound: no Secret of that name exists.
	ReasonSecretNotFound = "SecretNotFound"
	// ReasonSecretKeyMissing: the Secret has no such entry, or it is empty.
	ReasonSecretKeyMissing = "SecretKeyMissing"
	// ReasonModelNotAvailable: the provider does not list that model.
	ReasonModelNotAvailable = "ModelNotAvailable"
)

// Reasons of Programmed.
const (
	// ReasonProgrammed: every ready replica has confirmed.
	ReasonProgrammed = "Programmed"
	// ReasonNoReadyReplicas: the gateway has no ready replica that could confirm.
	ReasonNoReadyReplicas = "NoReadyReplicas"
	// ReasonRejected: a replica could not build the route or the policy and left it out. The message says why.
	ReasonRejected = "Rejected"
	// ReasonNotAccepted: there is nothing to program because the object is not accepted.
	ReasonNotAccepted = "NotAccepted"
	// ReasonNoRoute: there is nothing to program because no target could be resolved.
	ReasonNoRoute = "NoRoute"
	// ReasonNoPolicy: there is nothing to program because there is no key.
	ReasonNoPolicy = "NoPolicy"
)

// Reasons of ModelsAvailable.
const (
	// ReasonModelsAvailable: every listed model is there.
	ReasonModelsAvailable = "ModelsAvailable"
	// ReasonNoModelsListed: the provider lists no models; whether it has one shows when it is asked.
	ReasonNoModelsListed = "NoModelsListed"
	// ReasonPulling: models are being pulled.
	ReasonPulling = "Pulling"
	// ReasonPullFailed: a model could not be pulled; it is tried again with a growing wait.
	ReasonPullFailed = "PullFailed"
	// ReasonServerNotReady: the Ollama server does not answer yet.
	ReasonServerNotReady = "ServerNotReady"
)

// Reasons of RedisReady and PostgresReady.
const (
	// ReasonDisabled: none is wanted.
	ReasonDisabled = "Disabled"
	// ReasonAvailable: it answers.
	ReasonAvailable = "Available"
	// ReasonMajorVersion: the image is of another major version than the data on the volume, which is left alone.
	ReasonMajorVersion = "MajorVersion"
	// ReasonRestoreFailed: the newest backup cannot be restored, and the database is not begun without it.
	ReasonRestoreFailed = "RestoreFailed"
	// ReasonNotInstalled: the definition of a kind that the spec asks for is not installed in the cluster.
	ReasonNotInstalled = "NotInstalled"
	// ReasonUnavailable: it does not answer. The gateway serves without it.
	ReasonUnavailable = "Unavailable"
)

// Reasons of Ready.
const (
	// ReasonReady: the object can do its work now.
	ReasonReady = "Ready"
	// ReasonDegraded: a part of it works; the message names what does not.
	ReasonDegraded = "Degraded"
	// ReasonNotProgrammed: not every ready replica serves this generation yet.
	ReasonNotProgrammed = "NotProgrammed"
	// ReasonNoTargetReady: no target of the alias can answer now.
	ReasonNoTargetReady = "NoTargetReady"
	// ReasonExpired: the key has stopped to work, as its expiresAt says.
	ReasonExpired = "Expired"
	// ReasonScaledToZero: no server runs because nobody has asked for a while. The next request starts one, and waits for it.
	ReasonScaledToZero = "ScaledToZero"
	// ReasonWorkloadNotReady: a Pod that the object needs is not ready.
	ReasonWorkloadNotReady = "WorkloadNotReady"
)
