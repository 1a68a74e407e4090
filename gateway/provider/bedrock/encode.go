package bedrock

import (
	"encoding/json"
	"slices"

	"github.com/fairlead-dev/fairlead/gateway/chat"
)

// encode writes the body of Converse, and says what the model is not told.
func encode(req *chat.Request, model string) (request, []chat.Param, error) {
	f := familyOf(model)
	c, err := newConversation(req.Conversation(), f)
	if err != nil {
		return request{}, nil, err
	}
	r := request{Messages: c.turns, System: c.system}
	asked := settingsOf
	if f.claude {
		asked = claudeSettings
	}
	s, lost, err := asked(req, model, f)
	if err != nil {
		return request{}, nil, err
	}
	r.settings = s
	if req.Prompt != nil && req.Prompt.Suffix != "" {
		lost = append(lost, chat.Param{Name: chat.ParamSuffix, As: chat.ParamSuffix})
	}
	if c.uncached || !f.claude && slices.ContainsFunc(req.Tools, func(t chat.Tool) bool { return t.CacheControl != nil }) {
		lost = append(lost, chat.Param{Name: lostCache, As: lostCache})
	}
	if req.ToolChoice != nil && req.ToolChoice.Mode == chat.ToolChoiceNone {
		lost = append(lost, r.withoutTools(c)...)
	}
	return r, lost, nil
}

// withoutTools takes the tools away, as a client asks for that wants none to be called. Converse has no word for it, and wants to know
// the tools where the conversation is about them: then they stay, and the choice is lost.
func (r *request) withoutTools(c *conversation) []chat.Param {
	if r.ToolConfig == nil {
		return nil
	}
	if !c.usesTools() {
		r.ToolConfig = nil
		return nil
	}
	r.ToolConfig.ToolChoice = nil
	return []chat.Param{{Name: lostToolChoice, As: lostToolChoice}}
}

// Names under which things are lost that are no parameters.
const (
	lostToolChoice = "tool_choice"
	lostCache      = "cache_control"
)

// tier writes the service tier. Standard is what default is called here.
// Source: https://docs.aws.amazon.com/bedrock/latest/userguide/service-tiers-inference.html
func tier(req *chat.Request, l *chat.Ledger) *serviceTier {
	var name string
	if json.Unmarshal(req.Params.Get(chat.ParamServiceTier), &name) != nil {
		return nil
	}
	switch name {
	case "auto":
		l.Take(chat.ParamServiceTier)
	case "default", "flex", "priority", "reserved":
		l.Take(chat.ParamServiceTier)
		return &serviceTier{Type: name}
	}
	return nil
}

// structured is a form of answers that the model is held to.
func structured(f *chat.Format, schema json.RawMessage) *textFormat {
	return &textFormat{
		Type:      "json_schema",
		Structure: formatStructure{JSONSchema: jsonSchema{Schema: string(schema), Name: f.Name, Description: f.Description}},
	}
}

// choose is a choice among tools, nil where the model has it.
func choose(mode, name string) *toolChoice {
	switch mode {
	case "any", chat.ToolChoiceRequired:
		return &toolChoice{Any: &struct{}{}}
	case "tool", chat.ToolChoiceNamed:
		return &toolChoice{Tool: &namedTool{Name: name}}
	}
	return nil
}
