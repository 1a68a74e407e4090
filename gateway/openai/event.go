package openai

import "io"

// MaxEventBytes is what no line of a stream may exceed: Open WebUI's HTTP client gives up on lines over 128 KB, other clients
// somewhat later. Sources: open-webui issues 17626 and 19800.
const MaxEventBytes = 64 << 10

// EventWriter takes the events of a stream, one JSON document each, and sends each to the client at once. Its errors mean that
// the client is gone.
type EventWriter interface {
	WriteEvent(data []byte) error
}

// Events writes server-sent events: `data:` lines and nothing else, because an `id:` or `event:` line breaks clients that are in
// use (openai-python dispatches empty events after an id). Each event is one Write followed by a flush. It is for one goroutine.
type Events struct {
	w     io.Writer
	flush func() error
	buf   []byte
}

// NewEventWriter returns Events that go to w; flush sends on what w has buffered, as http.ResponseController.Flush does.
func NewEventWriter(w io.Writer, flush func() error) *Events {
	return &Events{w: w, flush: flush}
}

// WriteEvent sends one JSON document. A line break, which JSON allows between its tokens, becomes a space, so that the event
// stays one line.
func (e *Events) WriteEvent(data []byte) error {
	e.buf = append(e.buf[:0], "data: "...)
	from := len(e.buf)
	e.buf = append(e.buf, data...)
	for i, c := range e.buf[from:] {
		if c == '\n' || c == '\r' {
			e.buf[from+i] = ' '
		}
	}
	e.buf = append(e.buf, "\n\n"...)
	if _, err := e.w.Write(e.buf); err != nil {
		return err
	}
	return e.flush()
}

// Done ends a stream that is complete.
func (e *Events) Done() error { return e.WriteEvent([]byte("[DONE]")) }

// Fail tells the client that the stream broke. No `[DONE]` may follow. The event holds nothing but the error, because clients
// overlook an error beside `choices`.
func (e *Events) Fail(err *Error) error { return e.WriteEvent(err.JSON()) }
