package ollama

import "encoding/json"

// harmless are parameters that change nothing about an answer: they are for the provider's own books, or hints for its speed.
var harmless = []string{
	"model", "stream", "stream_options", "user", "store", "metadata", "service_tier", "safety_identifier", "prompt_cache_key",
	"prompt_cache_retention", "prediction",
}

// sampling are the numbers that Ollama has as options of the same name. The last three are not OpenAI's, but clients of local
// models send them all the same, Open WebUI among them.
var sampling = []string{
	"temperature", "top_p", "presence_penalty", "frequency_penalty", "min_p", "top_k", "repeat_penalty",
}

// options translates what decides how tokens are drawn. The extension `options` adds to it, and may not say the same again.
func options(p *params) map[string]any {
	opts := map[string]any{}
	for _, name := range sampling {
		if raw := p.members[name]; p.into(name, new(float64), "a number") {
			opts[name] = raw
		}
	}
	var seed int64
	if p.into("seed", &seed, "an integer") {
		opts["seed"] = seed
	}
	if stop := stops(p); len(stop) > 0 {
		opts["stop"] = stop
	}
	if n := maxTokens(p); n > 0 {
		opts["num_predict"] = n
	}
	p.only("logit_bias", "Ollama cannot favour single tokens", "{}")
	p.only("n", "Ollama gives one answer to each request", "1")
	var extra map[string]json.RawMessage
	p.into("options", &extra, "an object")
	for name, value := range extra {
		if _, twice := opts[name]; twice {
			p.invalid("options."+name, "says again what another parameter says; leave one of them out.")
		}
		opts[name] = value
	}
	return opts
}

// stops reads `stop`, one string or several.
func stops(p *params) []string {
	var list []string
	raw := p.raw("stop")
	if raw == nil {
		return nil
	}
	var one string
	if json.Unmarshal(raw, &one) == nil {
		return []string{one}
	}
	if json.Unmarshal(raw, &list) != nil {
		p.wrongType("stop", "a string or an array of strings")
	}
	return list
}

// maxTokens reads the limit under its old and its new name, 0 where there is none.
func maxTokens(p *params) int64 {
	var old, limit int64
	hasOld := p.into("max_tokens", &old, "an integer")
	hasNew := p.into("max_completion_tokens", &limit, "an integer")
	switch {
	case hasOld && old < 1:
		p.invalid("max_tokens", "must be at least 1, but it is %d.", old)
	case hasNew && limit < 1:
		p.invalid("max_completion_tokens", "must be at least 1, but it is %d.", limit)
	case hasOld && hasNew && old != limit:
		p.invalid("max_tokens", "differs from 'max_completion_tokens'; leave it out.")
	}
	return max(old, limit)
}

// extensions are what every operation passes on as it is.
type extensions struct {
	KeepAlive json.RawMessage `json:"keep_alive,omitempty"`
}

func newExtensions(p *params) extensions {
	p.ignore(harmless...)
	return extensions{KeepAlive: p.raw("keep_alive")}
}
