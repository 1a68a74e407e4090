package v1alpha1

// Health says when a provider's models are passed over because they fail. The last target that could answer never is.
//
// +kubebuilder:validation:MinProperties=1
type Health struct {
	// passive judges by the requests that the upstream is sent.
	// +optional
	Passive *PassiveHealth `json:"passive,omitempty"`
	// active asks the upstream from time to time something that costs no tokens. Nothing is asked when it is absent.
	// +optional
	Active *ActiveHealth `json:"active,omitempty"`
}

// PassiveHealth judges by the requests that an upstream is sent: connect failures, timeouts, 5xx and answers that break off.
//
// +kubebuilder:validation:MinProperties=1
type PassiveHealth struct {
	// consecutiveFailures take a model out. 0 turns it off. Built-in: 5.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=1000
	ConsecutiveFailures *int32 `json:"consecutiveFailures,omitempty"`
	// failurePercent of the requests of the last 10 s, of which there must be at least 10, take a model out. 0 turns it off.
	// Built-in: 50.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=100
	FailurePercent *int32 `json:"failurePercent,omitempty"`
	// ejectFor is how long a model stays out the first time. Each further time in a row doubles it. Built-in: 30s.
	// +optional
	EjectFor Duration `json:"ejectFor,omitempty"`
	// maxEjectFor bounds how long it may get. Built-in: 5m.
	// +optional
	MaxEjectFor Duration `json:"maxEjectFor,omitempty"`
}

// ActiveHealth asks an upstream from time to time for its list of models or its version, whatever of that costs nothing.
type ActiveHealth struct {
	// interval between two questions. Built-in: 30s.
	// +optional
	// +default="30s"
	Interval Duration `json:"interval,omitempty"`
}

// EndpointHealth is the compiled form of Health: every value is set.
type EndpointHealth struct {
	// consecutiveFailures that take a model out; 0: they do not.
	// +required
	ConsecutiveFailures int32 `json:"consecutiveFailures"`
	// failurePercent that takes a model out; 0: it does not.
	// +required
	FailurePercent int32 `json:"failurePercent"`
	// ejectFor is how long the first time.
	// +required
	EjectFor Duration `json:"ejectFor,omitempty"`
	// maxEjectFor is how long at most.
	// +required
	MaxEjectFor Duration `json:"maxEjectFor,omitempty"`
	// activeInterval between two active checks; empty: none.
	// +optional
	ActiveInterval Duration `json:"activeInterval,omitempty"`
}
