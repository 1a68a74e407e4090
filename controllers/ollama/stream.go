package ollama

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
)

// Progress is how far a pull is, in bytes, over all layers that are known so far.
type Progress struct {
	Completed, Total int64
	// Fetched are those of the completed ones that the server did not have when the pull began.
	Fetched int64
}

// Pull has the server download a model, and calls report for every step. The server tells of an error in the stream, after a
// status of 200; a stream that ends without success is an error as well.
func (c *Client) Pull(ctx context.Context, model string, insecure bool, report func(Progress)) error {
	body, err := c.send(ctx, http.MethodPost, "/api/pull", map[string]any{"model": model, "insecure": insecure, "stream": true})
	if err != nil {
		return err
	}
	defer body.Close()
	layers := layers{}
	lines := bufio.NewScanner(body)
	lines.Buffer(nil, maxLine)
	for lines.Scan() {
		step := pullStep{}
		if err := json.Unmarshal(lines.Bytes(), &step); err != nil {
			return fmt.Errorf("reading the progress of the pull: %w", err)
		}
		switch {
		case step.Error != "":
			return errors.New(step.Error)
		case step.Status == "success":
			return nil
		case step.Digest != "":
			report(layers.take(step))
		}
	}
	if err := lines.Err(); err != nil {
		return interruption{fmt.Errorf("reading the progress of the pull: %w", err)}
	}
	return interruption{errors.New("the server ended the pull without saying how it went")}
}

// pullStep is one line of a pull's answer.
type pullStep struct {
	Status    string `json:"status"`
	Digest    string `json:"digest"`
	Total     int64  `json:"total"`
	Completed int64  `json:"completed"`
	Error     string `json:"error"`
}

// layer is how far one layer is, and how far it was when the pull began.
type layer struct{ completed, total, began int64 }

// layers are those that are known so far, by digest.
type layers map[string]layer

// take notes how far one layer is, and returns how far all are.
func (l layers) take(step pullStep) Progress {
	began := step.Completed
	if known, ok := l[step.Digest]; ok {
		began = known.began
	}
	l[step.Digest] = layer{step.Completed, step.Total, began}
	var sum Progress
	for _, one := range l {
		sum.Completed += one.completed
		sum.Total += one.total
		sum.Fetched += max(0, one.completed-one.began)
	}
	return sum
}
