package openai

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/jsonwrite"
)

// outgoing are the parameters that all upstreams of this protocol know, by their names in chat.Request.
var outgoing = []struct{ name, as string }{
	{chat.ParamTemperature, "temperature"},
	{chat.ParamTopP, "top_p"},
	{chat.ParamStop, "stop"},
	{chat.ParamSeed, "seed"},
	{chat.ParamN, "n"},
	{chat.ParamPresencePenalty, "presence_penalty"},
	{chat.ParamFrequencyPenalty, "frequency_penalty"},
	{chat.ParamLogitBias, "logit_bias"},
	{chat.ParamLogprobs, "logprobs"},
	{chat.ParamTopLogprobs, "top_logprobs"},
}

// openAIs are OpenAI's alone: hints for its books and its caches, and what others have no models for. Others refuse some of them.
var openAIs = []string{
	chat.ParamUser, chat.ParamServiceTier, chat.ParamModalities, "audio", "prediction", "store",
	"safety_identifier", "prompt_cache_key", "prompt_cache_retention", "prompt_cache_options", "web_search_options", "moderation",
}

// compatibles are those that vLLM and OpenRouter have beyond OpenAI.
// Sources: https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html,
// https://openrouter.ai/docs/api-reference/parameters
var compatibles = []struct{ name, as string }{
	{chat.ParamTopK, "top_k"},
	{chat.ParamMinP, "min_p"},
	{chat.ParamRepeatPenalty, "repetition_penalty"},
}

// fixed are the parameters that OpenAI's models refuse when they think, but for the value 1 of two of them.
// Source: https://learn.microsoft.com/azure/ai-foundry/openai/how-to/reasoning#not-supported
var fixed = []string{
	chat.ParamTemperature, chat.ParamTopP, chat.ParamStop, chat.ParamPresencePenalty, chat.ParamFrequencyPenalty, chat.ParamLogitBias,
	chat.ParamLogprobs, chat.ParamTopLogprobs,
}

// params adds the parameters that the upstream takes. Those that it would refuse the whole request for are not taken, and so are
// lost.
func (e *encoder) params() {
	name := "max_tokens"
	if e.dialect != DialectCompatible || e.series != "" {
		name = "max_completion_tokens"
	}
	e.add(name, e.ledger.Take(chat.ParamMaxTokens))
	thinks := e.thinks()
	for _, p := range outgoing {
		if thinks && slices.Contains(fixed, p.name) {
			e.usual(p.name)
			continue
		}
		if p.name == chat.ParamStop && e.dialect == DialectOpenAI {
			e.stop()
			continue
		}
		e.takes(p.name, p.as)
	}
	if e.dialect == DialectCompatible {
		for _, p := range compatibles {
			e.takes(p.name, p.as)
		}
		return
	}
	for _, name := range openAIs {
		e.add(name, e.ledger.Take(name))
	}
	e.conditional()
}

// mostStops is how many stop sequences OpenAI takes.
// Source: https://platform.openai.com/docs/api-reference/chat/create#chat-create-stop
const mostStops = 4

// stop adds the stop sequences: where there are more than OpenAI takes the first ones, and that others are lost is noted.
func (e *encoder) stop() {
	var list []string
	raw := e.ledger.Take(chat.ParamStop)
	if raw != nil && json.Unmarshal(raw, &list) == nil && len(list) > mostStops {
		raw = jsonwrite.Must(list[:mostStops])
		e.ledger.Lose(e.req.Params.Spelled(chat.ParamStop))
	}
	e.add("stop", raw)
}

// conditional adds the parameters that OpenAI takes from some models, or in some company.
// Sources: https://platform.openai.com/docs/guides/latest-model#verbosity,
// https://platform.openai.com/docs/api-reference/chat/create#chat-create-metadata
func (e *encoder) conditional() {
	if string(e.req.Params.Get("store")) == "true" {
		e.add("metadata", e.ledger.Take(chat.ParamMetadata))
	}
	if strings.HasPrefix(e.series, "gpt") {
		e.add("verbosity", e.ledger.Take(chat.ParamVerbosity))
	}
	if string(e.req.Params.Get(chat.ParamVerbosity)) == `"medium"` { // which all models do anyway
		e.ledger.Take(chat.ParamVerbosity)
	}
}

// thinks says whether the model will. What came after gpt-5 takes all parameters when it is told not to think.
func (e *encoder) thinks() bool {
	off := e.req.Reasoning != nil && e.req.Reasoning.Off
	return e.series != "" && (!off || e.alwaysThinks() || e.series == firstGPT)
}

// usual takes a temperature of 1 or the like, which is what happens anyway.
func (e *encoder) usual(name string) {
	if name != chat.ParamTemperature && name != chat.ParamTopP {
		return
	}
	if n, err := strconv.ParseFloat(string(e.req.Params.Get(name)), 64); err == nil && n == 1 {
		e.ledger.Take(name)
	}
}
