package gemini

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/fields"
)

// generationConfig reads what a client says about the answer.
// Source: https://ai.google.dev/api/generate-content#generationconfig
func (d *decoder) generationConfig(o *fields.Object) {
	c := o.Object(either(o, "generationConfig", "generation_config"))
	if c == nil {
		return
	}
	d.number(c, chat.ParamTemperature, "temperature")
	d.number(c, chat.ParamTopP, either(c, "topP", "top_p"))
	d.number(c, chat.ParamPresencePenalty, either(c, "presencePenalty", "presence_penalty"))
	d.number(c, chat.ParamFrequencyPenalty, either(c, "frequencyPenalty", "frequency_penalty"))
	d.whole(c, chat.ParamTopK, either(c, "topK", "top_k"))
	d.whole(c, chat.ParamN, either(c, "candidateCount", "candidate_count"))
	d.whole(c, chat.ParamMaxTokens, either(c, "maxOutputTokens", "max_output_tokens"))
	d.whole(c, chat.ParamSeed, "seed")
	d.whole(c, chat.ParamTopLogprobs, "logprobs")
	logprobs := either(c, "responseLogprobs", "response_logprobs")
	d.req.Params.Add(chat.ParamLogprobs, c.Path(logprobs), c.Checked(logprobs, new(bool), "a boolean"))
	stop := either(c, "stopSequences", "stop_sequences")
	var sequences []string
	raw := c.Checked(stop, &sequences, "an array of strings")
	if len(sequences) > 0 { // LangChain sends an empty list, which OpenAI refuses
		d.req.Params.Add(chat.ParamStop, c.Path(stop), raw)
	}
	d.modalities(c)
	d.format(c)
	d.thinking(c)
	rest(c, &d.req.Params)
}

func (d *decoder) number(c *fields.Object, param, name string) {
	d.req.Params.Add(param, c.Path(name), c.Checked(name, new(float64), "a number"))
}

// whole reads an integer, which some SDKs write as a float.
func (d *decoder) whole(c *fields.Object, param, name string) {
	var f float64
	if !c.Into(name, &f, "an integer") {
		return
	}
	if f != float64(int64(f)) {
		c.WrongType(name, "an integer")
		return
	}
	d.req.Params.Add(param, c.Path(name), strconv.AppendInt(nil, int64(f), 10))
}

// modalities reads in which forms the answer may come; text is what every model answers with.
func (d *decoder) modalities(c *fields.Object) {
	name := either(c, "responseModalities", "response_modalities")
	list := c.Strings(name)
	for i := range list {
		list[i] = strings.ToLower(list[i])
	}
	if len(list) == 0 || slices.Equal(list, []string{"text"}) {
		return
	}
	value, err := json.Marshal(list)
	if err == nil {
		d.req.Params.Add(chat.ParamModalities, c.Path(name), value)
	}
}

// format reads how the answer shall be structured. A schema says that it is JSON.
func (d *decoder) format(c *fields.Object) {
	schema := c.Schema(either(c, "responseJsonSchema", "response_json_schema"))
	if schema == nil {
		schema = jsonSchema(c.Schema(either(c, "responseSchema", "response_schema")))
	}
	name := either(c, "responseMimeType", "response_mime_type")
	switch mediaType := c.Text(name); {
	case mediaType != "" && mediaType != "text/plain" && mediaType != "application/json":
		c.Unsupported(name, "only Gemini answers in this format")
	case schema != nil:
		d.req.Format = &chat.Format{Kind: chat.FormatJSONSchema, Schema: schema}
	case mediaType == "application/json":
		d.req.Format = &chat.Format{Kind: chat.FormatJSONObject}
	}
}

// thinking reads how much the model shall think. A budget of -1 leaves it to the model.
// Source: https://ai.google.dev/gemini-api/docs/thinking
func (d *decoder) thinking(c *fields.Object) {
	t := c.Object(either(c, "thinkingConfig", "thinking_config"))
	if t == nil {
		return
	}
	r := &chat.Reasoning{Show: t.Bool(either(t, "includeThoughts", "include_thoughts"))}
	budget := either(t, "thinkingBudget", "thinking_budget")
	given := t.Has(budget)
	switch n := t.Int(budget); {
	case given && n == 0:
		r.Off = true
	case n > 0:
		r.BudgetTokens = n
	}
	level := either(t, "thinkingLevel", "thinking_level")
	switch text := strings.ToLower(t.Text(level)); text {
	case "", "thinking_level_unspecified":
	case "minimal", "low", "medium", "high":
		r.Effort, r.Off = text, false
	default:
		t.Invalid(level, "must be MINIMAL, LOW, MEDIUM or HIGH.")
	}
	d.req.Reasoning = r
	rest(t, &d.req.Params)
}
