package anthropic

import (
	"crypto/rand"
	"encoding/json"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/fields"
	"github.com/fairlead-dev/fairlead/gateway/protocol"
)

// Messages is POST /v1/messages, as a protocol.ChatCodec.
type Messages struct{ newID func() string }

// NewMessages returns Messages.
func NewMessages() Messages { return Messages{newID: rand.Text} }

// Decode reads a client's request. What this protocol has and no other knows is in its Params, blocks and fields inside of messages
// under their paths and without a value: encoders report them as lost.
func (Messages) Decode(_ *protocol.Call, body []byte) (*chat.Request, error) {
	return decode(body, true)
}

// decoder reads one request.
type decoder struct{ req *chat.Request }

// decode reads a request. Only one that shall be answered says how long the answer may be.
func decode(body []byte, answered bool) (*chat.Request, error) {
	o, err := fields.Read(body)
	if err != nil {
		return nil, err
	}
	d := &decoder{req: &chat.Request{Model: o.Text("model"), IncludeUsage: true, Origin: chat.OriginAnthropic}}
	if stream := o.Bool("stream"); stream != nil {
		d.req.Stream = *stream
	}
	if answered && !o.Has("max_tokens") {
		o.Missing("max_tokens")
	}
	d.conversation(o)
	d.tools(o)
	d.toolChoice(o)
	d.reasoning(o)
	d.params(o)
	return d.req, o.Err()
}

// params reads the parameters. Those that are not named here keep their own names.
func (d *decoder) params(o *fields.Object) {
	d.number(o, "max_tokens", chat.ParamMaxTokens, new(uint64), "an integer that is not negative")
	d.number(o, "temperature", chat.ParamTemperature, new(float64), "a number")
	d.number(o, "top_p", chat.ParamTopP, new(float64), "a number")
	d.number(o, "top_k", chat.ParamTopK, new(uint64), "an integer that is not negative")
	var sequences []string
	raw := o.Checked("stop_sequences", &sequences, "an array of strings")
	if len(sequences) > 0 { // an empty list says nothing, and OpenAI refuses it
		d.add(o, chat.ParamStop, "stop_sequences", raw)
	}
	if m := o.Object("metadata"); m != nil {
		var id string
		d.add(m, chat.ParamUser, "user_id", m.Checked("user_id", &id, "a string"))
		d.rest(m)
	}
	d.serviceTier(o)
	o.Rest(func(name string, value json.RawMessage) { d.add(o, name, name, value) })
}

func (d *decoder) number(o *fields.Object, name, neutral string, v any, want string) {
	d.add(o, neutral, name, o.Checked(name, v, want))
}

// add adds a parameter that o has as name.
func (d *decoder) add(o *fields.Object, neutral, name string, value json.RawMessage) {
	d.req.Params.Add(neutral, o.Path(name), value)
}

// serviceTier translates the one word that differs from OpenAI's.
func (d *decoder) serviceTier(o *fields.Object) {
	var tier string
	raw := o.Checked("service_tier", &tier, "a string")
	if tier == tierStandard {
		raw = json.RawMessage(`"` + tierDefault + `"`)
	}
	d.add(o, chat.ParamServiceTier, "service_tier", raw)
}

// Words for the service tier that is not the faster one: Anthropic's, OpenAI's.
const (
	tierStandard = "standard_only"
	tierDefault  = "default"
)

// lose notes something that no other protocol can say.
func (d *decoder) lose(at string) { d.req.Params = append(d.req.Params, chat.Param{Name: at, As: at}) }

// rest notes what is left of an object inside of the request.
func (d *decoder) rest(o *fields.Object) {
	o.Rest(func(name string, _ json.RawMessage) { d.lose(o.Path(name)) })
}
