package sse

import "io"

// MaxLine is what no line of a stream that the gateway itself writes may exceed, where the protocol has a way to cut it: Open
// WebUI's HTTP client gives up on lines over 128 KB, other clients somewhat later.
// Sources: open-webui issues 17626 and 19800.
const MaxLine = 64 << 10

// Writer writes events, each as one Write followed by a flush. It writes `event:` and `data:` lines and nothing else, because an
// `id:` line breaks clients that are in use (openai-python dispatches empty events after it). It is for one goroutine. Its errors
// mean that the client is gone.
type Writer struct {
	w     io.Writer
	flush func() error
	buf   []byte
}

// NewWriter returns a Writer to w; flush sends on what w has buffered, as http.ResponseController.Flush does.
func NewWriter(w io.Writer, flush func() error) *Writer { return &Writer{w: w, flush: flush} }

// Data sends an event without a name.
func (e *Writer) Data(data []byte) error { return e.Event("", data) }

// Event sends one event.
func (e *Writer) Event(name string, data []byte) error {
	e.buf = Append(e.buf[:0], name, data)
	return e.Raw(e.buf)
}

// Raw sends bytes as they are: events that are framed already, or lines of another framing.
func (e *Writer) Raw(p []byte) error {
	if _, err := e.w.Write(p); err != nil {
		return err
	}
	return e.flush()
}

// Comment is a comment, which clients pass over. The empty line after it keeps those that cut streams at empty lines from taking it for
// a part of the next event. The text must be one line.
func Comment(text string) []byte { return []byte(": " + text + "\n\n") }

// Append appends an event to b; name may be empty. A line break in data, which JSON allows between its tokens, becomes a space, so
// that the event stays one line.
func Append(b []byte, name string, data []byte) []byte {
	if name != "" {
		b = append(append(append(b, "event: "...), name...), '\n')
	}
	b = append(b, "data: "...)
	from := len(b)
	b = append(b, data...)
	for i, c := range b[from:] {
		if c == '\n' || c == '\r' {
			b[from+i] = ' '
		}
	}
	return append(b, "\n\n"...)
}
