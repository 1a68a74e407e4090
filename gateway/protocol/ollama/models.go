package ollama

import (
	"crypto/sha256"
	"encoding/hex"
	"time"

	"github.com/fairlead-dev/fairlead/gateway/jsonwrite"
	"github.com/fairlead-dev/fairlead/gateway/protocol"
)

// apiVersion is the release of Ollama whose API is spoken. Clients read it as numbers with dots between them, and some refuse an
// old one.
const apiVersion = "0.17.4"

// details are Ollama's words about the file of a model. The gateway has no files, so that most of them are empty.
type details struct {
	ParentModel       string   `json:"parent_model"`
	Format            string   `json:"format"`
	Family            string   `json:"family"`
	Families          []string `json:"families"`
	ParameterSize     string   `json:"parameter_size"`
	QuantizationLevel string   `json:"quantization_level"`
}

type listed struct {
	Name       string    `json:"name"`
	Model      string    `json:"model"`
	ModifiedAt time.Time `json:"modified_at"`
	Size       int64     `json:"size"`
	Digest     string    `json:"digest"`
	Details    details   `json:"details"`
}

type shown struct {
	Modelfile    string         `json:"modelfile"`
	Parameters   string         `json:"parameters"`
	Template     string         `json:"template"`
	Details      details        `json:"details"`
	ModelInfo    map[string]any `json:"model_info"`
	Capabilities []string       `json:"capabilities"`
	ModifiedAt   time.Time      `json:"modified_at"`
}

// Models is the answer of GET /api/tags. A digest is made of the name, because Ollama's command line cuts it to twelve characters
// without looking.
func Models(models []protocol.Model) []byte {
	list := make([]listed, len(models))
	for i, m := range models {
		digest := sha256.Sum256([]byte(m.Name))
		list[i] = listed{
			Name: m.Name, Model: m.Name, ModifiedAt: m.Created.UTC(), Digest: hex.EncodeToString(digest[:]), Details: details{Families: []string{}},
		}
	}
	return jsonwrite.Must(map[string]any{"models": list})
}

// Running is the answer of GET /api/ps. It is empty: no model is loaded in the gateway, and where one is loaded is the business of
// the providers.
func Running() []byte { return []byte(`{"models":[]}`) }

// Version is the answer of GET /api/version.
func Version() []byte { return jsonwrite.Must(map[string]string{"version": apiVersion}) }

// Model is the answer of POST /api/show for a model. What it can do is not known here: completion and tools are claimed, because
// clients would not offer tools otherwise, and a model that takes none says so when it is asked.
func Model(m protocol.Model) []byte {
	return jsonwrite.Must(shown{
		Details: details{Families: []string{}}, Capabilities: []string{"completion", "tools"}, ModifiedAt: m.Created.UTC(),
		ModelInfo: map[string]any{"general.architecture": "unknown", "general.basename": m.Name},
	})
}
