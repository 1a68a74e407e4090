package anthropic

import (
	"encoding/json"
	"slices"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/fields"
)

// reasoning reads `thinking`, `output_config`, and `output_format`, which output_config.format was called in its beta.
func (d *decoder) reasoning(o *fields.Object) {
	if t := o.Object("thinking"); t != nil {
		d.req.Reasoning = thinkingOf(t)
		d.rest(t)
	}
	if f := o.Object("output_format"); f != nil {
		d.format(f)
	}
	c := o.Object("output_config")
	if c == nil {
		return
	}
	if f := c.Object("format"); f != nil {
		d.format(f)
	}
	d.effort(c)
	c.Rest(func(name string, value json.RawMessage) { d.add(c, name, name, value) })
}

// thinkingOf reads the object `thinking`. Thinking between the calls of tools is what Anthropic calls thinking turned off, on
// models that show their progress in such blocks.
func thinkingOf(t *fields.Object) *chat.Reasoning {
	r := &chat.Reasoning{}
	switch t.Text("type") {
	case thinkingDisabled, thinkingBetweenTools:
		r.Off = true
	case thinkingEnabled:
		if r.BudgetTokens = t.Int("budget_tokens"); r.BudgetTokens < leastBudget {
			t.Invalid("budget_tokens", "must be at least %d.", leastBudget)
		}
	case thinkingAdaptive:
	default:
		t.Invalid("type", "must be enabled, adaptive, disabled or between_tools.")
	}
	switch display := t.Text("display"); display {
	case "":
	case displaySummarized, displayOmitted:
		shown := display == displaySummarized
		r.Show = &shown
	default:
		t.Invalid("display", "must be summarized or omitted.")
	}
	return r
}

// effort reads how much the model shall do. Beside thinking that is turned off it still means something to Anthropic, and to nobody
// else.
func (d *decoder) effort(c *fields.Object) {
	var effort string
	raw := c.Checked("effort", &effort, "a string")
	switch {
	case effort == "":
		return
	case !slices.Contains([]string{"low", "medium", "high", "xhigh", "max"}, effort):
		c.Invalid("effort", "must be low, medium, high, xhigh or max.")
	case d.req.Reasoning != nil && d.req.Reasoning.Off:
		d.add(c, "effort", "effort", raw)
	case d.req.Reasoning == nil:
		d.req.Reasoning = &chat.Reasoning{Effort: effort}
	default:
		d.req.Reasoning.Effort = effort
	}
}

func (d *decoder) format(f *fields.Object) {
	if kind := f.Text("type"); kind != "json_schema" {
		f.Invalid("type", "must be json_schema.")
	}
	d.req.Format = &chat.Format{Kind: chat.FormatJSONSchema, Schema: f.Schema("schema")}
	if d.req.Format.Schema == nil {
		f.Missing("schema")
	}
	d.rest(f)
}
