package responses

import (
	"slices"
	"strings"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/fields"
	"github.com/fairlead-dev/fairlead/gateway/jsonwrite"
)

// records are items that tell what a hosted tool did. What the model made of it is in the messages, so that the conversation makes
// sense without them.
var records = []string{
	"web_search_call", "file_search_call", "code_interpreter_call", "image_generation_call", "computer_call", "computer_call_output",
	"mcp_list_tools", "mcp_approval_request", "mcp_approval_response", "mcp_call", "tool_search_call", "tool_search_output",
	"configuration_update", "program", "program_output",
}

// input reads the conversation: one text, or items.
// Source: https://platform.openai.com/docs/api-reference/responses/create#responses-create-input
func (d *decoder) input() {
	switch d.o.First("input") {
	case '"':
		d.say(chat.RoleUser, chat.Text(d.o.Text("input")))
	case '[':
		for _, item := range d.o.Objects("input") {
			d.item(item)
		}
	default:
		if !d.o.Has("input") {
			d.o.Missing("input")
			return
		}
		d.o.WrongType("input", "a string or an array of items")
	}
}

func (d *decoder) item(o *fields.Object) {
	kind := o.Text("type")
	switch kind {
	case "", "message":
		d.message(o)
	case "reasoning":
		d.reasoning(o)
	case "function_call":
		d.functionCall(o)
	case "custom_tool_call":
		d.customCall(o)
	case "local_shell_call", "shell_call", "apply_patch_call":
		d.clientCall(o, kind)
	case "additional_tools":
		d.tools(o)
	case typeSearch + "_call", typeSearch + "_output":
		if !o.Is("execution", `"`+executionClient+`"`) {
			d.record(o, kind)
			return
		}
		d.search(o, kind)
	case "item_reference", "compaction", "compaction_trigger":
		d.stored(o, kind)
		return
	default:
		if strings.HasSuffix(kind, "_call_output") && !slices.Contains(records, kind) {
			d.result(o)
			break
		}
		d.record(o, kind)
		return
	}
	// Clients return items as they got them.
	o.Drop("id", "status", "role", "phase")
	d.lose(o)
}

// record loses the record of a hosted tool. An item that nobody knows is a mistake: without it the conversation may be another.
func (d *decoder) record(o *fields.Object, kind string) {
	if !slices.Contains(records, kind) {
		o.Invalid("type", "is not a type of item that is known.")
		return
	}
	d.lost(o.At(), jsonwrite.String(nil, kind))
}

func (d *decoder) message(o *fields.Object) {
	var role chat.Role
	switch name := o.Text("role"); name {
	case "user":
		role = chat.RoleUser
	case "assistant":
		role = chat.RoleAssistant
	case "system", "developer":
		role = chat.RoleSystem
	case "":
		o.Missing("role")
		return
	default:
		o.Invalid("role", "must be 'user', 'assistant', 'system' or 'developer'.")
		return
	}
	if !o.Has("content") {
		o.Missing("content")
		return
	}
	if parts := d.parts(o, "content"); len(parts) > 0 {
		d.say(role, parts...)
	}
}
