package v1alpha1

// Duration is a span of time in Go's notation, in whole units: `90s`, `10m`, `1h30m`, `500ms`.
//
// +kubebuilder:validation:MaxLength=32
// +kubebuilder:validation:Pattern=`^([0-9]{1,5}(h|m|s|ms)){1,4}$`
type Duration string

// Timeouts bound how long a request may take. Each that is absent is taken from the next in the order alias, provider,
// gateway, built-in value.
//
// +kubebuilder:validation:MinProperties=1
type Timeouts struct {
	// request bounds the whole exchange with one target, a stream's length included. Built-in: 10m.
	// +optional
	Request Duration `json:"request,omitempty"`
	// firstByte bounds the time until the first event of a stream. It does not apply to a whole answer, which begins only when the
	// target is done with it: that is bounded by request. Built-in: 60s.
	// +optional
	FirstByte Duration `json:"firstByte,omitempty"`
	// streamIdle bounds the silence between two reads of a response. Built-in: 60s.
	// +optional
	StreamIdle Duration `json:"streamIdle,omitempty"`
}

// RetryCondition is a failure of a target, met before the client has received a byte, after which the next target is tried.
//
// +kubebuilder:validation:Enum=ConnectFailure;Timeout;RateLimited;ServerError;ContextLengthExceeded;ContentFiltered
type RetryCondition string

// Values of RetryCondition.
const (
	// RetryOnConnectFailure is a target that could not be reached, or that closed the connection before it answered.
	RetryOnConnectFailure RetryCondition = "ConnectFailure"
	// RetryOnTimeout is a target that exceeded the firstByte or the request timeout, or that answered 408.
	RetryOnTimeout RetryCondition = "Timeout"
	// RetryOnRateLimited is a target that answered 429, with or without Retry-After.
	RetryOnRateLimited RetryCondition = "RateLimited"
	// RetryOnServerError is a target that answered 5xx, 401 to the provider's own key, or not as its protocol says.
	RetryOnServerError RetryCondition = "ServerError"
	// RetryOnContextLengthExceeded is a target that refused the request because it is too long for its model.
	RetryOnContextLengthExceeded RetryCondition = "ContextLengthExceeded"
	// RetryOnContentFiltered is a target that refused the request because of its content filter.
	RetryOnContentFiltered RetryCondition = "ContentFiltered"
)

// Retry says whether and when the next target is tried. No target is tried twice for one request, and nothing is retried once a
// byte has been sent to the client.
//
// +kubebuilder:validation:MinProperties=1
type Retry struct {
	// attempts is the number of further targets that one request may try after the first. Built-in: 2.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=10
	Attempts *int32 `json:"attempts,omitempty"`
	// retryOn lists the failures that move on to the next target. Built-in: ConnectFailure, Timeout, RateLimited and ServerError.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=6
	RetryOn []RetryCondition `json:"retryOn,omitempty"`
	// budgetPercent bounds the requests under way that are retries, in percent of all that are under way for the alias in one replica; 3 may
	// be in any case. It keeps retries from multiplying the load when everything fails. Built-in: 20.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=100
	BudgetPercent *int32 `json:"budgetPercent,omitempty"`
}
