package proxy

import (
	"bytes"
	"encoding/json"
	"strings"

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
	// dropped names the parameters that the upstream is not told of.
	dropped []string
}

// neutral is a request in neutral form. It is decoded at most once, for all targets.
type neutral struct {
	chat      *chat.Request
	embedding *embedding.Request
}

// plan says how a target is asked, or with a *fault.Error why it cannot be.
func (e *exchange) plan(t *snapshot.Target) (*plan, error) {
	up := t.Upstream.Protocol
	if out, ok := up.Native(e.call, t.Model, e.stream); ok && !e.marked(up) {
		if e.in.scan != nil {
			out.Body = renamed(e.in.scan, e.call.Protocol != protocol.Gemini, t.Model)
		}
		return &plan{Outbound: out, native: true}, nil
	}
	out, err := e.translated(up, t)
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
	return can && e.service.Chat != nil && chat.Marked(e.in.scan.Body)
}

// translated asks the provider to translate what it can.
func (e *exchange) translated(up provider.Provider, t *snapshot.Target) (provider.Outbound, error) {
	switch svc := e.service; {
	case svc.Chat != nil:
		if to, ok := up.(provider.Chatter); ok {
			return e.encodeChat(to, t)
		}
	case svc.Embedding != nil:
		if to, ok := up.(provider.Embedder); ok {
			return e.encodeEmbedding(to, t)
		}
	case svc.Count != nil:
		if to, ok := up.(provider.Counter); ok {
			return e.encodeCount(to, t)
		}
	}
	return provider.Outbound{}, fault.Invalid(fault.CodeUnsupportedOperation, "model",
		"The model '%s' is served by a provider that has nothing like this endpoint (%s).", e.model.Name, e.call.Operation)
}

func (e *exchange) encodeChat(to provider.Chatter, t *snapshot.Target) (provider.Outbound, error) {
	if err := e.decodeChat(e.service.Chat.Decode); err != nil {
		return provider.Outbound{}, err
	}
	return to.EncodeChat(e.neutral.chat, t.Model)
}

func (e *exchange) encodeCount(to provider.Counter, t *snapshot.Target) (provider.Outbound, error) {
	if err := e.decodeChat(e.service.Count.Decode); err != nil {
		return provider.Outbound{}, err
	}
	return to.EncodeCount(e.neutral.chat, t.Model)
}

// decodeChat reads the request by one of the protocol's decoders, once.
func (e *exchange) decodeChat(decode func(*protocol.Call, []byte) (*chat.Request, error)) error {
	if e.neutral.chat != nil {
		return nil
	}
	req, err := decode(e.call, e.in.scan.Body)
	if err != nil {
		return err
	}
	req.Model, req.Stream = e.named(), e.stream
	e.neutral.chat = req
	return nil
}

func (e *exchange) encodeEmbedding(to provider.Embedder, t *snapshot.Target) (provider.Outbound, error) {
	if e.neutral.embedding == nil {
		req, err := e.service.Embedding.Decode(e.call, e.in.scan.Body)
		if err != nil {
			return provider.Outbound{}, err
		}
		req.Model = e.named()
		e.neutral.embedding = req
	}
	return to.EncodeEmbedding(e.neutral.embedding, t.Model)
}

// renamed is the body of a request with only the model replaced. Where the path had it, and the protocol has it in the body, it is
// put in front. Google's names of models may have a prefix, which stays.
func renamed(req *jsonscan.Request, required bool, model string) [][]byte {
	const prefix = "models/"
	if req.ModelEnd == 0 {
		if !required {
			return [][]byte{req.Body}
		}
		return [][]byte{req.Body[:req.Open], []byte(`"model":` + quote(model) + `,`), req.Body[req.Open:]}
	}
	if strings.HasPrefix(req.Model, prefix) && !required {
		model = prefix + model
	}
	if model == req.Model {
		return [][]byte{req.Body}
	}
	return [][]byte{req.Body[:req.ModelStart], []byte(quote(model)), req.Body[req.ModelEnd:]}
}

// quote is a text as JSON.
func quote(text string) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	// A string always has a JSON form.
	_ = enc.Encode(text)
	return strings.TrimSuffix(b.String(), "\n")
}
