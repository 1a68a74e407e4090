package chat

import (
	"encoding/json"
	"slices"
)

// Names of parameters that mean the same in several protocols. The form of the value is in brackets.
const (
	ParamMaxTokens         = "max_tokens"          // [integer] of the answer, thinking included
	ParamTemperature       = "temperature"         // [number]
	ParamTopP              = "top_p"               // [number]
	ParamTopK              = "top_k"               // [integer]
	ParamMinP              = "min_p"               // [number]
	ParamStop              = "stop"                // [array of strings]
	ParamSeed              = "seed"                // [integer]
	ParamN                 = "n"                   // [integer] of answers
	ParamPresencePenalty   = "presence_penalty"    // [number]
	ParamFrequencyPenalty  = "frequency_penalty"   // [number]
	ParamRepeatPenalty     = "repeat_penalty"      // [number], Ollama's
	ParamLogitBias         = "logit_bias"          // [object]
	ParamLogprobs          = "logprobs"            // [boolean]
	ParamTopLogprobs       = "top_logprobs"        // [integer]
	ParamParallelToolCalls = "parallel_tool_calls" // [boolean]
	ParamUser              = "user"                // [string] the end user's id
	ParamMetadata          = "metadata"            // [object]
	ParamServiceTier       = "service_tier"        // [string]
	ParamVerbosity         = "verbosity"           // [string]
	ParamModalities        = "modalities"          // [array of strings]
	ParamKeepAlive         = "keep_alive"          // Ollama's: how long the model stays loaded
	ParamOptions           = "options"             // [object], Ollama's own options
	ParamEcho              = "echo"                // [boolean]
	ParamBestOf            = "best_of"             // [integer]
	ParamSuffix            = "suffix"              // the name under which an encoder loses Prompt.Suffix
)

// hints are parameters that change nothing about an answer: they are for a provider's own books, or for its speed.
var hints = []string{
	ParamUser, ParamMetadata, ParamServiceTier, ParamKeepAlive, "store", "safety_identifier", "prompt_cache_key", "prompt_cache_retention", "prediction", "cache_control",
}

// Param is one parameter of a request.
type Param struct {
	// Name is one of the constants, or, where only one protocol knows the thing, that protocol's own name of it.
	Name string
	// As is how the client's request spells it, as a path: `generationConfig.topK`. Messages name it so.
	As string
	// Value is JSON and not null.
	Value json.RawMessage
}

// Hint says whether an answer is the same with it and without it.
func (p Param) Hint() bool { return slices.Contains(hints, p.Name) }

// Params are the parameters of a request, each name at most once, in the order of the request.
type Params []Param

// Add appends a parameter that the client spells as. A null says nothing and is left out.
func (p *Params) Add(name, as string, value json.RawMessage) {
	if len(value) > 0 && string(value) != "null" {
		*p = append(*p, Param{Name: name, As: as, Value: value})
	}
}

// Spelled is how the client's request spells a parameter: its name where the request has none of this name.
func (p Params) Spelled(name string) string {
	for i := range p {
		if p[i].Name == name {
			return p[i].As
		}
	}
	return name
}

// Get is the value of a parameter, or nil.
func (p Params) Get(name string) json.RawMessage {
	for i := range p {
		if p[i].Name == name {
			return p[i].Value
		}
	}
	return nil
}
