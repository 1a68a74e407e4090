package gemini

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/jsonwrite"
)

// generationConfig says how to answer.
// Source: https://ai.google.dev/api/generate-content#generationconfig
type generationConfig struct {
	Temperature      json.RawMessage `json:"temperature,omitempty"`
	TopP             json.RawMessage `json:"topP,omitempty"`
	TopK             json.RawMessage `json:"topK,omitempty"`
	CandidateCount   json.RawMessage `json:"candidateCount,omitempty"`
	MaxOutputTokens  json.RawMessage `json:"maxOutputTokens,omitempty"`
	StopSequences    json.RawMessage `json:"stopSequences,omitempty"`
	Seed             json.RawMessage `json:"seed,omitempty"`
	PresencePenalty  json.RawMessage `json:"presencePenalty,omitempty"`
	FrequencyPenalty json.RawMessage `json:"frequencyPenalty,omitempty"`
	ResponseLogprobs json.RawMessage `json:"responseLogprobs,omitempty"`
	Logprobs         json.RawMessage `json:"logprobs,omitempty"`
	Modalities       []string        `json:"responseModalities,omitempty"`
	MIMEType         string          `json:"responseMimeType,omitempty"`
	Schema           json.RawMessage `json:"responseJsonSchema,omitempty"`
	Thinking         *thinkingConfig `json:"thinkingConfig,omitempty"`
}

// generationConfig translates the parameters; nil where the client said nothing.
func (e *encoder) generationConfig() *generationConfig {
	take := e.ledger.Take
	c := &generationConfig{
		Temperature: take(chat.ParamTemperature), TopP: take(chat.ParamTopP), TopK: take(chat.ParamTopK),
		CandidateCount: take(chat.ParamN), MaxOutputTokens: take(chat.ParamMaxTokens), StopSequences: take(chat.ParamStop),
		ResponseLogprobs: take(chat.ParamLogprobs), Logprobs: take(chat.ParamTopLogprobs), Seed: e.seed(),
		Modalities: e.modalities(), Thinking: e.reasoning(),
	}
	if e.dialect == VertexAI || !e.model.budgets() {
		// The Gemini API answers 400 to penalties for its 2.5 models.
		c.PresencePenalty, c.FrequencyPenalty = take(chat.ParamPresencePenalty), take(chat.ParamFrequencyPenalty)
	}
	if f := e.req.Format; f != nil {
		// The model is held to the schema, so `strict` is granted whatever it says.
		c.MIMEType, c.Schema = "application/json", f.Schema
	}
	if c.empty() {
		return nil
	}
	return c
}

func (c *generationConfig) empty() bool { return string(jsonwrite.Must(c)) == "{}" }

// seed is the seed, which has 32 bits here: a longer one is lost rather than changed.
func (e *encoder) seed() json.RawMessage {
	if _, err := strconv.ParseInt(string(e.req.Params.Get(chat.ParamSeed)), 10, 32); err != nil {
		return nil
	}
	return e.ledger.Take(chat.ParamSeed)
}

// modalities are the forms in which the answer may come, nil for text alone.
func (e *encoder) modalities() []string {
	var list []string
	if json.Unmarshal(e.ledger.Take(chat.ParamModalities), &list) != nil || slices.Equal(list, []string{"text"}) {
		return nil
	}
	for i := range list {
		list[i] = strings.ToUpper(list[i])
	}
	return list
}
