package stack

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
)

// Client asks a gateway as an application does.
type Client struct {
	// HTTP sends.
	HTTP *http.Client
	// BaseURL and Key are what applications know as OPENAI_BASE_URL and OPENAI_API_KEY.
	BaseURL, Key string
}

// NewClient returns a client of the stack's gateway.
func (s *Stack) NewClient(ctx context.Context) (*Client, error) {
	address, err := s.Address(ctx)
	if err != nil {
		return nil, err
	}
	key, err := s.Key(ctx)
	if err != nil {
		return nil, err
	}
	return &Client{HTTP: s.HTTP, BaseURL: address, Key: key}, nil
}

// At is the same client, aimed at one replica.
func (c *Client) At(baseURL string) *Client {
	return &Client{HTTP: c.HTTP, BaseURL: baseURL, Key: c.Key}
}

// With is the same client with another key.
func (c *Client) With(key string) *Client {
	return &Client{HTTP: c.HTTP, BaseURL: c.BaseURL, Key: key}
}

type message struct {
	Role    string `json:"role"`
	Content string `json:"content"`
}

type chatRequest struct {
	Model         string         `json:"model"`
	Messages      []message      `json:"messages"`
	Stream        bool           `json:"stream,omitempty"`
	MaxTokens     int            `json:"max_tokens,omitempty"`
	StreamOptions map[string]any `json:"stream_options,omitempty"`
}

// Ask sends one chat completion and returns the text of the answer.
func (c *Client) Ask(ctx context.Context, model, prompt string) (string, error) {
	answer, err := c.Chat(ctx, model, prompt)
	if err != nil {
		return "", err
	}
	text, err := answer.Text()
	if err != nil {
		return "", fmt.Errorf("asking %s: %w", model, err)
	}
	return text, nil
}

// Chat sends one chat completion and returns the answer, whatever its status.
func (c *Client) Chat(ctx context.Context, model, prompt string) (*Answer, error) {
	return c.Call(ctx, http.MethodPost, "/v1/chat/completions", chatRequest{Model: model, Messages: []message{{Role: "user", Content: prompt}}})
}

// send posts a chat completion.
func (c *Client) send(ctx context.Context, ask chatRequest) (*http.Response, error) {
	body, err := json.Marshal(ask)
	if err != nil {
		return nil, fmt.Errorf("encoding the request: %w", err)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.BaseURL+"/chat/completions", bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("making the request: %w", err)
	}
	request.Header.Set("Authorization", "Bearer "+c.Key)
	request.Header.Set("Content-Type", "application/json")
	response, err := c.HTTP.Do(request)
	if err != nil {
		return nil, fmt.Errorf("asking %s: %w", ask.Model, err)
	}
	return response, nil
}
