package sdk

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/packages/param"
	"github.com/openai/openai-go/v3/responses"
	"github.com/openai/openai-go/v3/shared"
)

// respond is openai-go's Responses, without state at the server.
type respond struct {
	api openai.Client
}

func dialResponses(_ *testing.T, url, key string, l *link) client {
	return respond{openAIClient(url, key, l)}
}

func (r respond) ask(ctx context.Context, q *question) (*answer, error) {
	if q.stream {
		return r.follow(ctx, q)
	}
	whole, err := r.api.Responses.New(ctx, r.body(q))
	if err != nil {
		return nil, err
	}
	return r.answer(whole), nil
}

// follow reads a stream. The last event has all of the response; until then there are only pieces of its text.
func (r respond) follow(ctx context.Context, q *question) (*answer, error) {
	stream := r.api.Responses.NewStreaming(ctx, r.body(q))
	defer stream.Close()
	var a *answer
	said, number := "", int64(-1)
	for stream.Next() {
		event := stream.Current()
		if event.SequenceNumber != number+1 {
			return nil, errors.New("the sequence is broken by " + event.RawJSON())
		}
		number++
		switch event.Type {
		case "response.output_text.delta":
			said += event.Delta
		case "response.completed", "response.incomplete":
			a = r.answer(&event.Response)
		case "response.failed":
			return &answer{text: said}, errors.New(event.Response.Error.Message)
		case "error":
			return &answer{text: said}, errors.New(event.Message)
		}
	}
	if a == nil {
		return &answer{text: said}, errors.Join(errors.New("the response did not end"), stream.Err())
	}
	return a, stream.Err()
}

func (respond) answer(whole *responses.Response) *answer {
	a := &answer{text: whole.OutputText(), finish: "stop", usage: usage{
		whole.Usage.InputTokens, whole.Usage.InputTokensDetails.CachedTokens, whole.Usage.OutputTokens,
	}}
	if whole.Status != responses.ResponseStatusCompleted {
		a.finish = string(whole.Status)
	}
	turn := make([]responses.ResponseInputItemUnionParam, 0, len(whole.Output))
	for _, item := range whole.Output {
		// Applications send items back as they came: https://platform.openai.com/docs/guides/reasoning#keeping-reasoning-items-in-context
		turn = append(turn, param.Override[responses.ResponseInputItemUnionParam](json.RawMessage(item.RawJSON())))
		switch item.Type {
		case "reasoning":
			for _, s := range item.Summary {
				a.thinking += s.Text
			}
		case "function_call":
			a.finish = "tools"
			a.calls = append(a.calls, call{item.CallID, item.Name, city(item.Arguments.OfString)})
		}
	}
	a.turn = turn
	return a
}

func (respond) body(q *question) responses.ResponseNewParams {
	p := responses.ResponseNewParams{
		Model: q.model, Store: openai.Bool(false), Instructions: openai.String(system), MaxOutputTokens: openai.Int(mostOut),
		Input: responses.ResponseNewParamsInputUnion{OfInputItemList: respondInput(q)},
	}
	if q.tools {
		tool := responses.ToolParamOfFunction(toolName, parameters(), true)
		tool.OfFunction.Description = openai.String(toolDoc)
		p.Tools = []responses.ToolUnionParam{tool}
	}
	if q.think {
		p.Reasoning = shared.ReasoningParam{Effort: shared.ReasoningEffortLow, Summary: shared.ReasoningSummaryAuto}
		p.Include = []responses.ResponseIncludable{responses.ResponseIncludableReasoningEncryptedContent}
	}
	if q.schema {
		p.Text.Format.OfJSONSchema = &responses.ResponseFormatTextJSONSchemaConfigParam{Name: "weather", Schema: schema(), Strict: openai.Bool(true)}
	}
	return p
}

func respondInput(q *question) []responses.ResponseInputItemUnionParam {
	content := responses.ResponseInputMessageContentListParam{responses.ResponseInputContentParamOfInputText(prompt)}
	if q.image {
		image := responses.ResponseInputContentParamOfInputImage(responses.ResponseInputImageDetailAuto)
		image.OfInputImage.ImageURL = openai.String("data:image/png;base64," + png)
		content = append(content, image)
	}
	input := []responses.ResponseInputItemUnionParam{responses.ResponseInputItemParamOfMessage(content, responses.EasyInputMessageRoleUser)}
	if q.before != nil {
		input = append(input, q.before.turn.([]responses.ResponseInputItemUnionParam)...)
		for _, c := range q.before.calls {
			result := responses.ResponseInputItemParamOfFunctionCallOutput(weather[c.city])
			result.OfFunctionCallOutput.CallID = openai.String(c.id)
			input = append(input, result)
		}
	}
	return input
}

func (respond) refusal(err error) (refusal, bool) { return openAIRefusal(err) }

func (r respond) models(ctx context.Context) ([]string, error) { return openAIModels(ctx, r.api) }

func (r respond) count(ctx context.Context, q *question) (int64, error) {
	counted, err := r.api.Responses.InputTokens.Count(ctx, responses.InputTokenCountParams{
		Model: openai.String(q.model), Input: responses.InputTokenCountParamsInputUnion{OfString: openai.String(prompt)},
	})
	if err != nil {
		return 0, err
	}
	return counted.InputTokens, nil
}
