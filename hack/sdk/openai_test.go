package sdk

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/openai/openai-go/v3/packages/param"
	"github.com/openai/openai-go/v3/shared"
)

// openAI is openai-go's chat completions. A plain one repeats an answer with the SDK's ToParam, which knows OpenAI's own fields only;
// the other repeats reasoning_details as well, as OpenRouter asks its clients to.
type openAI struct {
	api   openai.Client
	plain bool
}

func openAIClient(url, key string, l *link) openai.Client {
	return openai.NewClient(option.WithBaseURL(url+"/v1"), option.WithAPIKey(key), option.WithMaxRetries(0), option.WithHTTPClient(&http.Client{Transport: l}))
}

func dialOpenAI(_ *testing.T, url, key string, l *link) client {
	return openAI{api: openAIClient(url, key, l)}
}

func dialOpenAIPlain(_ *testing.T, url, key string, l *link) client {
	return openAI{api: openAIClient(url, key, l), plain: true}
}

func (o openAI) ask(ctx context.Context, q *question) (*answer, error) {
	if q.stream {
		return o.follow(ctx, q)
	}
	whole, err := o.api.Chat.Completions.New(ctx, o.body(q))
	if err != nil {
		return nil, err
	}
	var e extra
	if err := e.add(whole.Choices[0].Message.RawJSON()); err != nil {
		return nil, err
	}
	return o.answer(whole, &e)
}

func (o openAI) follow(ctx context.Context, q *question) (*answer, error) {
	body := o.body(q)
	body.StreamOptions.IncludeUsage = openai.Bool(true)
	stream := o.api.Chat.Completions.NewStreaming(ctx, body)
	defer stream.Close()
	var whole openai.ChatCompletionAccumulator
	var e extra
	for stream.Next() {
		chunk := stream.Current()
		if !whole.AddChunk(chunk) {
			return nil, errors.New("the accumulator refuses " + chunk.RawJSON())
		}
		for i := range chunk.Choices {
			if err := e.add(chunk.Choices[i].Delta.RawJSON()); err != nil {
				return nil, err
			}
		}
	}
	a, err := o.answer(&whole.ChatCompletion, &e)
	return a, errors.Join(stream.Err(), err)
}

// extra is what other servers than OpenAI's own add to messages, and to the deltas of a stream.
type extra struct {
	thinking strings.Builder
	details  []any
}

func (e *extra) add(raw string) error {
	var m struct {
		ReasoningContent string `json:"reasoning_content"`
		ReasoningDetails []any  `json:"reasoning_details"`
	}
	err := json.Unmarshal([]byte(raw), &m)
	e.thinking.WriteString(m.ReasoningContent)
	e.details = append(e.details, m.ReasoningDetails...)
	return err
}

func (o openAI) answer(c *openai.ChatCompletion, e *extra) (*answer, error) {
	if len(c.Choices) == 0 {
		return &answer{}, errors.New("the answer has no choice")
	}
	m := c.Choices[0].Message
	a := &answer{
		text: m.Content, thinking: e.thinking.String(), finish: c.Choices[0].FinishReason,
		usage: usage{c.Usage.PromptTokens, c.Usage.PromptTokensDetails.CachedTokens, c.Usage.CompletionTokens},
	}
	if a.finish == "tool_calls" {
		a.finish = "tools"
	}
	for _, c := range m.ToolCalls {
		a.calls = append(a.calls, call{c.ID, c.Function.Name, city(c.Function.Arguments)})
	}
	turn := m.ToAssistantMessageParam()
	if !o.plain && len(e.details) > 0 {
		turn.SetExtraFields(map[string]any{"reasoning_details": e.details})
	} else if !o.plain && a.thinking != "" {
		turn.SetExtraFields(map[string]any{"reasoning_content": a.thinking})
	}
	a.turn = openai.ChatCompletionMessageParamUnion{OfAssistant: &turn}
	return a, nil
}

// city is the argument of a call; what is no JSON comes back as it is.
func city(arguments string) string {
	var a struct{ City string }
	if err := json.Unmarshal([]byte(arguments), &a); err != nil {
		return arguments
	}
	return a.City
}

func (o openAI) body(q *question) openai.ChatCompletionNewParams {
	p := openai.ChatCompletionNewParams{
		Model: q.model, MaxCompletionTokens: openai.Int(mostOut),
		Messages: []openai.ChatCompletionMessageParamUnion{openai.SystemMessage(system), openAIUser(q)},
	}
	if q.tools {
		p.Tools = []openai.ChatCompletionToolUnionParam{openai.ChatCompletionFunctionTool(shared.FunctionDefinitionParam{
			Name: toolName, Description: openai.String(toolDoc), Parameters: parameters(), Strict: openai.Bool(true),
		})}
	}
	if q.think {
		p.ReasoningEffort = shared.ReasoningEffortLow
	}
	if q.schema {
		p.ResponseFormat.OfJSONSchema = &shared.ResponseFormatJSONSchemaParam{
			JSONSchema: shared.ResponseFormatJSONSchemaJSONSchemaParam{Name: "weather", Schema: schema(), Strict: param.NewOpt(true)},
		}
	}
	if q.before != nil {
		p.Messages = append(p.Messages, q.before.turn.(openai.ChatCompletionMessageParamUnion))
		for _, c := range q.before.calls {
			p.Messages = append(p.Messages, openai.ToolMessage(weather[c.city], c.id))
		}
	}
	return p
}

func openAIUser(q *question) openai.ChatCompletionMessageParamUnion {
	if !q.image {
		return openai.UserMessage(prompt)
	}
	return openai.UserMessage([]openai.ChatCompletionContentPartUnionParam{
		openai.TextContentPart(prompt),
		openai.ImageContentPart(openai.ChatCompletionContentPartImageImageURLParam{URL: "data:image/png;base64," + png}),
	})
}

func (openAI) refusal(err error) (refusal, bool) { return openAIRefusal(err) }

func openAIRefusal(err error) (refusal, bool) {
	e, ok := errors.AsType[*openai.Error](err)
	if !ok {
		return refusal{}, false
	}
	return refusal{e.StatusCode, e.Type, e.Response.Header.Get("Retry-After")}, true
}

func (o openAI) models(ctx context.Context) ([]string, error) { return openAIModels(ctx, o.api) }

func openAIModels(ctx context.Context, api openai.Client) ([]string, error) {
	var names []string
	list := api.Models.ListAutoPaging(ctx)
	for list.Next() {
		names = append(names, list.Current().ID)
	}
	return names, list.Err()
}

func (o openAI) embed(ctx context.Context, model string, texts []string) ([][]float64, error) {
	made, err := o.api.Embeddings.New(ctx, openai.EmbeddingNewParams{Model: model, Input: openai.EmbeddingNewParamsInputUnion{OfArrayOfStrings: texts}})
	if err != nil {
		return nil, err
	}
	vectors := make([][]float64, len(made.Data))
	for i, d := range made.Data {
		vectors[i] = d.Embedding
	}
	return vectors, nil
}
