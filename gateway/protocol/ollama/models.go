package ollama

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/fairlead-dev/fairlead/gateway/fault"
)

// apiVersion is the release of Ollama whose API is spoken. Clients read it as numbers with dots between them, and some refuse an
// old one.
const apiVersion = "0.17.4"

// Banner is the answer of `GET /`, by which clients see that there is an Ollama.
const Banner = "Ollama is running"

// Model is one that clients may use.
type Model struct {
	Name    string
	Created time.Time
}

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

// Tags is the answer of GET /api/tags. A digest is made of the name, because Ollama's command line cuts it to twelve characters
// without looking.
func Tags(models []Model) []byte {
	list := make([]listed, len(models))
	for i, m := range models {
		digest := sha256.Sum256([]byte(m.Name))
		list[i] = listed{
			Name: m.Name, Model: m.Name, ModifiedAt: m.Created.UTC(), Digest: hex.EncodeToString(digest[:]), Details: details{Families: []string{}},
		}
	}
	return document(map[string]any{"models": list})
}

// Running is the answer of GET /api/ps. It is empty: no model is loaded in the gateway, and where one is loaded is the business of
// the providers.
func Running() []byte { return []byte(`{"models":[]}`) }

// Version is the answer of GET /api/version.
func Version() []byte { return document(map[string]string{"version": apiVersion}) }

// Show answers POST /api/show for one of models. What a model can do is not known here: completion and tools are claimed, because
// clients would not offer tools otherwise, and a model that takes none says so when it is asked.
func Show(models []Model, body []byte) ([]byte, *fault.Error) {
	var req struct{ Model, Name string }
	if err := json.Unmarshal(body, &req); err != nil {
		return nil, fault.Invalid(fault.CodeInvalidJSON, "", "The request is no JSON object with the name of a model.")
	}
	name := req.Model
	if name == "" {
		name = req.Name
	}
	i := slices.IndexFunc(models, func(m Model) bool { return m.Name == name })
	if i < 0 {
		i = slices.IndexFunc(models, func(m Model) bool { return m.Name == strings.TrimSuffix(name, ":latest") })
	}
	if i < 0 {
		return nil, &fault.Error{
			Status: http.StatusNotFound, Param: "model", Code: fault.CodeModelNotFound,
			Message: fmt.Sprintf("model '%s' not found", fault.Clip(name)),
		}
	}
	return document(shown{
		Details: details{Families: []string{}}, Capabilities: []string{"completion", "tools"}, ModifiedAt: models[i].Created.UTC(),
		ModelInfo: map[string]any{"general.architecture": "unknown", "general.basename": models[i].Name},
	}), nil
}

// document is v as JSON. It holds nothing that could not be encoded.
func document(v any) []byte {
	b, err := marshal(v)
	if err != nil {
		return []byte("{}")
	}
	return b
}
