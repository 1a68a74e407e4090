package load

// Endpoint is one model at one upstream, for all aliases that have it for a target. It is safe for concurrent use.
type Endpoint struct{}
