// Package sse reads and writes server-sent events.
// Source: https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
package sse
