package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/ollama/ollama/api"
)

// llama is the official SDK of Ollama.
type llama struct {
	*scenario
	url string
	api *api.Client
}

// bearer sends a key with every request: the SDK itself knows none.
type bearer string

func (b bearer) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+string(b))
	return http.DefaultTransport.RoundTrip(r)
}

func newLlama(s *scenario, address, key string) llama {
	base, _ := url.Parse(address) // the runner's own
	return llama{s, address, api.NewClient(base, &http.Client{Transport: bearer(key)})}
}

func ollamaFeatures(s *scenario, url string) (string, map[string]feature) {
	l := newLlama(s, url, s.Key)
	chats := suite{s, l}
	features := chats.features()
	features["models"], features["embeddings"] = l.models, l.embeddings
	features["chat"] = func(ctx context.Context, c cell) error { return errors.Join(chats.chat(ctx, c), l.generate(ctx, c)) }
	return "github.com/ollama/ollama", features
}

func (l llama) with(key string) client { return newLlama(l.scenario, l.url, key) }

func (llama) forces() bool { return false }

func (llama) status(err error) int {
	if e, ok := errors.AsType[api.StatusError](err); ok {
		return e.StatusCode
	}
	if e, ok := errors.AsType[api.AuthorizationError](err); ok {
		return e.StatusCode
	}
	return 0
}

func (llama) user(text string, image *picture) message {
	m := api.Message{Role: "user", Content: text}
	if image != nil {
		m.Images = []api.ImageData{image.bytes()}
	}
	return m
}

func (llama) results(calls []call, texts []string) []message {
	all := make([]message, len(calls))
	for i, c := range calls {
		all[i] = api.Message{Role: "tool", ToolName: c.name, Content: texts[i]}
	}
	return all
}

func (l llama) ask(ctx context.Context, r request) (*answer, error) {
	body, err := l.body(r)
	if err != nil {
		return nil, err
	}
	whole := api.ChatResponse{Message: api.Message{Role: "assistant"}}
	err = l.api.Chat(ctx, body, func(line api.ChatResponse) error {
		whole.Message.Content += line.Message.Content
		whole.Message.Thinking += line.Message.Thinking
		whole.Message.ToolCalls = append(whole.Message.ToolCalls, line.Message.ToolCalls...)
		whole.Done, whole.DoneReason, whole.Metrics = line.Done, line.DoneReason, line.Metrics
		if r.onText != nil && line.Message.Content != "" {
			return r.onText()
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if !whole.Done {
		return nil, errors.New("the stream ended before it was done")
	}
	return llamaAnswer(&whole), nil
}

func (l llama) body(r request) (*api.ChatRequest, error) {
	stream := r.onText != nil
	body := &api.ChatRequest{Model: r.model, Stream: &stream}
	if r.system != "" {
		body.Messages = append(body.Messages, api.Message{Role: "system", Content: r.system})
	}
	for _, m := range r.messages {
		body.Messages = append(body.Messages, m.(api.Message))
	}
	if r.tools {
		tool := api.Tool{Type: "function", Function: api.ToolFunction{Name: l.Tool.Name, Description: l.Tool.Description}}
		parameters, err := json.Marshal(l.Tool.Parameters)
		if err == nil {
			err = json.Unmarshal(parameters, &tool.Function.Parameters)
		}
		if err != nil {
			return nil, fmt.Errorf("writing the tool: %w", err)
		}
		body.Tools = api.Tools{tool}
	}
	if r.think {
		body.Think = &api.ThinkValue{Value: true}
	}
	if r.max > 0 {
		body.Options = map[string]any{"num_predict": r.max}
	}
	return body, nil
}

// llamaAnswer reads an answer. Ollama has no reason of its own for one with tool calls.
func llamaAnswer(r *api.ChatResponse) *answer {
	a := &answer{
		text: r.Message.Content, finish: r.DoneReason, thinking: r.Message.Thinking, messages: []message{r.Message},
		input: int64(r.PromptEvalCount), output: int64(r.EvalCount), cached: -1,
	}
	for i, c := range r.Message.ToolCalls {
		a.calls = append(a.calls, call{id: strconv.Itoa(i), name: c.Function.Name, args: c.Function.Arguments.ToMap()})
	}
	if len(a.calls) > 0 && a.finish == "stop" {
		a.finish = "tools"
	}
	return a
}

func (l llama) structured(ctx context.Context, model, text string) (map[string]any, error) {
	body, err := l.body(request{model: model, messages: []message{l.user(text, nil)}})
	if err != nil {
		return nil, err
	}
	if body.Format, err = json.Marshal(l.Schema.Schema); err != nil {
		return nil, fmt.Errorf("writing the schema: %w", err)
	}
	var said strings.Builder
	err = l.api.Chat(ctx, body, func(line api.ChatResponse) error { said.WriteString(line.Message.Content); return nil })
	if err != nil {
		return nil, err
	}
	return object(said.String())
}

// generate completes a prompt.
func (l llama) generate(ctx context.Context, c cell) error {
	for _, stream := range []bool{false, true} {
		var said strings.Builder
		body := &api.GenerateRequest{Model: c.Model, System: l.Prompts.System, Prompt: l.Prompts.Hello, Stream: &stream}
		err := l.api.Generate(ctx, body, func(line api.GenerateResponse) error { said.WriteString(line.Response); return nil })
		if err != nil {
			return fmt.Errorf("completing a prompt: %w", err)
		}
		if err := equal("completed prompt", said.String(), l.greeting(c.Provider)); err != nil {
			return err
		}
	}
	return nil
}

func (l llama) models(ctx context.Context, c cell) error {
	list, err := l.api.List(ctx)
	if err != nil {
		return fmt.Errorf("listing models: %w", err)
	}
	var ids []string
	for _, m := range list.Models {
		ids = append(ids, strings.TrimSuffix(m.Model, ":latest"))
	}
	if err := l.expectModels(ids); err != nil {
		return err
	}
	if _, err := l.api.Show(ctx, &api.ShowRequest{Model: c.Model}); err != nil {
		return fmt.Errorf("showing a model: %w", err)
	}
	if _, err := l.api.ListRunning(ctx); err != nil {
		return fmt.Errorf("listing running models: %w", err)
	}
	if _, err := l.api.Version(ctx); err != nil {
		return fmt.Errorf("asking for the version: %w", err)
	}
	return l.api.Heartbeat(ctx)
}

func (l llama) embeddings(ctx context.Context, c cell) error {
	made, err := l.api.Embed(ctx, &api.EmbedRequest{Model: c.Model, Input: l.Texts})
	if err != nil {
		return err
	}
	one, err := l.api.Embeddings(ctx, &api.EmbeddingRequest{Model: c.Model, Prompt: l.Texts[0]})
	if err != nil {
		return fmt.Errorf("asking for one vector: %w", err)
	}
	return errors.Join(l.expectVectors(wide(made.Embeddings)), equal("length of one vector", len(one.Embedding), len(made.Embeddings[0])))
}
