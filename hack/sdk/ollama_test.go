package sdk

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/ollama/ollama/api"
)

// llama is Ollama's own client.
type llama struct {
	api    *api.Client
	tool   api.Tool
	pixels []byte
}

func dialOllama(t *testing.T, address, key string, l *link) client {
	t.Helper()
	base, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	l.bearer = key
	tool := api.Tool{Type: "function", Function: api.ToolFunction{Name: toolName, Description: toolDoc}}
	if err := json.Unmarshal(document(parameters()), &tool.Function.Parameters); err != nil {
		t.Fatal(err)
	}
	return llama{api.NewClient(base, &http.Client{Transport: l}), tool, pixels(t)}
}

// document is v as JSON; v is one of the documents of this package.
func document(v map[string]any) json.RawMessage {
	raw, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return raw
}

func (l llama) ask(ctx context.Context, q *question) (*answer, error) {
	last := api.ChatResponse{}
	turn := api.Message{Role: "assistant"}
	err := l.api.Chat(ctx, l.body(q), func(line api.ChatResponse) error {
		turn.Content += line.Message.Content
		turn.Thinking += line.Message.Thinking
		turn.ToolCalls = append(turn.ToolCalls, line.Message.ToolCalls...)
		last = line
		return nil
	})
	a := &answer{
		text: turn.Content, thinking: turn.Thinking, finish: last.DoneReason, turn: turn,
		usage: usage{int64(last.PromptEvalCount), -1, int64(last.EvalCount)},
	}
	for _, c := range turn.ToolCalls {
		where, _ := c.Function.Arguments.ToMap()["city"].(string)
		a.calls = append(a.calls, call{c.ID, c.Function.Name, where})
	}
	if a.finish == "stop" && len(a.calls) > 0 {
		a.finish = "tools"
	}
	if err == nil && !last.Done {
		err = errors.New("the answer did not end")
	}
	return a, err
}

func (l llama) body(q *question) *api.ChatRequest {
	user := api.Message{Role: "user", Content: prompt}
	if q.image {
		user.Images = []api.ImageData{l.pixels}
	}
	r := &api.ChatRequest{
		Model: q.model, Stream: &q.stream, Options: map[string]any{"num_predict": mostOut},
		Messages: []api.Message{{Role: "system", Content: system}, user},
	}
	if q.tools {
		r.Tools = api.Tools{l.tool}
	}
	if q.think {
		r.Think = &api.ThinkValue{Value: "low"}
	}
	if q.schema {
		r.Format = document(schema())
	}
	if q.before != nil {
		r.Messages = append(r.Messages, q.before.turn.(api.Message))
		for _, c := range q.before.calls {
			r.Messages = append(r.Messages, api.Message{Role: "tool", ToolName: c.name, ToolCallID: c.id, Content: weather[c.city]})
		}
	}
	return r
}

func (llama) refusal(err error) (refusal, bool) {
	if e, ok := errors.AsType[api.AuthorizationError](err); ok {
		return refusal{status: e.StatusCode}, true
	}
	e, ok := errors.AsType[api.StatusError](err)
	return refusal{status: e.StatusCode}, ok
}

func (l llama) models(ctx context.Context) ([]string, error) {
	list, err := l.api.List(ctx)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, m := range list.Models {
		names = append(names, strings.TrimSuffix(m.Model, ":latest"))
	}
	return names, nil
}

func (l llama) embed(ctx context.Context, model string, texts []string) ([][]float64, error) {
	made, err := l.api.Embed(ctx, &api.EmbedRequest{Model: model, Input: texts})
	if err != nil {
		return nil, err
	}
	vectors := make([][]float64, len(made.Embeddings))
	for i, v := range made.Embeddings {
		vectors[i] = wide(v)
	}
	return vectors, nil
}
