package proxy

import (
	"bytes"
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/embedding"
	"github.com/fairlead-dev/fairlead/gateway/fault"
	"github.com/fairlead-dev/fairlead/gateway/jsonscan"
	"github.com/fairlead-dev/fairlead/gateway/protocol"
	"github.com/fairlead-dev/fairlead/gateway/provider"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
)

// plan is how one target is asked.
type plan struct {
	provider.Outbound
	// native says that bytes pass untouched in both directions.
	native bool
	// counted says that the upstream is asked for the usage although the client did not ask.
	counted bool
	// dropped names the parameters that the upstream is not told of.
	dropped []string
}

// neutral is a request in neutral form. It is decoded at most once, for all targets.
type neutral struct {
	chat      *chat.Request
	embedding *embedding.Request
	// tools are the client's names of its tools, by those in chat; nil where no name had to change.
	tools map[string]string
}

// plan says how a target is asked, or with a *fault.Error why it cannot be.
func (e *exchange) plan(t *snapshot.Target) (*plan, error) {
	up, model := t.Upstream.Protocol, e.upstreamModel(t)
	if out, ok := up.Native(e.call, model, e.stream); ok && !e.marked(up) {
		p := &plan{Outbound: out, native: true}
		if e.in.scan != nil {
			var edits []provider.Edit
			edits, p.counted = e.edits(up, model)
			p.Body = edited(e.in.scan.Body, edits)
		}
		return p, nil
	}
	out, err := e.translated(up, model)
	if err != nil {
		return nil, err
	}
	p := &plan{Outbound: out}
	if err := p.judge(t.Upstream.ParameterPolicy); err != nil {
		return nil, err
	}
	return p, nil
}

// marked says whether a conversation that began with another kind of provider has to be translated for this one, which would refuse
// that one's signatures.
func (e *exchange) marked(up provider.Provider) bool {
	_, can := up.(provider.Chatter)
	can = can && e.service.Chat != nil
	if e.service.Count != nil {
		_, can = up.(provider.Counter)
	}
	return can && chat.Marked(e.in.scan.Body)
}

// translated asks the provider to translate what it can.
func (e *exchange) translated(up provider.Provider, model string) (provider.Outbound, error) {
	switch svc := e.service; {
	case svc.Chat != nil:
		if to, ok := up.(provider.Chatter); ok {
			return e.encodeChat(to, model)
		}
	case svc.Embedding != nil:
		if to, ok := up.(provider.Embedder); ok {
			return e.encodeEmbedding(to, model)
		}
	case svc.Count != nil:
		if to, ok := up.(provider.Counter); ok {
			return e.encodeCount(to, model)
		}
	}
	return provider.Outbound{}, fault.Invalid(fault.CodeUnsupportedOperation, "model",
		"The model '%s' is served by a provider that has nothing like this endpoint (%s).", e.model.Name, e.call.Operation)
}

func (e *exchange) encodeChat(to provider.Chatter, model string) (provider.Outbound, error) {
	if err := e.decodeChat(e.service.Chat.Decode); err != nil {
		return provider.Outbound{}, err
	}
	return to.EncodeChat(e.neutral.chat, model)
}

func (e *exchange) encodeCount(to provider.Counter, model string) (provider.Outbound, error) {
	if err := e.decodeChat(e.service.Count.Decode); err != nil {
		return provider.Outbound{}, err
	}
	return to.EncodeCount(e.neutral.chat, model)
}

// decodeChat reads the request by one of the protocol's decoders, once.
func (e *exchange) decodeChat(decode func(*protocol.Call, []byte) (*chat.Request, error)) error {
	if e.neutral.chat != nil {
		return nil
	}
	req, err := decode(e.call, e.private.Cut(e.in.scan.Body))
	if err != nil {
		return err
	}
	req.Model, req.Stream = e.named(), e.stream
	e.neutral.chat, e.neutral.tools = req, req.PortableNames()
	return nil
}

func (e *exchange) encodeEmbedding(to provider.Embedder, model string) (provider.Outbound, error) {
	if e.neutral.embedding == nil {
		req, err := e.service.Embedding.Decode(e.call, e.private.Cut(e.in.scan.Body))
		if err != nil {
			return provider.Outbound{}, err
		}
		req.Model = e.named()
		e.neutral.embedding = req
	}
	return to.EncodeEmbedding(e.neutral.embedding, model)
}

// edits are what is replaced in a body that passes otherwise untouched: the model, what the upstream's own server does not take, what is
// meant for the gateway, and counted: that the upstream shall say what a stream costs.
func (e *exchange) edits(up provider.Provider, model string) (edits []provider.Edit, counted bool) {
	if ed, ok := up.(provider.Editor); ok {
		edits = ed.Edits(e.call, e.in.scan.Body)
	}
	if m, ok := rename(e.in.scan, e.call.Protocol != protocol.Gemini, model); ok {
		edits = append(edits, m)
	}
	if e.private.End > 0 {
		edits = append(edits, provider.Edit{Start: e.private.Start, End: e.private.End})
	}
	ask, counted := e.counted()
	if counted {
		edits = append(edits, ask)
	}
	if len(edits) > 1 {
		// What is put in goes before what is taken out at the same place.
		slices.SortStableFunc(edits, func(x, y provider.Edit) int { return cmp.Or(x.Start-y.Start, x.End-y.End) })
	}
	return edits, counted
}

// rename puts the upstream's name of the model in place of the client's. Where the path had that, and the protocol has it in the body,
// it is put in front. Google's names of models may have a prefix, which stays.
func rename(req *jsonscan.Request, required bool, model string) (provider.Edit, bool) {
	const prefix = "models/"
	if req.ModelEnd == 0 {
		member := `"model":` + quote(model) + `,`
		if rest := bytes.TrimLeft(req.Body[req.Open:], " \t\r\n"); rest[0] == '}' {
			member = strings.TrimSuffix(member, ",")
		}
		return provider.Edit{Start: req.Open, End: req.Open, New: []byte(member)}, required
	}
	if strings.HasPrefix(req.Model, prefix) && !required {
		model = prefix + model
	}
	return provider.Edit{Start: req.ModelStart, End: req.ModelEnd, New: []byte(quote(model))}, model != req.Model
}

// edited is a body as pieces, of which only the replacements are copies.
func edited(body []byte, edits []provider.Edit) [][]byte {
	pieces := make([][]byte, 0, 1+2*len(edits))
	from := 0
	for _, e := range edits {
		pieces = append(pieces, body[from:e.Start], e.New)
		from = e.End
	}
	return append(pieces, body[from:])
}

// quote is a text as JSON.
func quote(text string) string {
	b, err := jsontext.AppendQuote(nil, text)
	if err != nil {
		// The text is no UTF-8: the name of a model in a ModelAlias always is.
		return strconv.Quote(strings.ToValidUTF8(text, "\uFFFD"))
	}
	return string(b)
}
