package ollama

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// maxLine bounds one line of an answer.
const maxLine = 1 << 20

// Client speaks to one server.
type Client struct {
	// URL of the server's root, without a slash at its end.
	URL string
	// HTTP sends the requests. It must set no time limit on a whole exchange: a pull takes as long as it takes.
	HTTP *http.Client
	// Header is sent with every request; it may hold a credential.
	Header http.Header
}

// Progress is how far a pull is, over all layers that are known so far.
type Progress struct{ Completed, Total int64 }

// Models lists the names of the models that the server has, each with its tag.
func (c *Client) Models(ctx context.Context) ([]string, error) {
	var answer struct {
		Models []struct {
			Name string `json:"name"`
		} `json:"models"`
	}
	body, err := c.send(ctx, http.MethodGet, "/api/tags", nil)
	if err != nil {
		return nil, fmt.Errorf("listing models: %w", err)
	}
	defer body.Close()
	if err := json.NewDecoder(io.LimitReader(body, 16*maxLine)).Decode(&answer); err != nil {
		return nil, fmt.Errorf("reading the list of models: %w", err)
	}
	names := make([]string, len(answer.Models))
	for i, m := range answer.Models {
		names[i] = m.Name
	}
	return names, nil
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
			layers[step.Digest] = Progress{Completed: step.Completed, Total: step.Total}
			report(layers.sum())
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("reading the progress of the pull: %w", err)
	}
	return errors.New("the server ended the pull without saying how it went")
}

// Copy gives a model a second name.
func (c *Client) Copy(ctx context.Context, from, to string) error {
	return c.do(ctx, http.MethodPost, "/api/copy", map[string]any{"source": from, "destination": to})
}

// Delete takes a name away from the server.
func (c *Client) Delete(ctx context.Context, model string) error {
	return c.do(ctx, http.MethodDelete, "/api/delete", map[string]any{"model": model})
}

// Load loads a model into memory, where it stays for the server's own keep-alive time.
func (c *Client) Load(ctx context.Context, model string) error {
	return c.do(ctx, http.MethodPost, "/api/generate", map[string]any{"model": model, "stream": false})
}

func (c *Client) do(ctx context.Context, method, path string, request any) error {
	body, err := c.send(ctx, method, path, request)
	if err != nil {
		return err
	}
	defer body.Close()
	_, err = io.Copy(io.Discard, io.LimitReader(body, maxLine))
	return err
}

// send returns the body of a good answer. Any other is an error in the server's own words.
func (c *Client) send(ctx context.Context, method, path string, request any) (io.ReadCloser, error) {
	var payload io.Reader
	if request != nil {
		encoded, err := json.Marshal(request)
		if err != nil {
			return nil, fmt.Errorf("encoding the request: %w", err)
		}
		payload = bytes.NewReader(encoded)
	}
	r, err := http.NewRequestWithContext(ctx, method, c.URL+path, payload)
	if err != nil {
		return nil, fmt.Errorf("making the request: %w", err)
	}
	for name, values := range c.Header {
		r.Header[name] = values
	}
	r.Header.Set("Content-Type", "application/json")
	answer, err := c.HTTP.Do(r)
	if err != nil {
		return nil, err
	}
	if answer.StatusCode != http.StatusOK {
		defer answer.Body.Close()
		return nil, refusal(answer)
	}
	return answer.Body, nil
}

// refusal reads {"error": "…"}, or tells the status where the answer is something else.
func refusal(answer *http.Response) error {
	var said struct {
		Error string `json:"error"`
	}
	err := json.NewDecoder(io.LimitReader(answer.Body, maxLine)).Decode(&said)
	if err != nil || strings.TrimSpace(said.Error) == "" {
		return fmt.Errorf("the server answered %s", answer.Status)
	}
	return errors.New(said.Error)
}

// pullStep is one line of a pull's answer.
type pullStep struct {
	Status    string `json:"status"`
	Digest    string `json:"digest"`
	Total     int64  `json:"total"`
	Completed int64  `json:"completed"`
	Error     string `json:"error"`
}

// layers holds how far each layer is, by digest.
type layers map[string]Progress

func (l layers) sum() Progress {
	var sum Progress
	for _, p := range l {
		sum.Completed += p.Completed
		sum.Total += p.Total
	}
	return sum
}
