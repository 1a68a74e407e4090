package stack

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// ErrCut says that a stream ended before its end.
var ErrCut = errors.New("the stream was cut")

// Stream asks for a stream of at most tokens tokens and reads it to its end. It returns the number of events, and an error for
// everything but a stream that was answered with 200 and ended with [DONE]; it wraps ErrCut where nobody said why it ended earlier.
func (c *Client) Stream(ctx context.Context, model, prompt string, tokens int) (events int, err error) {
	response, err := c.send(ctx, chatRequest{Model: model, Stream: true, MaxTokens: tokens, Messages: []message{{Role: "user", Content: prompt}}})
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		body, _ := io.ReadAll(response.Body)
		return 0, fmt.Errorf("streaming from %s: %s: %s", model, response.Status, body)
	}
	done := false
	lines := bufio.NewScanner(response.Body)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		data, ok := bytes.CutPrefix(lines.Bytes(), []byte("data: "))
		switch {
		case !ok:
		case bytes.Equal(data, []byte("[DONE]")):
			done = true
		case bytes.HasPrefix(data, []byte(`{"error"`)):
			return events, fmt.Errorf("streaming from %s: %s", model, data)
		default:
			events++
		}
	}
	if err := lines.Err(); err != nil {
		return events, fmt.Errorf("streaming from %s: %w after %d events: %w", model, ErrCut, events, err)
	}
	if !done {
		return events, fmt.Errorf("streaming from %s: %w after %d events, without [DONE]", model, ErrCut, events)
	}
	return events, nil
}
