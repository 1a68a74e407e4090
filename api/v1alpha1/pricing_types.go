package v1alpha1

// Pricing is what a target costs, in US dollars. What is absent costs nothing, except that cached tokens cost what input tokens do.
//
// +kubebuilder:validation:MinProperties=1
type Pricing struct {
	// inputPerMillionTokens is the price of a million tokens of prompts.
	// +optional
	InputPerMillionTokens USD `json:"inputPerMillionTokens,omitempty"`
	// outputPerMillionTokens is the price of a million tokens of answers, thinking included.
	// +optional
	OutputPerMillionTokens USD `json:"outputPerMillionTokens,omitempty"`
	// cachedInputPerMillionTokens is the price of a million tokens of prompts that the provider read from its cache.
	// inputPerMillionTokens when absent.
	// +optional
	CachedInputPerMillionTokens USD `json:"cachedInputPerMillionTokens,omitempty"`
	// cacheWritePerMillionTokens is the price of a million tokens of prompts that the provider wrote to its cache.
	// inputPerMillionTokens when absent.
	// +optional
	CacheWritePerMillionTokens USD `json:"cacheWritePerMillionTokens,omitempty"`
	// perRequest is the price of one answered request, whatever its tokens.
	// +optional
	PerRequest USD `json:"perRequest,omitempty"`
}
