package proxy

import (
	"net/http"
	"strings"
)

// Names of headers, in canonical form.
const (
	headerConnection = "Connection"
	headerID         = "X-Request-Id"
	headerLength     = "Content-Length"
	headerRetry      = "X-Should-Retry"
	headerType       = "Content-Type"
)

// Values of headers that are the same for every request. They are shared: net/http only reads them.
var (
	jsonType    = []string{"application/json"}
	noCache     = []string{"no-cache"}
	identity    = []string{"identity"}
	userAgent   = []string{"fairlead"}
	doNotRetry  = []string{"false"}
	noValue     = []string{}
	noBuffering = []string{"no"}
	closing     = []string{"close"}
)

// traced are the client's headers that every upstream gets. Of the others an upstream of the same protocol gets those that the
// protocol names; the rest stays here: what a client sends must not reach a provider by accident, and a `Connection` header must
// not be able to take away what the gateway adds.
func traced() []string { return []string{"Traceparent", "Tracestate"} }

// upstreamHeader builds the headers of the request to an upstream.
func (a *attempt) upstreamHeader() http.Header {
	up, client := a.target.Upstream, a.r.Header
	h := make(http.Header, 10+len(up.Header))
	copyUp(h, client, traced())
	h[headerType] = jsonType
	for name, v := range a.plan.Header {
		h[name] = v
	}
	if a.plan.native {
		copyUp(h, client, a.service.PassUp)
		if a.service.Scan == nil {
			copyUp(h, client, []string{headerType})
		}
	}
	h["User-Agent"] = userAgent
	h[headerID] = []string{a.x.RequestID}
	// Asking for no compression keeps the bytes readable for the observer, and http.Transport from unpacking them.
	h["Accept-Encoding"] = identity
	for name, v := range up.Header {
		h[name] = v
	}
	return h
}

func copyUp(h, client http.Header, names []string) {
	for _, name := range names {
		if v := client[name]; len(v) > 0 {
			h[name] = v
		}
	}
}

// passedDown says whether an upstream's header goes to the client: what describes the body, and what SDKs and scripts read.
// Never a cookie, a redirect, or a header about the connection.
func passedDown(name string) bool {
	switch name {
	case headerType, "Content-Encoding", "Retry-After", "Retry-After-Ms", headerRetry,
		"Openai-Processing-Ms", "Openai-Version", "Openai-Model", "Content-Disposition":
		return true
	}
	return strings.HasPrefix(name, "X-Ratelimit-") || strings.HasPrefix(name, "Anthropic-Ratelimit-")
}

// copyDown passes an upstream's headers on to the client. Where the gateway has limits of its own, what is left of the upstream's is not
// the client's business.
func copyDown(dst, src http.Header, limited bool) {
	for name, v := range src {
		if passedDown(name) && (!limited || !strings.HasPrefix(name, "X-Ratelimit-")) {
			dst[name] = v
		}
	}
}
