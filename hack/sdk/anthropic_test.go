package sdk

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"

	"github.com/anthropics/anthropic-sdk-go"
	"github.com/anthropics/anthropic-sdk-go/option"
)

// claude is anthropic-sdk-go.
type claude struct {
	api anthropic.Client
}

func dialAnthropic(_ *testing.T, url, key string, l *link) client {
	return claude{anthropic.NewClient(option.WithBaseURL(url), option.WithAPIKey(key), option.WithMaxRetries(0), option.WithHTTPClient(&http.Client{Transport: l}))}
}

func (c claude) ask(ctx context.Context, q *question) (*answer, error) {
	if q.stream {
		return c.follow(ctx, q)
	}
	whole, err := c.api.Messages.New(ctx, c.body(q))
	if err != nil {
		return nil, err
	}
	return c.answer(whole), nil
}

func (c claude) follow(ctx context.Context, q *question) (*answer, error) {
	stream := c.api.Messages.NewStreaming(ctx, c.body(q))
	defer stream.Close()
	var whole anthropic.Message
	for stream.Next() {
		event := stream.Current()
		if err := whole.Accumulate(event); err != nil {
			return nil, fmt.Errorf("accumulating %s: %w", event.RawJSON(), err)
		}
	}
	return c.answer(&whole), stream.Err()
}

func (claude) answer(m *anthropic.Message) *answer {
	a := &answer{turn: m.ToParam(), finish: string(m.StopReason), usage: usage{
		m.Usage.InputTokens + m.Usage.CacheCreationInputTokens + m.Usage.CacheReadInputTokens, m.Usage.CacheReadInputTokens, m.Usage.OutputTokens,
	}}
	switch m.StopReason {
	case anthropic.StopReasonEndTurn:
		a.finish = "stop"
	case anthropic.StopReasonToolUse:
		a.finish = "tools"
	}
	for _, b := range m.Content {
		a.text += b.Text
		a.thinking += b.Thinking
		if b.Type == "tool_use" {
			a.calls = append(a.calls, call{b.ID, b.Name, city(string(b.Input))})
		}
	}
	return a
}

func (claude) body(q *question) anthropic.MessageNewParams {
	p := anthropic.MessageNewParams{
		Model: q.model, MaxTokens: mostOut, System: []anthropic.TextBlockParam{{Text: system}},
		Messages: []anthropic.MessageParam{anthropic.NewUserMessage(anthropic.NewTextBlock(prompt))},
	}
	if q.image {
		p.Messages[0].Content = append(p.Messages[0].Content, anthropic.NewImageBlockBase64("image/png", png))
	}
	if q.tools {
		p.Tools = []anthropic.ToolUnionParam{{OfTool: &anthropic.ToolParam{
			Name: toolName, Description: anthropic.String(toolDoc), Strict: anthropic.Bool(true),
			InputSchema: anthropic.ToolInputSchemaParam{
				Properties: parameters()["properties"], Required: []string{"city"}, ExtraFields: map[string]any{"additionalProperties": false},
			},
		}}}
	}
	if q.think {
		p.Thinking = anthropic.ThinkingConfigParamOfEnabled(1024)
	}
	if q.schema {
		p.OutputConfig.Format.Schema = schema()
	}
	if q.before != nil {
		results := make([]anthropic.ContentBlockParamUnion, len(q.before.calls))
		for i, c := range q.before.calls {
			results[i] = anthropic.NewToolResultBlock(c.id, weather[c.city], false)
		}
		p.Messages = append(p.Messages, q.before.turn.(anthropic.MessageParam), anthropic.NewUserMessage(results...))
	}
	return p
}

func (claude) refusal(err error) (refusal, bool) {
	e, ok := errors.AsType[*anthropic.Error](err)
	if !ok {
		return refusal{}, false
	}
	return refusal{e.StatusCode, string(e.Type()), e.Response.Header.Get("Retry-After")}, true
}

func (c claude) models(ctx context.Context) ([]string, error) {
	var names []string
	list := c.api.Models.ListAutoPaging(ctx, anthropic.ModelListParams{})
	for list.Next() {
		names = append(names, list.Current().ID)
	}
	return names, list.Err()
}

func (c claude) count(ctx context.Context, q *question) (int64, error) {
	counted, err := c.api.Messages.CountTokens(ctx, anthropic.MessageCountTokensParams{Model: q.model, Messages: c.body(q).Messages})
	if err != nil {
		return 0, err
	}
	return counted.InputTokens, nil
}
