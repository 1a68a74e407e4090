package openai

import (
	"encoding/json"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/fields"
	"github.com/fairlead-dev/fairlead/gateway/jsonwrite"
)

// param is a parameter that other protocols know too.
type param struct {
	name string // in this protocol
	as   string // in chat.Request
	kind paramKind
	// usual is the value that says nothing, because it is what happens anyway; empty where there is none. Parameters of sampling
	// have none: what an upstream does without them is its own affair.
	usual string
}

type paramKind uint8

const (
	aNumber paramKind = iota
	anInteger
	aBoolean
	aText
	anObject
	texts
)

// sampling is what chat completions and legacy completions have in common.
// Besides OpenAI's own there are what vLLM and OpenRouter have added, and options, which this gateway takes for models that Ollama
// serves.
// Sources: https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html,
// https://openrouter.ai/docs/api-reference/parameters
var sampling = [...]param{
	{"temperature", chat.ParamTemperature, aNumber, ""},
	{"top_p", chat.ParamTopP, aNumber, ""},
	{"top_k", chat.ParamTopK, anInteger, ""},
	{"min_p", chat.ParamMinP, aNumber, ""},
	{"seed", chat.ParamSeed, anInteger, ""},
	{"n", chat.ParamN, anInteger, "1"},
	{"presence_penalty", chat.ParamPresencePenalty, aNumber, ""},
	{"frequency_penalty", chat.ParamFrequencyPenalty, aNumber, ""},
	{"repetition_penalty", chat.ParamRepeatPenalty, aNumber, ""},
	{"logit_bias", chat.ParamLogitBias, anObject, "{}"},
	{"options", chat.ParamOptions, anObject, ""},
}

// completionParams are those of legacy completions alone.
var completionParams = append(sampling[:len(sampling):len(sampling)],
	param{"echo", chat.ParamEcho, aBoolean, "false"},
	param{"best_of", chat.ParamBestOf, anInteger, "1"},
)

// chatParams are those of chat completions alone.
var chatParams = append(sampling[:len(sampling):len(sampling)],
	param{"logprobs", chat.ParamLogprobs, aBoolean, "false"},
	param{"top_logprobs", chat.ParamTopLogprobs, anInteger, "0"},
	param{"parallel_tool_calls", chat.ParamParallelToolCalls, aBoolean, "true"},
	param{"metadata", chat.ParamMetadata, anObject, ""},
	param{"service_tier", chat.ParamServiceTier, aText, `"auto"`},
	param{"verbosity", chat.ParamVerbosity, aText, `"medium"`},
	param{"modalities", chat.ParamModalities, texts, `["text"]`},
)

// decodeParams reads parameters, checking their types.
func decodeParams(o *fields.Object, known []param, params *chat.Params) {
	maxTokens(o, params)
	stop(o, params)
	user(o, params)
	for _, p := range known {
		if raw := checked(o, p); p.usual == "" || string(raw) != p.usual {
			params.Add(p.as, p.name, raw)
		}
	}
}

func checked(o *fields.Object, p param) json.RawMessage {
	if !o.Has(p.name) {
		return nil // as most of them are
	}
	switch p.kind {
	case aNumber:
		return o.Checked(p.name, new(float64), "a number")
	case anInteger:
		return o.Checked(p.name, new(int64), "an integer")
	case aBoolean:
		return o.Checked(p.name, new(bool), "a boolean")
	case aText:
		return o.Checked(p.name, new(string), "a string")
	case texts:
		return o.Checked(p.name, new([]string), "an array of strings")
	}
	return o.Schema(p.name)
}

// maxTokens reads the bound of an answer under its newer name, or under the older, which then says nothing more.
func maxTokens(o *fields.Object, params *chat.Params) {
	for _, name := range []string{"max_completion_tokens", "max_tokens"} {
		var n int64
		raw := o.Checked(name, &n, "an integer")
		if raw != nil && n < 1 {
			o.Invalid(name, "must be at least 1, but it is %d.", n)
		}
		if params.Get(chat.ParamMaxTokens) == nil {
			params.Add(chat.ParamMaxTokens, name, raw)
		}
	}
}

// stop is a text or a list of them.
func stop(o *fields.Object, params *chat.Params) {
	if list := o.Strings("stop"); len(list) > 0 {
		params.Add(chat.ParamStop, "stop", jsonwrite.Must(list))
	}
}

// user is the end user's id. Open WebUI can send an object in its place, which only a pipeline of its own understands.
func user(o *fields.Object, params *chat.Params) {
	name := chat.ParamUser
	if o.First("user") != '"' {
		name = "user.object"
	}
	params.Add(name, "user", o.Raw("user"))
}
