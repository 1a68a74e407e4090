// Package telemetry records what the gateway did: metrics for Prometheus and one line of log for each request. The request path
// hands over an Exchange at the end and waits for nothing: series are resolved once and kept, and lines leave through a queue.
// Neither ever holds a key, a prompt or an answer.
package telemetry
