package openai

// EventWriter takes the events of a stream, one JSON document each, and sends each to the client at once. Its errors mean that
// the client is gone.
type EventWriter interface {
	WriteEvent(data []byte) error
}
