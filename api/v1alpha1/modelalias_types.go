package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// ModelAlias is one model name that clients may use, and the targets that answer for it.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:shortName=malias,categories=fairlead,path=modelaliases,singular=modelalias
// +kubebuilder:printcolumn:name="Model",type=string,JSONPath=`.status.model`
// +kubebuilder:printcolumn:name="Gateway",type=string,JSONPath=`.spec.gatewayRef.name`
// +kubebuilder:printcolumn:name="Targets",type=string,JSONPath=`.status.targetsReady`
// +kubebuilder:printcolumn:name="Programmed",type=string,JSONPath=`.status.conditions[?(@.type=="Programmed")].status`
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="Reason",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].reason`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
type ModelAlias struct {
	metav1.TypeMeta `json:",inline"`
	// metadata is the standard object's metadata.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitempty"`
	// spec is what a person wants.
	// +required
	Spec ModelAliasSpec `json:"spec,omitzero"`
	// status is what the operator observed and compiled.
	// +optional
	// +kubebuilder:default={conditions: {{type: "Accepted", status: "Unknown", reason: "Pending", message: "Waiting for the operator", lastTransitionTime: "1970-01-01T00:00:00Z"}, {type: "ResolvedRefs", status: "Unknown", reason: "Pending", message: "Waiting for the operator", lastTransitionTime: "1970-01-01T00:00:00Z"}, {type: "Programmed", status: "Unknown", reason: "Pending", message: "Waiting for the operator", lastTransitionTime: "1970-01-01T00:00:00Z"}, {type: "Ready", status: "Unknown", reason: "Pending", message: "Waiting for the operator", lastTransitionTime: "1970-01-01T00:00:00Z"}}}
	Status ModelAliasStatus `json:"status,omitempty"`
}

// ModelAliasList is a list of ModelAliases.
//
// +kubebuilder:object:root=true
type ModelAliasList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []ModelAlias `json:"items"`
}

// Visibility says whether a model name is listed.
//
// +kubebuilder:validation:Enum=Public;Hidden
type Visibility string

// Values of Visibility.
const (
	// VisibilityPublic lists the name in /v1/models.
	VisibilityPublic Visibility = "Public"
	// VisibilityHidden serves the name without listing it.
	VisibilityHidden Visibility = "Hidden"
)

// Strategy says how a target is picked among those of the same priority.
//
// +kubebuilder:validation:Enum=Weighted;RoundRobin;LeastBusy;LowestLatency;LowestCost;PrefixAffinity
type Strategy string

// Values of Strategy. A target with weight 0 is never picked.
const (
	// StrategyWeighted picks at random, in proportion to the weights.
	StrategyWeighted Strategy = "Weighted"
	// StrategyRoundRobin takes turns, in proportion to the weights.
	StrategyRoundRobin Strategy = "RoundRobin"
	// StrategyLeastBusy picks the target with the fewest requests under way for its weight.
	StrategyLeastBusy Strategy = "LeastBusy"
	// StrategyLowestLatency picks the quicker of two targets drawn at random, by the time that the first byte lately took.
	StrategyLowestLatency Strategy = "LowestLatency"
	// StrategyLowestCost picks the target with the lowest price for a usual request. Those without a price cost nothing.
	StrategyLowestCost Strategy = "LowestCost"
	// StrategyPrefixAffinity sends conversations that begin alike to the same target, so that its prompt cache is hit, unless it is
	// much busier than the others.
	StrategyPrefixAffinity Strategy = "PrefixAffinity"
)

// ModelAliasSpec is what a person wants of a ModelAlias.
type ModelAliasSpec struct {
	// gatewayRef names the Gateway that serves this alias.
	// +required
	GatewayRef GatewayReference `json:"gatewayRef,omitzero"`
	// model is what clients write in `model`: a name, or a pattern with one leading or trailing `*`, which takes what no exact name and
	// no longer pattern takes. The name of the object when absent.
	// +optional
	Model ModelPattern `json:"model,omitempty"`
	// visibility is Public (the default) or Hidden.
	// +optional
	// +default="Public"
	Visibility Visibility `json:"visibility,omitempty"`
	// strategy says how a target is picked among those of the same priority.
	// +optional
	// +default="Weighted"
	Strategy Strategy `json:"strategy,omitempty"`
	// targets answer for this alias. A lower priority is tried first; weights act inside a priority.
	// +required
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=16
	Targets []Target `json:"targets,omitempty"`
	// timeouts of this alias.
	// +optional
	Timeouts *Timeouts `json:"timeouts,omitempty"`
	// retry of this alias.
	// +optional
	Retry *Retry `json:"retry,omitempty"`
	// cache of this alias's answers.
	// +optional
	Cache *CachePolicy `json:"cache,omitempty"`
	// rateLimits of this alias. Those of the key apply as well.
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=8
	RateLimits []RateLimit `json:"rateLimits,omitempty"`
	// allowedKeys selects, by their labels, the GatewayKeys that may use this alias. All when absent. The master key always may.
	// +optional
	AllowedKeys *metav1.LabelSelector `json:"allowedKeys,omitempty"`
}

