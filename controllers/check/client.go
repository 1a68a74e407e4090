package check

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"
)

const (
	// patience with one question that needs no model.
	patience = 10 * time.Second
	// maxAnswer bounds what is read of an answer.
	maxAnswer = 1 << 20
	// question is what a model is asked; the answer may be short.
	question, maxTokens = "Say hello.", 16
)

// client asks by HTTP.
type client struct {
	http *http.Client
	Options
}

func (c *client) operator(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	_, err := c.do(ctx, http.MethodGet, strings.TrimSuffix(c.Operator, "/")+"/readyz", nil)
	return c.Operator, err
}

// models checks that the gateway lists every model that it has to.
func (c *client) models(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	body, err := c.do(ctx, http.MethodGet, c.at("/v1/models"), nil)
	if err != nil {
		return "", err
	}
	var list struct{ Data []struct{ ID string } }
	if err := json.Unmarshal(body, &list); err != nil {
		return "", fmt.Errorf("reading the list of models: %w", err)
	}
	var names []string
	for _, m := range list.Data {
		names = append(names, m.ID)
	}
	for _, wanted := range c.Models {
		if !slices.Contains(names, wanted) {
			return "", fmt.Errorf("expected model %s, found %s", wanted, enumerate(names))
		}
	}
	return c.Gateway + " has " + enumerate(names), nil
}

// answer asks a model a question. A model that is still being loaded may take minutes: only the whole check bounds it.
func (c *client) answer(ctx context.Context) (string, error) {
	request, err := json.Marshal(map[string]any{
		"model": c.Ask, "max_tokens": maxTokens, "messages": []map[string]string{{"role": "user", "content": question}},
	})
	if err != nil {
		return "", fmt.Errorf("writing a question: %w", err)
	}
	body, err := c.do(ctx, http.MethodPost, c.at("/v1/chat/completions"), request)
	if err != nil {
		return "", err
	}
	var answer struct {
		Choices []struct{ Message struct{ Content string } }
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return "", fmt.Errorf("reading the answer: %w", err)
	}
	if len(answer.Choices) == 0 {
		return "", errors.New("expected an answer, found one without choices")
	}
	return fmt.Sprintf("%q", answer.Choices[0].Message.Content), nil
}

func (c *client) at(path string) string { return strings.TrimSuffix(c.Gateway, "/") + path }

// do returns the body of an answer with status 200. The operator is given no key.
func (c *client) do(ctx context.Context, method, url string, body []byte) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("asking %s: %w", url, err)
	}
	if c.Key != "" && strings.HasPrefix(url, c.at("/v1/")) {
		request.Header.Set("Authorization", "Bearer "+c.Key)
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	response, err := c.http.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return nil, fmt.Errorf("reading the answer of %s: %w", url, err)
	}
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("expected status 200 of %s, found %d: %s", url, response.StatusCode, reason(answer))
	}
	return answer, nil
}

// reason is the message of an error in OpenAI's shape, or the beginning of whatever else was answered.
func reason(body []byte) string {
	var document struct{ Error struct{ Message string } }
	if err := json.Unmarshal(body, &document); err == nil && document.Error.Message != "" {
		return document.Error.Message
	}
	return strings.TrimSpace(string(body[:min(len(body), 200)]))
}

func enumerate(names []string) string {
	if len(names) == 0 {
		return "no models"
	}
	return strings.Join(names, ", ")
}
