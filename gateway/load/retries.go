package load

// Retries is the retry budget of one alias.
type Retries struct{}
