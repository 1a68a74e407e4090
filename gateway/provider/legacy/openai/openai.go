// Package openai speaks to upstreams that speak OpenAI's protocol themselves. Nothing is translated: the client's bytes go
// upstream with only the name of the model replaced, and the answer's bytes go to the client.
package openai

import (
	"encoding/json"
	"fmt"

	"github.com/fairlead-dev/fairlead/gateway/openai"
	"github.com/fairlead-dev/fairlead/gateway/provider/legacy"
)

// Provider is OpenAI's protocol.
type Provider struct{}

// New returns a Provider.
func New() Provider { return Provider{} }

// Encode replaces the value of `model` and leaves every other byte as it is. Nothing is added either: a stream whose client did
// not ask for usage reports none.
func (Provider) Encode(req *openai.Request, model string) (provider.Outbound, error) {
	out := provider.Outbound{Path: req.Operation.Path(), Stream: req.Stream, Body: [][]byte{req.Body}}
	if model == req.Model {
		return out, nil
	}
	name, err := json.Marshal(model)
	if err != nil {
		return provider.Outbound{}, fmt.Errorf("encoding the name of the model: %w", err)
	}
	out.Body = [][]byte{req.Body[:req.ModelStart], name, req.Body[req.ModelEnd:]}
	return out, nil
}

// Decoder is nil: the upstream's answer is the client's.
func (Provider) Decoder(*openai.Request) provider.Decoder { return nil }
