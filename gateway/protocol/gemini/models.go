package gemini

import (
	"strings"

	"github.com/fairlead-dev/fairlead/gateway/jsonwrite"
	"github.com/fairlead-dev/fairlead/gateway/protocol"
)

// resource is what the names of models begin with in this protocol.
const resource = "models/"

// ModelName is a model's name in a path or a body without the kind of resource before it.
func ModelName(name string) string { return strings.TrimPrefix(name, resource) }

// Models writes the list of models. The gateway's models may be anything, so all methods are there.
// Source: https://ai.google.dev/api/models#method:-models.list
func Models(models []protocol.Model) []byte {
	b := []byte(`{"models":[`)
	for i, m := range models {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendModel(b, m.Name)
	}
	return append(b, "]}"...)
}

// Model writes one model.
// Source: https://ai.google.dev/api/models#method:-models.get
func Model(m protocol.Model) []byte { return appendModel(nil, m.Name) }

func appendModel(b []byte, name string) []byte {
	b = jsonwrite.String(append(b, `{"name":`...), resource+name)
	b = member(b, "baseModelId", name)
	b = member(b, "displayName", name)
	return append(b, `,"supportedGenerationMethods":["generateContent","streamGenerateContent","countTokens","embedContent",`+
		`"batchEmbedContents"]}`...)
}
