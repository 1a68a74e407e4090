// Package protocols is the list of upstream protocols that the gateway can speak.
package protocols

import (
	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/provider/legacy"
	"github.com/fairlead-dev/fairlead/gateway/provider/legacy/ollama"
	"github.com/fairlead-dev/fairlead/gateway/provider/legacy/openai"
)

// New returns a Provider for each protocol that a ModelProvider's status may name.
func New() map[v1alpha1.Protocol]provider.Provider {
	return map[v1alpha1.Protocol]provider.Provider{
		v1alpha1.ProtocolOpenAI: openai.New(),
		v1alpha1.ProtocolOllama: ollama.New(),
	}
}
