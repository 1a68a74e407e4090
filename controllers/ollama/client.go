package ollama

import (
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

// Model is one that a server has.
type Model struct {
	// Name with its tag, as the server lists it.
	Name string
	// Digest of its manifest, `sha256:` and 64 hexadecimal digits; empty where the server does not say.
	Digest string
}

// Models lists the models that the server has.
func (c *Client) Models(ctx context.Context) ([]Model, error) {
	var answer struct {
		Models []struct {
			Name   string `json:"name"`
			Digest string `json:"digest"`
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
	models := make([]Model, len(answer.Models))
	for i, m := range answer.Models {
		models[i] = Model{Name: m.Name, Digest: digestOf(m.Digest)}
	}
	return models, nil
}

// digestOf writes a digest as registries do; a server leaves the algorithm out. What is no digest is none.
func digestOf(said string) string {
	hexadecimal := strings.TrimPrefix(said, sha256Prefix)
	if len(hexadecimal) != 64 || strings.Trim(hexadecimal, "0123456789abcdef") != "" {
		return ""
	}
	return sha256Prefix + hexadecimal
}

// Copy gives a model a second name.
func (c *Client) Copy(ctx context.Context, from, to string) error {
	return c.do(ctx, http.MethodPost, "/api/copy", map[string]any{"source": from, "destination": to})
}

// Delete takes a name away from the server, and whatever no other name needs.
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
		return nil, interruption{err}
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

// interruption is an error of the connection to the server: the server has not said that anything went wrong.
type interruption struct{ error }

func (i interruption) Unwrap() error { return i.error }
