package ollama

import (
	"encoding/json"
	"strconv"
	"time"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/fields"
)

// sampling are the numbers that Ollama has as options and that have the same name in neutral form.
func sampling() []string {
	return []string{
		chat.ParamTemperature, chat.ParamTopP, chat.ParamMinP, chat.ParamPresencePenalty, chat.ParamFrequencyPenalty,
		chat.ParamRepeatPenalty, chat.ParamTopK, chat.ParamSeed,
	}
}

// options reads the object `options`. What has no neutral name keeps its own, such as `options.num_ctx`.
// Source: https://github.com/ollama/ollama/blob/v0.17.4/docs/modelfile.mdx#valid-parameters-and-values
func options(o *fields.Object, params *chat.Params) {
	opts := o.Object("options")
	if opts == nil {
		return
	}
	for _, name := range sampling() {
		params.Add(name, opts.Path(name), opts.Checked(name, new(float64), "a number"))
	}
	maxTokens(opts, params)
	if stop := opts.Strings("stop"); len(stop) > 0 {
		list, err := json.Marshal(stop)
		if err != nil {
			opts.WrongType("stop", "an array of strings")
		}
		params.Add(chat.ParamStop, opts.Path("stop"), list)
	}
	rest(opts, params)
}

// maxTokens reads num_predict. A negative number means that there is no limit, which is what no number means.
func maxTokens(opts *fields.Object, params *chat.Params) {
	if n := opts.Int("num_predict"); n > 0 {
		params.Add(chat.ParamMaxTokens, opts.Path("num_predict"), strconv.AppendInt(nil, n, 10))
	}
}

// format reads what form the answer must have: "json", or a JSON Schema, which Ollama holds the model to.
func format(o *fields.Object) *chat.Format {
	if o.First("format") == '{' {
		strict := true
		return &chat.Format{Kind: chat.FormatJSONSchema, Schema: o.Schema("format"), Strict: &strict}
	}
	switch o.Text("format") {
	case "":
		return nil
	case "json":
		return &chat.Format{Kind: chat.FormatJSONObject}
	}
	o.Invalid("format", "must be \"json\" or a JSON Schema.")
	return nil
}

// think reads whether and how much the model shall think, a boolean or the name of a level.
func think(o *fields.Object) *chat.Reasoning {
	show := true
	switch o.First("think") {
	case 0, 'n':
		return nil
	case '"':
		level := o.Text("think")
		switch level {
		case "low", "medium", "high", "max":
			return &chat.Reasoning{Effort: level, Show: &show}
		}
		o.Invalid("think", "must be true, false, low, medium, high or max.")
		return nil
	}
	on := o.Bool("think")
	switch {
	case on == nil:
		return nil
	case *on:
		return &chat.Reasoning{Show: &show}
	}
	return &chat.Reasoning{Off: true}
}

// unloads says whether a value of keep_alive means that the model shall be unloaded: 0, as a number of seconds or a duration.
func unloads(keepAlive json.RawMessage) bool {
	var seconds float64
	var text string
	if json.Unmarshal(keepAlive, &seconds) == nil {
		return seconds == 0
	}
	if json.Unmarshal(keepAlive, &text) != nil {
		return false
	}
	d, err := time.ParseDuration(text)
	return err == nil && d == 0
}
