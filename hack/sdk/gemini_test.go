package sdk

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"google.golang.org/genai"
)

// gemini is Google's genai.
type gemini struct {
	api    *genai.Client
	pixels []byte
}

func dialGemini(t *testing.T, url, key string, l *link) client {
	t.Helper()
	api, err := genai.NewClient(t.Context(), &genai.ClientConfig{
		APIKey: key, Backend: genai.BackendGeminiAPI, HTTPClient: &http.Client{Transport: l}, HTTPOptions: genai.HTTPOptions{BaseURL: url},
	})
	if err != nil {
		t.Fatalf("NewClient: %v", err)
	}
	return gemini{api, pixels(t)}
}

func (g gemini) ask(ctx context.Context, q *question) (*answer, error) {
	if !q.stream {
		whole, err := g.api.Models.GenerateContent(ctx, q.model, g.contents(q), g.config(q))
		if err != nil {
			return nil, err
		}
		return g.answer(whole), nil
	}
	var chunks []*genai.GenerateContentResponse
	for chunk, err := range g.api.Models.GenerateContentStream(ctx, q.model, g.contents(q), g.config(q)) {
		if err != nil {
			return g.answer(chunks...), err
		}
		chunks = append(chunks, chunk)
	}
	return g.answer(chunks...), nil
}

// answer makes one of all chunks, as the SDK's chats do: parts are kept as they came, but for empty ones.
func (gemini) answer(chunks ...*genai.GenerateContentResponse) *answer {
	a := &answer{}
	turn := &genai.Content{Role: genai.RoleModel}
	for _, chunk := range chunks {
		if u := chunk.UsageMetadata; u != nil {
			a.usage = usage{int64(u.PromptTokenCount), int64(u.CachedContentTokenCount), int64(u.CandidatesTokenCount + u.ThoughtsTokenCount)}
		}
		for _, c := range chunk.Candidates {
			a.finish = strings.ToLower(string(c.FinishReason))
			for _, p := range c.Content.Parts {
				a.take(turn, p)
			}
		}
	}
	if a.finish == "stop" && len(a.calls) > 0 {
		a.finish = "tools"
	}
	a.turn = turn
	return a
}

// take reads one of Gemini's parts.
func (a *answer) take(turn *genai.Content, p *genai.Part) {
	switch {
	case p.FunctionCall != nil:
		where, _ := p.FunctionCall.Args["city"].(string)
		a.calls = append(a.calls, call{p.FunctionCall.ID, p.FunctionCall.Name, where})
	case p.Thought:
		a.thinking += p.Text
	case p.Text == "" && len(p.ThoughtSignature) == 0:
		return
	default:
		a.text += p.Text
	}
	turn.Parts = append(turn.Parts, p)
}

func (g gemini) contents(q *question) []*genai.Content {
	parts := []*genai.Part{genai.NewPartFromText(prompt)}
	if q.image {
		parts = append(parts, genai.NewPartFromBytes(g.pixels, "image/png"))
	}
	contents := []*genai.Content{genai.NewContentFromParts(parts, genai.RoleUser)}
	if q.before != nil {
		results := make([]*genai.Part, len(q.before.calls))
		for i, c := range q.before.calls {
			results[i] = genai.NewPartFromFunctionResponse(c.name, map[string]any{"output": weather[c.city]})
			results[i].FunctionResponse.ID = c.id
		}
		contents = append(contents, q.before.turn.(*genai.Content), genai.NewContentFromParts(results, genai.RoleUser))
	}
	return contents
}

func (gemini) config(q *question) *genai.GenerateContentConfig {
	c := &genai.GenerateContentConfig{MaxOutputTokens: mostOut, SystemInstruction: genai.NewContentFromText(system, genai.RoleUser)}
	if q.tools {
		c.Tools = []*genai.Tool{{FunctionDeclarations: []*genai.FunctionDeclaration{{
			Name: toolName, Description: toolDoc, ParametersJsonSchema: parameters(),
		}}}}
	}
	if q.think {
		c.ThinkingConfig = &genai.ThinkingConfig{IncludeThoughts: true, ThinkingLevel: genai.ThinkingLevelLow}
	}
	if q.schema {
		c.ResponseMIMEType, c.ResponseJsonSchema = "application/json", schema()
	}
	return c
}

func (gemini) refusal(err error) (refusal, bool) {
	e, ok := errors.AsType[genai.APIError](err)
	return refusal{status: e.Code, kind: e.Status}, ok
}

func (g gemini) models(ctx context.Context) ([]string, error) {
	var names []string
	for m, err := range g.api.Models.All(ctx) {
		if err != nil {
			return nil, err
		}
		names = append(names, strings.TrimPrefix(m.Name, "models/"))
	}
	return names, nil
}

func (g gemini) embed(ctx context.Context, model string, texts []string) ([][]float64, error) {
	contents := make([]*genai.Content, len(texts))
	for i, text := range texts {
		contents[i] = genai.NewContentFromText(text, genai.RoleUser)
	}
	made, err := g.api.Models.EmbedContent(ctx, model, contents, nil)
	if err != nil {
		return nil, err
	}
	vectors := make([][]float64, len(made.Embeddings))
	for i, e := range made.Embeddings {
		vectors[i] = wide(e.Values)
	}
	return vectors, nil
}

func wide(vector []float32) []float64 {
	out := make([]float64, len(vector))
	for i, v := range vector {
		out[i] = float64(v)
	}
	return out
}

func (g gemini) count(ctx context.Context, q *question) (int64, error) {
	counted, err := g.api.Models.CountTokens(ctx, q.model, g.contents(q), nil)
	if err != nil {
		return 0, err
	}
	return int64(counted.TotalTokens), nil
}
