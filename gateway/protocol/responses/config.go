package responses

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/fields"
)

// efforts that the protocol knows, beside none.
var efforts = []string{"minimal", "low", "medium", "high", "xhigh", "max"}

// reasoningConfig reads how much the model shall think. Whoever asks for a summary wants to see the thoughts; its length is a
// wish that nobody else can be told.
// Source: https://platform.openai.com/docs/api-reference/responses/create#responses-create-reasoning
func (d *decoder) reasoningConfig() {
	o := d.o.Object("reasoning")
	if o == nil {
		return
	}
	r := &chat.Reasoning{}
	switch effort := o.Text("effort"); {
	case effort == "none":
		r.Off = true
	case effort == "ultra": // Codex offers it for models that nobody else has
		r.Effort = "max"
	case effort == "" || slices.Contains(efforts, effort):
		r.Effort = effort
	default:
		o.Invalid("effort", "must be one of none, %s.", strings.Join(efforts, ", "))
	}
	if summary, older := o.Text("summary"), o.Text("generate_summary"); summary != "" || older != "" {
		show := summary != "none"
		r.Show = &show
	}
	d.lose(o)
	if *r != (chat.Reasoning{}) {
		d.req.Reasoning = r
	}
}

// text reads the form of the answer.
// Source: https://platform.openai.com/docs/api-reference/responses/create#responses-create-text
func (d *decoder) text() {
	o := d.o.Object("text")
	if o == nil {
		return
	}
	d.req.Params.Add(chat.ParamVerbosity, o.Path("verbosity"), o.Checked("verbosity", new(string), "a string"))
	if format := o.Object("format"); format != nil {
		d.format(format)
	}
	d.lose(o)
}

func (d *decoder) format(o *fields.Object) {
	switch kind := o.Text("type"); kind {
	case "text":
	case chat.FormatJSONObject:
		d.req.Format = &chat.Format{Kind: kind}
	case chat.FormatJSONSchema:
		d.req.Format = &chat.Format{
			Kind: kind, Name: o.Text("name"), Description: o.Text("description"), Schema: o.Schema("schema"), Strict: o.Bool("strict"),
		}
		if d.req.Format.Schema == nil {
			o.Missing("schema")
		}
	default:
		o.Invalid("type", "must be 'text', 'json_object' or 'json_schema'.")
	}
	d.lose(o)
}

// Things to include in the answer. Those of hosted tools change nothing, because such tools never run here.
const (
	includeLogprobs  = "message.output_text.logprobs"
	includeEncrypted = "reasoning.encrypted_content"
)

var includeHosted = []string{
	includeEncrypted, "file_search_call.results", "web_search_call.results", "web_search_call.action.sources",
	"message.input_image.image_url", "computer_call_output.output.image_url", "code_interpreter_call.outputs",
}

// include reads what shall be in the answer beside what always is. Encrypted reasoning always is: there is no other way for a
// client to give it back, where nothing is stored.
func (d *decoder) include() {
	var list []string
	raw := d.o.Checked("include", &list, "an array of strings")
	if raw == nil {
		list = nil
	}
	top := d.o.Checked("top_logprobs", new(int64), "an integer")
	d.req.Params.Add(chat.ParamTopLogprobs, "top_logprobs", top)
	if slices.Contains(list, includeLogprobs) {
		d.req.Params.Add(chat.ParamLogprobs, "include", json.RawMessage("true"))
	} else if top != nil && string(top) != "0" {
		d.req.Params.Add(chat.ParamLogprobs, "top_logprobs", json.RawMessage("true"))
	}
	unknown := func(name string) bool { return name != includeLogprobs && !slices.Contains(includeHosted, name) }
	if slices.ContainsFunc(list, unknown) {
		d.req.Params.Add("include", "include", raw)
	}
}
