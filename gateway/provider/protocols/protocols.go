// Package protocols is the list of the types of upstream that the gateway can speak to.
package protocols

import (
	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/provider"
	"github.com/fairlead-dev/fairlead/gateway/provider/anthropic"
	"github.com/fairlead-dev/fairlead/gateway/provider/azure"
	"github.com/fairlead-dev/fairlead/gateway/provider/bedrock"
	"github.com/fairlead-dev/fairlead/gateway/provider/gemini"
	"github.com/fairlead-dev/fairlead/gateway/provider/ollama"
	"github.com/fairlead-dev/fairlead/gateway/provider/openai"
	"github.com/fairlead-dev/fairlead/gateway/provider/vertex"
)

// New returns a Provider for each protocol that a ModelProvider's status may name.
func New() map[v1alpha1.Protocol]provider.Provider {
	return map[v1alpha1.Protocol]provider.Provider{
		v1alpha1.ProtocolOpenAI:           openai.New(),
		v1alpha1.ProtocolOpenAICompatible: openai.NewCompatible(),
		v1alpha1.ProtocolAzureOpenAI:      azure.New(),
		v1alpha1.ProtocolAnthropic:        anthropic.New(),
		v1alpha1.ProtocolGemini:           gemini.New(),
		v1alpha1.ProtocolVertexAI:         vertex.New(),
		v1alpha1.ProtocolBedrock:          bedrock.New(),
		v1alpha1.ProtocolOllama:           ollama.New(),
	}
}
