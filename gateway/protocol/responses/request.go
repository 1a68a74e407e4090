package responses

import (
	"encoding/json"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/fields"
)

// decoder reads one request.
type decoder struct {
	o   *fields.Object
	req *chat.Request
	own *memory
}

func decode(body []byte) (*chat.Request, error) {
	o, err := fields.Read(body)
	if err != nil {
		return nil, err
	}
	d := &decoder{o: o, req: &chat.Request{IncludeUsage: true}, own: &memory{}}
	d.own.remember(o.Peek)
	d.request()
	if err := o.Err(); err != nil {
		return nil, err
	}
	return d.req, nil
}

func (d *decoder) request() {
	d.req.Own = d.own
	d.req.Model = d.o.Text("model")
	if stream := d.o.Bool("stream"); stream != nil {
		d.req.Stream = *stream
	}
	d.refuseStored()
	d.tools(d.o)
	d.toolChoice()
	if instructions := d.o.Text("instructions"); instructions != "" {
		d.say(chat.RoleSystem, chat.Text(instructions))
	}
	d.input()
	for i := range d.req.Messages {
		d.req.Messages[i].Parts = chat.SignTexts(d.req.Messages[i].Parts)
	}
	chat.NameResults(d.req.Messages)
	d.reasoningConfig()
	d.text()
	d.include()
	d.params()
}

// params reads what is neither conversation nor tools. Members that nobody knows become parameters by their own names: servers
// exist that know top_k or seed here, and who does not loses them by name.
func (d *decoder) params() {
	d.param(chat.ParamMaxTokens, "max_output_tokens", new(int64), "an integer")
	d.param(chat.ParamTemperature, "temperature", new(float64), "a number")
	d.param(chat.ParamTopP, "top_p", new(float64), "a number")
	d.param(chat.ParamParallelToolCalls, "parallel_tool_calls", new(bool), "a boolean")
	d.param(chat.ParamUser, "user", new(string), "a string")
	d.param(chat.ParamMetadata, "metadata", new(map[string]string), "an object whose values are strings")
	d.param(chat.ParamServiceTier, "service_tier", new(string), "a string")
	if !d.o.Is("store", "false") {
		d.req.Params.Add("store", "store", json.RawMessage("true"))
	}
	if raw := d.o.Peek("truncation"); !d.o.Is("truncation", `"disabled"`) {
		d.lost("truncation", raw)
	}
	// stream_options asks for padding or not, client_metadata is Codex's telemetry: the answer is the same without them.
	d.o.Drop("stream_options", "client_metadata")
	d.o.Rest(func(name string, value json.RawMessage) { d.req.Params.Add(name, name, value) })
}

func (d *decoder) param(name, as string, v any, want string) {
	d.req.Params.Add(name, as, d.o.Checked(as, v, want))
}

// lose notes what is left of an object as parameters, so that encoders report them by their path.
func (d *decoder) lose(o *fields.Object) {
	o.Rest(func(name string, value json.RawMessage) { d.lost(o.Path(name), value) })
}

func (d *decoder) lost(at string, value json.RawMessage) { d.req.Params.Add(at, at, value) }

// say adds parts to the conversation. What a model said, and what its tools returned, belongs to one turn as long as nothing else
// comes between: reasoning, text and calls are items of their own here.
func (d *decoder) say(role chat.Role, parts ...chat.Part) {
	if n := len(d.req.Messages); n > 0 && (role == chat.RoleAssistant || role == chat.RoleTool) && d.req.Messages[n-1].Role == role {
		d.req.Messages[n-1].Parts = append(d.req.Messages[n-1].Parts, parts...)
		return
	}
	d.req.Messages = append(d.req.Messages, chat.Message{Role: role, Parts: parts})
}
