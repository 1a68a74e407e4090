package openai

import (
	"encoding/json"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/jsonwrite"
)

// Dialect is the kind of upstream that a request is for. They differ in the parameters that they take.
type Dialect uint8

// Dialects.
const (
	// DialectOpenAI is OpenAI itself, and Azure: no parameter that OpenAI does not know, and the newer name of max_tokens.
	DialectOpenAI Dialect = iota + 1
	// DialectCompatible is everything that follows OpenAI: vLLM, Groq, Mistral, DeepSeek, OpenRouter and so on. Several of them
	// refuse what they do not know, so that it gets nothing that is only for OpenAI's books.
	DialectCompatible
)

// encoder makes one request for an upstream.
type encoder struct {
	req     *chat.Request
	model   string
	dialect Dialect
	// series of OpenAI's models that think, empty for all others.
	series string
	// mistral says that the upstream is Mistral's own.
	mistral bool
	ledger  *chat.Ledger
	members []byte
}

// EncodeChat makes the body of /chat/completions, for model. lost is what the upstream is not told. The error is a *fault.Error for
// media that the upstream cannot take. Markers for prompt caches are no loss: upstreams of this protocol cache by themselves.
// A prompt to be continued becomes a conversation, because few models are left that continue.
func EncodeChat(req *chat.Request, model string, d Dialect) (body []byte, lost []chat.Param, err error) {
	e := &encoder{req: req, model: model, dialect: d, series: seriesOf(model, d), ledger: req.Open()}
	e.mistral = d == DialectCompatible && mistrals.MatchString(model)
	if e.mistral {
		e.loseNames()
	}
	messages, err := e.messages()
	if err != nil {
		return nil, nil, err
	}
	if req.Prompt != nil && req.Prompt.Suffix != "" {
		e.ledger.Lose(chat.ParamSuffix)
	}
	e.add("model", jsonwrite.String(nil, model))
	e.add("messages", jsonwrite.Must(messages))
	if req.Stream {
		e.add("stream", []byte("true"))
	}
	if req.Stream && !e.mistral {
		e.add("stream_options", []byte(`{"include_usage":true}`))
	}
	e.tools()
	e.format()
	e.reasoning()
	e.params()
	return append(e.members, '}'), e.ledger.Lost(), nil
}

// add adds a member to the body; nothing for an empty value.
func (e *encoder) add(name string, value json.RawMessage) {
	if len(value) == 0 {
		return
	}
	separator := byte(',')
	if len(e.members) == 0 {
		separator = '{'
	}
	e.members = append(append(append(e.members, separator, '"'), name...), '"', ':')
	e.members = append(e.members, value...)
}

// outgoingFormat is response_format.
type outgoingFormat struct {
	Type       string          `json:"type"`
	JSONSchema *outgoingSchema `json:"json_schema,omitempty"`
}

type outgoingSchema struct {
	Name        string          `json:"name"`
	Description string          `json:"description,omitempty"`
	Schema      json.RawMessage `json:"schema"`
	Strict      *bool           `json:"strict,omitempty"`
}

// format adds structured output. A schema needs a name here.
func (e *encoder) format() {
	f := e.req.Format
	if f == nil {
		return
	}
	out := outgoingFormat{Type: f.Kind}
	if f.Kind == chat.FormatJSONSchema {
		out.JSONSchema = &outgoingSchema{Name: f.Name, Description: f.Description, Schema: f.Schema}
		out.JSONSchema.Strict = e.strict(f.Strict, f.Schema, "response_format.json_schema.strict")
		if f.Name == "" {
			out.JSONSchema.Name = "answer"
		}
	}
	e.add("response_format", jsonwrite.Must(out))
}
