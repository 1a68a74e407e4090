package gemini

import (
	"encoding/json"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/fields"
	"github.com/fairlead-dev/fairlead/gateway/protocol"
)

// Generate is generateContent and streamGenerateContent of the Gemini API, for clients.
type Generate struct{}

var _ protocol.ChatCodec = Generate{}

// Decode reads a GenerateContentRequest. The model and whether to stream are in the path.
func (Generate) Decode(call *protocol.Call, body []byte) (*chat.Request, error) {
	o, err := fields.Read(body)
	if err != nil {
		return nil, err
	}
	d := newDecoder(call)
	d.request(o)
	return d.done(o)
}

// decoder reads one request of a client.
type decoder struct {
	req *chat.Request
	// calls counts the calls of tools that had no id, and open holds the ids of the calls that wait for their result, by tool; those
	// that got it by their id are in answered until their turn comes.
	calls    int
	open     map[string][]string
	answered map[string]bool
}

func newDecoder(call *protocol.Call) *decoder {
	return &decoder{
		req:  &chat.Request{Model: call.Model, Stream: call.Stream, IncludeUsage: call.Stream},
		open: map[string][]string{}, answered: map[string]bool{},
	}
}

func (d *decoder) done(o *fields.Object) (*chat.Request, error) {
	if err := o.Err(); err != nil {
		return nil, err
	}
	return d.req, nil
}

// request reads the members of a GenerateContentRequest.
// Source: https://ai.google.dev/api/generate-content#request-body
func (d *decoder) request(o *fields.Object) {
	o.Drop("model")
	d.system(o, either(o, "systemInstruction", "system_instruction"))
	d.contents(o)
	d.tools(o)
	d.toolConfig(o)
	d.generationConfig(o)
	if name := either(o, "cachedContent", "cached_content"); o.Has(name) {
		o.Unsupported(name, "the cached content is Google's")
	}
	d.serviceTier(o)
	rest(o, &d.req.Params)
}

// serviceTier translates the tiers that OpenAI's protocol has, too.
func (d *decoder) serviceTier(o *fields.Object) {
	name := either(o, "serviceTier", "service_tier")
	as, tier := o.Path(name), o.Text(name)
	switch tier {
	case "", "unspecified":
		return
	case "standard":
		tier = "default"
	}
	value, err := json.Marshal(tier)
	if err == nil {
		d.req.Params.Add(chat.ParamServiceTier, as, value)
	}
}

// system reads the system instruction, of which each part of text is a paragraph.
func (d *decoder) system(o *fields.Object, name string) {
	c := o.Object(name)
	if c == nil {
		return
	}
	c.Drop("role")
	m := chat.Message{Role: chat.RoleSystem}
	for _, p := range c.Objects("parts") {
		if !p.Has("text") {
			p.Unsupported("text", "a system instruction is text")
			continue
		}
		m.Parts = append(m.Parts, chat.Text(p.Text("text")))
		restOf(p, &d.req.Params)
	}
	rest(c, &d.req.Params)
	if len(m.Parts) > 0 {
		d.req.Messages = append(d.req.Messages, m)
	}
}
