package stack

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// Answer is what was answered to a request.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// Decode reads the JSON of an answer with the status 200. Of any other it makes an error.
func (a *Answer) Decode(into any) error {
	if a.Status != http.StatusOK {
		return fmt.Errorf("%d %s: %s", a.Status, http.StatusText(a.Status), a.Body)
	}
	if err := json.Unmarshal(a.Body, into); err != nil {
		return fmt.Errorf("reading the answer %s: %w", a.Body, err)
	}
	return nil
}

// Text is what a chat completion says. Of any other answer it makes an error.
func (a *Answer) Text() (string, error) {
	var document struct {
		Choices []struct {
			Message message `json:"message"`
		} `json:"choices"`
	}
	if err := a.Decode(&document); err != nil {
		return "", err
	}
	if len(document.Choices) == 0 {
		return "", fmt.Errorf("unexpected answer %s", a.Body)
	}
	return document.Choices[0].Message.Content, nil
}

// Code is the code of the error in an answer, in OpenAI's form; empty where there is none.
func (a *Answer) Code() string {
	var document struct {
		Error struct {
			Code string `json:"code"`
		} `json:"error"`
	}
	_ = json.Unmarshal(a.Body, &document) // no JSON has no code
	return document.Error.Code
}

// Call sends any request to a path of the gateway, with a body unless that is nil, and returns the answer, whatever its status.
func (c *Client) Call(ctx context.Context, method, path string, body any) (*Answer, error) {
	return call(ctx, c.HTTP, method, strings.TrimSuffix(c.BaseURL, "/v1")+path, c.Key, body)
}

// call sends one request, with a key unless that is empty, and reads the answer to its end.
func call(ctx context.Context, through *http.Client, method, url, key string, body any) (*Answer, error) {
	var document []byte
	if body != nil {
		var err error
		if document, err = json.Marshal(body); err != nil {
			return nil, fmt.Errorf("encoding the request: %w", err)
		}
	}
	request, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(document))
	if err != nil {
		return nil, fmt.Errorf("making the request: %w", err)
	}
	if key != "" {
		request.Header.Set("Authorization", "Bearer "+key)
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := through.Do(request)
	if err != nil {
		return nil, fmt.Errorf("asking %s: %w", url, err)
	}
	defer response.Body.Close()
	answer := &Answer{Status: response.StatusCode, Header: response.Header}
	if answer.Body, err = io.ReadAll(response.Body); err != nil {
		return nil, fmt.Errorf("reading the answer of %s: %w", url, err)
	}
	return answer, nil
}
