package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/openai/openai-go/v3/packages/param"
	"github.com/openai/openai-go/v3/shared"
)

// openAI is the official SDK of OpenAI.
type openAI struct {
	*scenario
	url string
	api openai.Client
}

func newOpenAI(s *scenario, url, key string) openAI {
	return openAI{s, url, openai.NewClient(option.WithBaseURL(url+"/v1"), option.WithAPIKey(key), option.WithMaxRetries(0))}
}

func openAIFeatures(s *scenario, url string) (string, map[string]feature) {
	o := newOpenAI(s, url, s.Key)
	features := suite{s, o}.features()
	features["models"], features["embeddings"], features["completions"] = o.models, o.embeddings, o.completions
	features["media"], features["responses"] = o.media, o.responses
	return "github.com/openai/openai-go/v3", features
}

func (o openAI) with(key string) client { return newOpenAI(o.scenario, o.url, key) }

func (openAI) forces() bool { return true }

func (openAI) status(err error) int {
	if e, ok := errors.AsType[*openai.Error](err); ok {
		return e.StatusCode
	}
	return 0
}

func (openAI) user(text string, image *picture) message {
	if image == nil {
		return openai.UserMessage(text)
	}
	return openai.UserMessage([]openai.ChatCompletionContentPartUnionParam{
		openai.TextContentPart(text),
		openai.ImageContentPart(openai.ChatCompletionContentPartImageImageURLParam{URL: image.dataURL()}),
	})
}

func (openAI) results(calls []call, texts []string) []message {
	all := make([]message, len(calls))
	for i, c := range calls {
		all[i] = openai.ToolMessage(texts[i], c.id)
	}
	return all
}

func (o openAI) ask(ctx context.Context, r request) (*answer, error) {
	body := o.body(r)
	if r.onText != nil {
		return o.stream(ctx, r, body)
	}
	completion, err := o.api.Chat.Completions.New(ctx, body)
	if err != nil {
		return nil, err
	}
	return openAIAnswer(completion, reasoning(completion.Choices[0].Message.RawJSON()))
}

func (o openAI) stream(ctx context.Context, r request, body openai.ChatCompletionNewParams) (*answer, error) {
	body.StreamOptions.IncludeUsage = openai.Bool(true)
	stream := o.api.Chat.Completions.NewStreaming(ctx, body)
	defer stream.Close()
	var whole openai.ChatCompletionAccumulator
	var thinking strings.Builder
	for stream.Next() {
		chunk := stream.Current()
		if !whole.AddChunk(chunk) {
			return nil, fmt.Errorf("the accumulator refuses the chunk %s", chunk.RawJSON())
		}
		if len(chunk.Choices) == 0 {
			continue
		}
		thinking.WriteString(reasoning(chunk.Choices[0].Delta.RawJSON()))
		if chunk.Choices[0].Delta.Content != "" {
			if err := r.onText(); err != nil {
				return nil, err
			}
		}
	}
	if err := stream.Err(); err != nil {
		return nil, err
	}
	return openAIAnswer(&whole.ChatCompletion, thinking.String())
}

func (o openAI) body(r request) openai.ChatCompletionNewParams {
	body := openai.ChatCompletionNewParams{Model: r.model}
	if r.system != "" {
		body.Messages = append(body.Messages, openai.SystemMessage(r.system))
	}
	for _, m := range r.messages {
		body.Messages = append(body.Messages, m.(openai.ChatCompletionMessageParamUnion))
	}
	if r.tools {
		body.Tools = []openai.ChatCompletionToolUnionParam{openai.ChatCompletionFunctionTool(shared.FunctionDefinitionParam{
			Name: o.Tool.Name, Description: openai.String(o.Tool.Description), Parameters: o.Tool.Parameters,
		})}
	}
	if r.force {
		body.ToolChoice = openai.ToolChoiceOptionFunctionToolChoice(openai.ChatCompletionNamedToolChoiceFunctionParam{Name: o.Tool.Name})
	}
	if r.think {
		body.ReasoningEffort = shared.ReasoningEffortLow
	}
	if r.max > 0 {
		body.MaxCompletionTokens = openai.Int(int64(r.max))
	}
	return body
}

