package v1alpha1

// CacheMode says which requests are answered from the response cache.
//
// +kubebuilder:validation:Enum=Disabled;Exact
type CacheMode string

// Values of CacheMode.
const (
	// CacheDisabled caches nothing.
	CacheDisabled CacheMode = "Disabled"
	// CacheExact answers a request that asks for the same as an earlier one, whatever the order of its fields and its white space.
	CacheExact CacheMode = "Exact"
)

// CacheScope says who shares cached answers.
//
// +kubebuilder:validation:Enum=Key;Gateway
type CacheScope string

// Values of CacheScope.
const (
	// CacheScopeKey keeps the answers of each key, and of each end user of it, apart.
	CacheScopeKey CacheScope = "Key"
	// CacheScopeGateway gives everybody who may use the alias the same answers.
	CacheScopeGateway CacheScope = "Gateway"
)

// CachePolicy says what is answered from the response cache. The cache is the gateway's Redis; without one, each replica has its own.
//
// +kubebuilder:validation:MinProperties=1
type CachePolicy struct {
	// mode is Disabled (the built-in value) or Exact.
	// +optional
	Mode CacheMode `json:"mode,omitempty"`
	// ttl is how long an answer is kept. Built-in: 1h.
	// +optional
	TTL Duration `json:"ttl,omitempty"`
	// scope says who shares answers. Built-in: Key.
	// +optional
	Scope CacheScope `json:"scope,omitempty"`
	// maxBytes is the largest answer that is kept. Built-in: 1048576.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=16777216
	MaxBytes int32 `json:"maxBytes,omitempty"`
}
