package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"google.golang.org/genai"
)

// gemini is the official SDK of Google for the Gemini API. A client that cannot be made reports err for whatever it is asked.
type gemini struct {
	*scenario
	url string
	api *genai.Client
	err error
}

func newGemini(ctx context.Context, s *scenario, url, key string) gemini {
	api, err := genai.NewClient(ctx, &genai.ClientConfig{
		APIKey: key, Backend: genai.BackendGeminiAPI, HTTPOptions: genai.HTTPOptions{BaseURL: url},
	})
	return gemini{s, url, api, err}
}

func genaiFeatures(ctx context.Context, s *scenario, url string) (string, map[string]feature) {
	g := newGemini(ctx, s, url, s.Key)
	features := suite{s, g}.features()
	features["models"], features["tokens"], features["embeddings"] = g.models, g.tokens, g.embeddings
	return "google.golang.org/genai", features
}

func (g gemini) with(key string) client {
	return newGemini(context.Background(), g.scenario, g.url, key)
}

func (gemini) forces() bool { return true }

func (gemini) status(err error) int {
	if e, ok := errors.AsType[genai.APIError](err); ok {
		return e.Code
	}
	return 0
}

func (gemini) user(text string, image *picture) message {
	parts := []*genai.Part{genai.NewPartFromText(text)}
	if image != nil {
		parts = append(parts, genai.NewPartFromBytes(image.bytes(), image.Type))
	}
	return genai.NewContentFromParts(parts, genai.RoleUser)
}

func (gemini) results(calls []call, texts []string) []message {
	parts := make([]*genai.Part, len(calls))
	for i, c := range calls {
		parts[i] = genai.NewPartFromFunctionResponse(c.name, map[string]any{"output": texts[i]})
		if _, err := strconv.Atoi(c.id); err != nil { // a number is a place, not an id
			parts[i].FunctionResponse.ID = c.id
		}
	}
	return []message{genai.NewContentFromParts(parts, genai.RoleUser)}
}

func (g gemini) ask(ctx context.Context, r request) (*answer, error) {
	if g.err != nil {
		return nil, g.err
	}
	contents := make([]*genai.Content, len(r.messages))
	for i, m := range r.messages {
		contents[i] = m.(*genai.Content)
	}
	if r.onText == nil {
		whole, err := g.api.Models.GenerateContent(ctx, r.model, contents, g.config(r))
		if err != nil {
			return nil, err
		}
		return geminiAnswer(whole)
	}
	var chunks []*genai.GenerateContentResponse
	for chunk, err := range g.api.Models.GenerateContentStream(ctx, r.model, contents, g.config(r)) {
		if err != nil {
			return nil, err
		}
		chunks = append(chunks, chunk)
		if hasText(chunk) {
			if err := r.onText(); err != nil {
				return nil, err
			}
		}
	}
	return geminiAnswer(chunks...)
}

func (g gemini) config(r request) *genai.GenerateContentConfig {
	config := &genai.GenerateContentConfig{MaxOutputTokens: int32(r.max)}
	if r.system != "" {
		config.SystemInstruction = genai.NewContentFromText(r.system, genai.RoleUser)
	}
	if r.tools {
		config.Tools = []*genai.Tool{{FunctionDeclarations: []*genai.FunctionDeclaration{{
			Name: g.Tool.Name, Description: g.Tool.Description, ParametersJsonSchema: g.Tool.Parameters,
		}}}}
	}
	if r.force {
		config.ToolConfig = &genai.ToolConfig{FunctionCallingConfig: &genai.FunctionCallingConfig{
			Mode: genai.FunctionCallingConfigModeAny, AllowedFunctionNames: []string{g.Tool.Name},
		}}
	}
	if r.think {
		config.ThinkingConfig = &genai.ThinkingConfig{IncludeThoughts: true, ThinkingBudget: genai.Ptr[int32](1024)}
	}
	return config
}

// parts of the one candidate, as far as there is one.
func parts(chunk *genai.GenerateContentResponse) []*genai.Part {
	if len(chunk.Candidates) == 0 || chunk.Candidates[0].Content == nil {
		return nil
	}
	return chunk.Candidates[0].Content.Parts
}

