package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/anthropics/anthropic-sdk-go"
	"github.com/anthropics/anthropic-sdk-go/option"
)

// claude is the official SDK of Anthropic.
type claude struct {
	*scenario
	url string
	api anthropic.Client
}

func newClaude(s *scenario, url, key string) claude {
	return claude{s, url, anthropic.NewClient(option.WithBaseURL(url), option.WithAPIKey(key), option.WithMaxRetries(0))}
}

func anthropicFeatures(s *scenario, url string) (string, map[string]feature) {
	c := newClaude(s, url, s.Key)
	features := suite{s, c}.features()
	features["models"], features["tokens"] = c.models, c.tokens
	return "github.com/anthropics/anthropic-sdk-go", features
}

func (c claude) with(key string) client { return newClaude(c.scenario, c.url, key) }

func (claude) forces() bool { return true }

func (claude) status(err error) int {
	if e, ok := errors.AsType[*anthropic.Error](err); ok {
		return e.StatusCode
	}
	return 0
}

func (claude) user(text string, image *picture) message {
	blocks := []anthropic.ContentBlockParamUnion{anthropic.NewTextBlock(text)}
	if image != nil {
		blocks = append(blocks, anthropic.NewImageBlockBase64(image.Type, image.Base64))
	}
	return anthropic.NewUserMessage(blocks...)
}

func (claude) results(calls []call, texts []string) []message {
	blocks := make([]anthropic.ContentBlockParamUnion, len(calls))
	for i, c := range calls {
		blocks[i] = anthropic.NewToolResultBlock(c.id, texts[i], false)
	}
	return []message{anthropic.NewUserMessage(blocks...)}
}

func (c claude) ask(ctx context.Context, r request) (*answer, error) {
	body := c.body(r)
	if r.onText == nil {
		whole, err := c.api.Messages.New(ctx, body)
		if err != nil {
			return nil, err
		}
		return claudeAnswer(whole)
	}
	stream := c.api.Messages.NewStreaming(ctx, body)
	defer stream.Close()
	var whole anthropic.Message
	for stream.Next() {
		event := stream.Current()
		if err := whole.Accumulate(event); err != nil {
			return nil, fmt.Errorf("accumulating %s: %w", event.RawJSON(), err)
		}
		if event.Type == "content_block_delta" && event.Delta.Type == "text_delta" {
			if err := r.onText(); err != nil {
				return nil, err
			}
		}
	}
	if err := stream.Err(); err != nil {
		return nil, err
	}
	if whole.StopReason == "" {
		return nil, errors.New("the stream ended without a stop reason")
	}
	return claudeAnswer(&whole)
}

func (c claude) body(r request) anthropic.MessageNewParams {
	body := anthropic.MessageNewParams{Model: r.model, MaxTokens: 4096}
	if r.max > 0 {
		body.MaxTokens = int64(r.max)
	}
	if r.system != "" {
		body.System = []anthropic.TextBlockParam{{Text: r.system}}
	}
	for _, m := range r.messages {
		body.Messages = append(body.Messages, m.(anthropic.MessageParam))
	}
	if r.tools {
		body.Tools = []anthropic.ToolUnionParam{{OfTool: &anthropic.ToolParam{
			Name: c.Tool.Name, Description: anthropic.String(c.Tool.Description),
			InputSchema: anthropic.ToolInputSchemaParam{
				Properties: c.Tool.Parameters["properties"], Required: []string{"city"}, ExtraFields: map[string]any{"additionalProperties": false},
			},
		}}}
	}
	if r.force {
		body.ToolChoice = anthropic.ToolChoiceParamOfTool(c.Tool.Name)
	}
	if r.think {
		body.Thinking = anthropic.ThinkingConfigParamOfEnabled(1024)
	}
	return body
}

func claudeAnswer(m *anthropic.Message) (*answer, error) {
	endings := map[anthropic.StopReason]string{
		anthropic.StopReasonEndTurn: "stop", anthropic.StopReasonMaxTokens: "length", anthropic.StopReasonToolUse: "tools",
	}
	a := &answer{finish: endings[m.StopReason], messages: []message{m.ToParam()}, cached: m.Usage.CacheReadInputTokens}
	a.input = m.Usage.InputTokens + m.Usage.CacheCreationInputTokens + m.Usage.CacheReadInputTokens
	a.output = m.Usage.OutputTokens
	var text, thinking strings.Builder
	for _, block := range m.Content {
		text.WriteString(block.Text)
		thinking.WriteString(block.Thinking)
		if block.Type == "tool_use" {
			args, err := object(string(block.Input))
			if err != nil {
				return nil, err
			}
			a.calls = append(a.calls, call{id: block.ID, name: block.Name, args: args})
		}
	}
	a.text, a.thinking = text.String(), thinking.String()
	return a, nil
}

func (c claude) structured(ctx context.Context, model, text string) (map[string]any, error) {
	body := c.body(request{model: model, messages: []message{c.user(text, nil)}})
	body.OutputConfig.Format.Schema = c.Schema.Schema
	m, err := c.api.Messages.New(ctx, body)
	if err != nil {
		return nil, err
	}
	a, err := claudeAnswer(m)
	if err != nil {
		return nil, err
	}
	return object(a.text)
}

func (c claude) models(ctx context.Context, _ cell) error {
	var ids []string
	list := c.api.Models.ListAutoPaging(ctx, anthropic.ModelListParams{})
	for list.Next() {
		ids = append(ids, list.Current().ID)
	}
	if err := list.Err(); err != nil {
		return err
	}
	one, err := c.api.Models.Get(ctx, "openai-model", anthropic.ModelGetParams{})
	if err != nil {
		return err
	}
	return errors.Join(c.expectModels(ids), equal("one model", one.ID, "openai-model"))
}

func (c claude) tokens(ctx context.Context, cell cell) error {
	counted, err := c.api.Messages.CountTokens(ctx, anthropic.MessageCountTokensParams{
		Model: cell.Model, Messages: []anthropic.MessageParam{anthropic.NewUserMessage(anthropic.NewTextBlock(c.Prompts.Hello))},
	})
	if err == nil && counted.InputTokens <= 0 {
		err = fmt.Errorf("%d tokens", counted.InputTokens)
	}
	return err
}
