// Package credential proves the gateway's identity to providers that take more than a fixed key: Google's access tokens, which
// live for an hour, and Amazon's signatures, which cover each request.
package credential

import (
	"context"
	"net/http"
)

// Authorizer puts what proves the gateway's identity into a request, just before it is sent.
type Authorizer interface {
	// Authorize changes the headers of r and nothing else. body is what will be sent, in pieces, for schemes that sign it; it is not
	// kept. It may ask another server for a token and waits for that until ctx ends. No error holds a secret.
	Authorize(ctx context.Context, r *http.Request, body [][]byte) error
}
