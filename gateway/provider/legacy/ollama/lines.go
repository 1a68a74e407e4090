package ollama

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
)

// maxLine bounds one line of a stream, which may hold all calls of tools of an answer. Ollama's own client has the same limit.
// Source: https://github.com/ollama/ollama/blob/v0.17.4/api/client.go
const maxLine = 8 << 20

var errLongLine = fmt.Errorf("a line of the stream is longer than %d bytes", maxLine)

// lines yields the lines of a stream that are not empty. A line is valid until the next one. The last needs no line break.
func lines(src io.Reader) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		in := bufio.NewScanner(src)
		in.Buffer(make([]byte, 0, 4<<10), maxLine)
		for in.Scan() {
			if line := bytes.TrimSpace(in.Bytes()); len(line) > 0 && !yield(line, nil) {
				return
			}
		}
		switch err := in.Err(); {
		case errors.Is(err, bufio.ErrTooLong):
			yield(nil, errLongLine)
		case err != nil:
			yield(nil, fmt.Errorf("reading the stream: %w", err))
		}
	}
}
