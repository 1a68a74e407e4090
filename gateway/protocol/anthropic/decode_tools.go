package anthropic

import (
	"encoding/json"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/fields"
)

// tools reads the tools. Those that Anthropic knows by their type, such as web_search_20250305 or bash_20250124, keep it: others
// cannot run them, or do not know how they are called.
func (d *decoder) tools(o *fields.Object) {
	for _, t := range o.Objects("tools") {
		tool := chat.Tool{Type: t.Text("type"), Name: t.Text("name"), At: t.At(), CacheControl: t.Raw("cache_control")}
		if tool.Type != "" && tool.Type != "custom" {
			d.req.Tools = append(d.req.Tools, tool)
			continue
		}
		tool.Type = chat.TypeFunction
		if tool.Name == "" {
			t.Missing("name")
		}
		tool.Description, tool.Parameters, tool.Strict = t.Text("description"), t.Schema("input_schema"), t.Bool("strict")
		// How the arguments are streamed is the upstream's business.
		t.Drop("eager_input_streaming")
		if !t.Is("defer_loading", "false") {
			d.lose(t.Path("defer_loading"))
		}
		if !t.Is("allowed_callers", `["direct"]`) {
			d.lose(t.Path("allowed_callers"))
		}
		d.rest(t)
		d.req.Tools = append(d.req.Tools, tool)
	}
}

func (d *decoder) toolChoice(o *fields.Object) {
	c := o.Object("tool_choice")
	if c == nil {
		return
	}
	choice := &chat.ToolChoice{}
	switch c.Text("type") {
	case "auto":
		choice.Mode = chat.ToolChoiceAuto
	case "any":
		choice.Mode = chat.ToolChoiceRequired
	case "none":
		choice.Mode = chat.ToolChoiceNone
	case "tool":
		choice.Mode, choice.Name = chat.ToolChoiceNamed, d.required(c, "name")
	default:
		c.Invalid("type", "must be auto, any, tool or none.")
	}
	d.req.ToolChoice = choice
	if single := c.Bool("disable_parallel_tool_use"); single != nil {
		parallel := json.RawMessage("true")
		if *single {
			parallel = json.RawMessage("false")
		}
		d.add(c, chat.ParamParallelToolCalls, "disable_parallel_tool_use", parallel)
	}
	d.rest(c)
}
