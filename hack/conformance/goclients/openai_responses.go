package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/packages/param"
	"github.com/openai/openai-go/v3/responses"
	"github.com/openai/openai-go/v3/shared"
)

// respond asks OpenAI's Responses, at once or as a stream.
type respond func(ctx context.Context, body responses.ResponseNewParams) (*responses.Response, error)

// responses creates, streams, goes round a loop with tools, asks for a schema, and asks for what needs stored state.
func (o openAI) responses(ctx context.Context, c cell) error {
	create := func(ctx context.Context, body responses.ResponseNewParams) (*responses.Response, error) {
		return o.api.Responses.New(ctx, body)
	}
	for _, ask := range []respond{create, o.followed} {
		if err := o.greeted(ctx, c, ask); err != nil {
			return err
		}
		for calls, prompt := range map[int]string{1: o.Prompts.Weather, 2: o.Prompts.Parallel} {
			if err := o.responsesLoop(ctx, c, prompt, calls, ask); err != nil {
				return err
			}
		}
	}
	return errors.Join(o.responsesObject(ctx, c, create), o.responsesFailures(ctx, c))
}

// turn is the simplest request.
func turn(c cell, input ...responses.ResponseInputItemUnionParam) responses.ResponseNewParams {
	return responses.ResponseNewParams{
		Model: c.Model, Store: openai.Bool(false), Input: responses.ResponseNewParamsInputUnion{OfInputItemList: input},
	}
}

func says(text string) responses.ResponseInputItemUnionParam {
	return responses.ResponseInputItemParamOfMessage(text, responses.EasyInputMessageRoleUser)
}

func (o openAI) greeted(ctx context.Context, c cell, ask respond) error {
	body := turn(c, says(o.Prompts.Hello))
	body.Instructions = openai.String(o.Prompts.System)
	hello, err := ask(ctx, body)
	if err != nil {
		return fmt.Errorf("creating a response: %w", err)
	}
	return errors.Join(
		equal("response", hello.OutputText(), o.greeting(c.Provider)),
		equal("status", hello.Status, responses.ResponseStatusCompleted),
		equal("usage", []int64{hello.Usage.InputTokens, hello.Usage.OutputTokens}, []int64{24, 10}))
}

func (o openAI) responsesLoop(ctx context.Context, c cell, text string, calls int, ask respond) error {
	body := turn(c, says(text))
	body.Tools = []responses.ToolUnionParam{responses.ToolParamOfFunction(o.Tool.Name, o.Tool.Parameters, true)}
	first, err := ask(ctx, body)
	if err != nil {
		return fmt.Errorf("asking with a tool: %w", err)
	}
	input := body.Input.OfInputItemList
	var results []responses.ResponseInputItemUnionParam
	for _, item := range first.Output {
		// What came back goes in again as it is, the way applications do it.
		input = append(input, param.Override[responses.ResponseInputItemUnionParam](json.RawMessage(item.RawJSON())))
		if item.Type != "function_call" {
			continue
		}
		if len(results) == calls || item.Name != o.Tool.Name || !strings.Contains(item.Arguments.OfString, o.Cities[len(results)]) {
			return fmt.Errorf("tool call %d is %s", len(results), item.RawJSON())
		}
		result := responses.ResponseInputItemParamOfFunctionCallOutput(o.Results[o.Cities[len(results)]])
		result.OfFunctionCallOutput.CallID = openai.String(item.CallID)
		results = append(results, result)
	}
	if err := equal("number of tool calls", len(results), calls); err != nil {
		return err
	}
	body.Input.OfInputItemList = append(input, results...)
	second, err := ask(ctx, body)
	if err != nil {
		return fmt.Errorf("returning the results of tools: %w", err)
	}
	for _, city := range o.Cities[:calls] {
		if !strings.Contains(second.OutputText(), o.Results[city]) {
			return fmt.Errorf("the answer to the results is %q", second.OutputText())
		}
	}
	return nil
}

// followed reads a stream to its end.
func (o openAI) followed(ctx context.Context, body responses.ResponseNewParams) (*responses.Response, error) {
	stream := o.api.Responses.NewStreaming(ctx, body)
	defer stream.Close()
	number := int64(-1)
	var whole *responses.Response
	for stream.Next() {
		event := stream.Current()
		if event.SequenceNumber <= number {
			return nil, fmt.Errorf("sequence_number %d after %d", event.SequenceNumber, number)
		}
		number = event.SequenceNumber
		switch event.Type {
		case "response.completed", "response.incomplete":
			whole = &event.Response
		case "response.failed":
			return nil, fmt.Errorf("the response failed: %s", event.Response.Error.Message)
		case "error":
			return nil, fmt.Errorf("the stream failed: %s", event.Message)
		}
	}
	if err := stream.Err(); err != nil {
		return nil, err
	}
	if whole == nil {
		return nil, errors.New("the stream ended without its last event")
	}
	return whole, nil
}

func (o openAI) responsesObject(ctx context.Context, c cell, ask respond) error {
	body := turn(c, says(o.Prompts.Schema))
	body.Text.Format = responses.ResponseFormatTextConfigUnionParam{OfJSONSchema: &responses.ResponseFormatTextJSONSchemaConfigParam{
		Name: o.Schema.Name, Schema: o.Schema.Schema, Strict: openai.Bool(true),
	}}
	made, err := ask(ctx, body)
	if err != nil {
		return fmt.Errorf("asking for an object: %w", err)
	}
	parsed, err := object(made.OutputText())
	if err != nil {
		return err
	}
	return equal("object", parsed, map[string]any{"name": "text", "age": 1.0, "tags": []any{"text"}})
}

func (o openAI) responsesFailures(ctx context.Context, c cell) error {
	none := c
	none.Model = shared.ResponsesModel("no-such-model")
	stored := turn(c, says(o.Prompts.Hello))
	stored.PreviousResponseID = openai.String("resp_1")
	for _, e := range []struct {
		status int
		body   responses.ResponseNewParams
	}{
		{429, turn(c, says(o.Prompts.Fail429))},
		{400, turn(c, says(o.Prompts.FailContext))},
		{404, turn(none, says(o.Prompts.Hello))},
		{4, stored},
	} {
		if e.status == 4 && c.Provider == "openai" {
			continue // it keeps responses
		}
		_, err := o.api.Responses.New(ctx, e.body)
		if found := o.status(err); found != e.status && found/100 != e.status {
			return fmt.Errorf("wanted status %d, found %d: %w", e.status, found, err)
		}
	}
	for _, text := range []string{o.Prompts.FailMidstream, o.Prompts.CutMidstream} {
		if _, err := o.followed(ctx, turn(c, says(text))); err == nil {
			return fmt.Errorf("no error from the stream of %q", text)
		}
	}
	return nil
}
