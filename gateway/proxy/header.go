package proxy

import (
	"net/http"
	"strings"

	"github.com/fairlead-dev/fairlead/gateway/snapshot"
)

// Names of headers, in canonical form.
const (
	headerID     = "X-Request-Id"
	headerLength = "Content-Length"
	headerRetry  = "X-Should-Retry"
	headerType   = "Content-Type"
)

const typeEvents = "text/event-stream"

// Values of headers that are the same for every request. They are shared: net/http only reads them.
var (
	jsonType    = []string{"application/json"}
	eventType   = []string{typeEvents}
	noCache     = []string{"no-cache"}
	identity    = []string{"identity"}
	userAgent   = []string{"fairlead"}
	doNotRetry  = []string{"false"}
	noValue     = []string{}
	noBuffering = []string{"no"}
)

// passedUp are the client's headers that go upstream. All others stay here: what a client sends must not reach a provider by
// accident, and a `Connection` header must not be able to take away what the gateway adds.
func passedUp() []string { return []string{"Accept", "Openai-Beta", "Traceparent", "Tracestate"} }

// upstreamHeader builds the headers of the request to an upstream.
func upstreamHeader(client http.Header, id string, up *snapshot.Upstream) http.Header {
	h := make(http.Header, 8+len(up.Header))
	for _, name := range passedUp() {
		if v := client[name]; len(v) > 0 {
			h[name] = v
		}
	}
	h[headerType] = jsonType
	h["User-Agent"] = userAgent
	h[headerID] = []string{id}
	// Asking for no compression keeps the bytes readable for the side scanner, and http.Transport from unpacking them.
	h["Accept-Encoding"] = identity
	// A key without a value is not sent. It allows http.Transport to send again what a kept-alive connection, closed by the
	// other side meanwhile, did not take: see the documentation of http.Transport.
	h["Idempotency-Key"] = noValue
	for name, v := range up.Header {
		h[name] = v
	}
	return h
}

// passedDown says whether an upstream's header goes to the client: what describes the body, and what SDKs and scripts read.
// Never a cookie, a redirect, or a header about the connection.
func passedDown(name string) bool {
	switch name {
	case headerType, "Content-Encoding", "Retry-After", "Retry-After-Ms", headerRetry,
		"Openai-Processing-Ms", "Openai-Version", "Openai-Model":
		return true
	}
	return strings.HasPrefix(name, "X-Ratelimit-")
}

// copyDown passes an upstream's headers on to the client.
func copyDown(dst, src http.Header) {
	for name, v := range src {
		if passedDown(name) {
			dst[name] = v
		}
	}
}

// isStream says whether an answer is a stream of events.
func isStream(h http.Header) bool {
	v := h[headerType]
	return len(v) > 0 && len(v[0]) >= len(typeEvents) && strings.EqualFold(v[0][:len(typeEvents)], typeEvents)
}