// reasoning is what other servers than OpenAI's own add to a message.
func reasoning(message string) string {
	var m struct {
		ReasoningContent string `json:"reasoning_content"`
	}
	_ = json.Unmarshal([]byte(message), &m) // the SDK has parsed it
	return m.ReasoningContent
}

func openAIAnswer(c *openai.ChatCompletion, thinking string) (*answer, error) {
	if len(c.Choices) == 0 {
		return nil, errors.New("the answer has no choices")
	}
	m := c.Choices[0].Message
	a := &answer{
		text: m.Content, finish: c.Choices[0].FinishReason, thinking: thinking, messages: []message{m.ToParam()},
		input: c.Usage.PromptTokens, output: c.Usage.CompletionTokens, cached: c.Usage.PromptTokensDetails.CachedTokens,
	}
	if a.finish == "tool_calls" {
		a.finish = "tools"
	}
	for _, t := range m.ToolCalls {
		toolCall := call{id: t.ID, name: t.Function.Name}
		if err := json.Unmarshal([]byte(t.Function.Arguments), &toolCall.args); err != nil {
			return nil, fmt.Errorf("reading the arguments of a tool call: %w", err)
		}
		a.calls = append(a.calls, toolCall)
	}
	return a, nil
}

func (o openAI) structured(ctx context.Context, model, text string) (map[string]any, error) {
	completion, err := o.api.Chat.Completions.New(ctx, openai.ChatCompletionNewParams{
		Model:    model,
		Messages: []openai.ChatCompletionMessageParamUnion{openai.UserMessage(text)},
		ResponseFormat: openai.ChatCompletionNewParamsResponseFormatUnion{OfJSONSchema: &shared.ResponseFormatJSONSchemaParam{
			JSONSchema: shared.ResponseFormatJSONSchemaJSONSchemaParam{Name: o.Schema.Name, Schema: o.Schema.Schema, Strict: param.NewOpt(true)},
		}},
	})
	if err != nil {
		return nil, err
	}
	return object(completion.Choices[0].Message.Content)
}

// object parses an answer that is JSON.
func object(text string) (map[string]any, error) {
	var parsed map[string]any
	if err := json.Unmarshal([]byte(text), &parsed); err != nil {
		return nil, fmt.Errorf("reading the object %.100q: %w", text, err)
	}
	return parsed, nil
}

func (o openAI) models(ctx context.Context, _ cell) error {
	var ids []string
	list := o.api.Models.ListAutoPaging(ctx)
	for list.Next() {
		ids = append(ids, list.Current().ID)
	}
	if err := list.Err(); err != nil {
		return err
	}
	one, err := o.api.Models.Get(ctx, "openai-model")
	if err != nil {
		return err
	}
	return errors.Join(o.expectModels(ids), equal("one model", one.ID, "openai-model"))
}

func (o openAI) embeddings(ctx context.Context, c cell) error {
	made, err := o.api.Embeddings.New(ctx, openai.EmbeddingNewParams{
		Model: c.Model, Input: openai.EmbeddingNewParamsInputUnion{OfArrayOfStrings: o.Texts},
	})
	if err != nil {
		return err
	}
	vectors := make([][]float64, len(made.Data))
	for i, d := range made.Data {
		vectors[i] = d.Embedding
	}
	return o.expectVectors(vectors)
}

func (o openAI) completions(ctx context.Context, c cell) error {
	body := openai.CompletionNewParams{
		Model: openai.CompletionNewParamsModel(c.Model), MaxTokens: openai.Int(100),
		Prompt: openai.CompletionNewParamsPromptUnion{OfString: openai.String(o.Prompts.Hello)},
	}
	whole, err := o.api.Completions.New(ctx, body)
	if err != nil {
		return fmt.Errorf("completing a prompt: %w", err)
	}
	if err := equal("completed prompt", whole.Choices[0].Text, o.greeting(c.Provider)); err != nil {
		return err
	}
	stream := o.api.Completions.NewStreaming(ctx, body)
	defer stream.Close()
	var said strings.Builder
	for stream.Next() {
		for _, choice := range stream.Current().Choices {
			said.WriteString(choice.Text)
		}
	}
	if err := stream.Err(); err != nil {
		return fmt.Errorf("streaming a completed prompt: %w", err)
	}
	return equal("streamed prompt", said.String(), o.greeting(c.Provider))
}