// Target is one model of one provider.
type Target struct {
	// name of the target, unique in the alias.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$`
	Name string `json:"name,omitempty"`
	// providerRef names the ModelProvider.
	// +required
	ProviderRef ProviderReference `json:"providerRef,omitzero"`
	// model is the provider's own name of the model. Where the alias is a pattern, one `*` in it stands for what the pattern's `*` stood
	// for.
	// +required
	Model ModelPattern `json:"model,omitempty"`
	// weight is this target's share of the requests among the targets of its priority. 0 takes it out.
	// +optional
	// +default=1
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=1000000
	Weight *int32 `json:"weight,omitempty"`
	// priority of the target: those with a higher number are tried only after those with a lower one failed.
	// +optional
	// +default=0
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=15
	Priority *int32 `json:"priority,omitempty"`
	// pricing of the target, which budgets, the ledger and the strategy LowestCost reckon with.
	// +optional
	Pricing *Pricing `json:"pricing,omitempty"`
	// maxParallel is how many requests each replica of the gateway sends to the target at a time. No bound when absent.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=100000
	MaxParallel int32 `json:"maxParallel,omitempty"`
	// maxQueued is how many more may wait for their turn in each replica, for at most the firstByte timeout. Beyond it the next target is
	// tried. Built-in: 100.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=100000
	MaxQueued *int32 `json:"maxQueued,omitempty"`
}

// ModelAliasStatus is what the operator observed and compiled.
type ModelAliasStatus struct {
	// observedGeneration is the generation that this status was made from.
	// +optional
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`
	// conditions are Accepted, ResolvedRefs, Programmed and Ready.
	// +optional
	// +listType=map
	// +listMapKey=type
	// +kubebuilder:validation:MaxItems=8
	Conditions []metav1.Condition `json:"conditions,omitempty"`
	// model is the name that clients use.
	// +optional
	// +kubebuilder:validation:MaxLength=256
	Model string `json:"model,omitempty"`
	// targetsReady is targets that can answer now / targets of the spec, for a printer column.
	// +optional
	// +kubebuilder:validation:MaxLength=16
	TargetsReady string `json:"targetsReady,omitempty"`
	// route is what the data plane serves. Absent means: not served. After an edit that cannot be served it stays as it was,
	// and the conditions say so.
	// +optional
	Route *Route `json:"route,omitempty"`
}

// Route is the compiled form of an alias: every default applied, every reference resolved.
type Route struct {
	// revision is a digest of the other fields.
	// +required
	// +kubebuilder:validation:MaxLength=71
	Revision string `json:"revision,omitempty"`
	// generation of the spec that this route was compiled from.
	// +required
	// +kubebuilder:validation:Minimum=1
	Generation int64 `json:"generation,omitempty"`
	// gateway that serves the route, as namespace/name.
	// +required
	// +kubebuilder:validation:MaxLength=317
	Gateway string `json:"gateway,omitempty"`
	// model is the name that clients use, or a pattern.
	// +required
	Model ModelPattern `json:"model,omitempty"`
	// visibility of the model name.
	// +required
	Visibility Visibility `json:"visibility,omitempty"`
	// strategy that picks among the targets of one priority.
	// +required
	Strategy Strategy `json:"strategy,omitempty"`
	// targets that were resolved.
	// +required
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=16
	Targets []RouteTarget `json:"targets,omitempty"`
	// retry that applies.
	// +required
	Retry RouteRetry `json:"retry,omitzero"`
	// cache of the answers; absent where nothing is cached. Every value is set.
	// +optional
	Cache *CachePolicy `json:"cache,omitempty"`
	// rateLimits of the alias.
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=8
	RateLimits []RateLimit `json:"rateLimits,omitempty"`
	// allowedKeys selects the keys that may use the alias, by their labels; all when absent.
	// +optional
	AllowedKeys *metav1.LabelSelector `json:"allowedKeys,omitempty"`
}

// RouteTarget is the compiled form of a target. Endpoint and credential are in the status of the provider that it names, so
// that an edit of a provider writes one object.
type RouteTarget struct {
	// name of the target.
	// +required
	// +kubebuilder:validation:MaxLength=63
	Name string `json:"name,omitempty"`
	// provider as namespace/name.
	// +required
	// +kubebuilder:validation:MaxLength=317
	Provider string `json:"provider,omitempty"`
	// model is the provider's own name of the model; `*` stands for what the pattern's `*` stood for.
	// +required
	Model ModelPattern `json:"model,omitempty"`
	// weight inside the priority.
	// +required
	Weight int32 `json:"weight"`
	// priority of the target, lower first.
	// +required
	Priority int32 `json:"priority"`
	// timeouts that apply to this target; every one is set.
	// +required
	Timeouts Timeouts `json:"timeouts,omitzero"`
	// pricing of the target.
	// +optional
	Pricing *Pricing `json:"pricing,omitempty"`
	// maxParallel requests of one replica at a time; 0: no bound.
	// +optional
	MaxParallel int32 `json:"maxParallel,omitempty"`
	// maxQueued more may wait, where maxParallel is set.
	// +optional
	MaxQueued int32 `json:"maxQueued,omitempty"`
}

// RouteRetry is the compiled form of Retry.
type RouteRetry struct {
	// attempts is the number of further targets that one request may try.
	// +required
	Attempts int32 `json:"attempts"`
	// retryOn lists the failures that move on to the next target.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=6
	RetryOn []RetryCondition `json:"retryOn,omitempty"`
	// budgetPercent of the requests under way may be retries, and 3 of them in any case.
	// +required
	BudgetPercent int32 `json:"budgetPercent"`
}