func hasText(chunk *genai.GenerateContentResponse) bool {
	for _, p := range parts(chunk) {
		if p.Text != "" && !p.Thought {
			return true
		}
	}
	return false
}

// geminiAnswer is one answer from all chunks of a stream.
func geminiAnswer(chunks ...*genai.GenerateContentResponse) (*answer, error) {
	a := &answer{}
	whole := &genai.Content{Role: genai.RoleModel}
	for _, chunk := range chunks {
		for _, p := range parts(chunk) {
			if p.Text != "" || p.FunctionCall != nil { // the SDK would send an empty part back as {}, and its own chats leave it out
				whole.Parts = append(whole.Parts, p)
			}
		}
		if len(chunk.Candidates) > 0 && chunk.Candidates[0].FinishReason != "" {
			a.finish = string(chunk.Candidates[0].FinishReason)
		}
		if u := chunk.UsageMetadata; u != nil {
			a.input, a.cached = int64(u.PromptTokenCount), int64(u.CachedContentTokenCount)
			a.output = int64(u.CandidatesTokenCount + u.ThoughtsTokenCount)
		}
	}
	if a.finish == "" {
		return nil, errors.New("the answer has no reason to end")
	}
	a.read(whole)
	return a, nil
}

// read takes over what a content of Gemini's says. Calls without an id are told apart by their place.
func (a *answer) read(whole *genai.Content) {
	a.messages = []message{whole}
	for i, p := range whole.Parts {
		switch {
		case p.FunctionCall != nil:
			id := p.FunctionCall.ID
			if id == "" {
				id = strconv.Itoa(i)
			}
			a.calls = append(a.calls, call{id: id, name: p.FunctionCall.Name, args: p.FunctionCall.Args})
		case p.Thought:
			a.thinking += p.Text
		default:
			a.text += p.Text
		}
	}
	a.finish = geminiEnding(a.finish, len(a.calls) > 0)
}

func geminiEnding(reason string, calls bool) string {
	switch {
	case reason == "STOP" && calls:
		return "tools"
	case reason == "STOP":
		return "stop"
	case reason == "MAX_TOKENS":
		return "length"
	}
	return reason
}

func (g gemini) structured(ctx context.Context, model, text string) (map[string]any, error) {
	made, err := g.api.Models.GenerateContent(ctx, model, genai.Text(text), &genai.GenerateContentConfig{
		ResponseMIMEType: "application/json", ResponseJsonSchema: g.Schema.Schema,
	})
	if err != nil {
		return nil, err
	}
	return object(made.Text())
}

func (g gemini) models(ctx context.Context, _ cell) error {
	var ids []string
	for model, err := range g.api.Models.All(ctx) {
		if err != nil {
			return err
		}
		ids = append(ids, strings.TrimPrefix(model.Name, "models/"))
	}
	one, err := g.api.Models.Get(ctx, "openai-model", nil)
	if err != nil {
		return err
	}
	return errors.Join(g.expectModels(ids), equal("one model", one.Name, "models/openai-model"))
}

func (g gemini) tokens(ctx context.Context, c cell) error {
	counted, err := g.api.Models.CountTokens(ctx, c.Model, genai.Text(g.Prompts.Hello), nil)
	if err == nil && counted.TotalTokens <= 0 {
		err = fmt.Errorf("%d tokens", counted.TotalTokens)
	}
	return err
}

func (g gemini) embeddings(ctx context.Context, c cell) error {
	contents := make([]*genai.Content, len(g.Texts))
	for i, text := range g.Texts {
		contents[i] = genai.NewContentFromText(text, genai.RoleUser)
	}
	made, err := g.api.Models.EmbedContent(ctx, c.Model, contents, nil)
	if err != nil {
		return err
	}
	vectors := make([][]float32, len(made.Embeddings))
	for i, e := range made.Embeddings {
		vectors[i] = e.Values
	}
	return g.expectVectors(wide(vectors))
}
