package models

import (
	"fmt"

	"github.com/fairlead-dev/fairlead/hack/models/gguf"
)

// MediaManifest is the content type of a manifest.
const MediaManifest = "application/vnd.docker.distribution.manifest.v2+json"

// The content types of what a manifest names, as Ollama's client expects them:
// https://github.com/ollama/ollama/blob/v0.17.4/server/images.go
const (
	mediaConfig     = "application/vnd.docker.container.image.v1+json"
	mediaModel      = "application/vnd.ollama.image.model"
	mediaTemplate   = "application/vnd.ollama.image.template"
	mediaParameters = "application/vnd.ollama.image.params"
)

type manifest struct {
	SchemaVersion int          `json:"schemaVersion"`
	MediaType     string       `json:"mediaType"`
	Config        descriptor   `json:"config"`
	Layers        []descriptor `json:"layers"`
}

type descriptor struct {
	MediaType string `json:"mediaType"`
	Digest    string `json:"digest"`
	Size      int    `json:"size"`
}

// config is what Ollama lists about a model before it loads it.
type config struct {
	Format       string   `json:"model_format"`
	Family       string   `json:"model_family"`
	Families     []string `json:"model_families"`
	Size         string   `json:"model_type"`
	FileType     string   `json:"file_type"`
	Architecture string   `json:"architecture"`
	OS           string   `json:"os"`
	RootFS       rootFS   `json:"rootfs"`
}

type rootFS struct {
	Type    string   `json:"type"`
	DiffIDs []string `json:"diff_ids"`
}

// newConfig describes file. Architecture and operating system are what Ollama
// itself writes on every machine; they say nothing about where a model runs.
func newConfig(file gguf.File, layers []descriptor) config {
	c := config{
		Format:       "gguf",
		Family:       "llama",
		Families:     []string{"llama"},
		Size:         humanCount(parameterCount(file)),
		FileType:     "F16",
		Architecture: "amd64",
		OS:           "linux",
		RootFS:       rootFS{Type: "layers"},
	}
	for _, l := range layers {
		c.RootFS.DiffIDs = append(c.RootFS.DiffIDs, l.Digest)
	}
	return c
}

// parameters are the defaults that requests to the model start from. One thread
// is much quicker than several for weights this small, whose threads would
// spend their time waiting for each other.
func (m Model) parameters() map[string]any {
	p := map[string]any{"num_thread": 1}
	if !m.Embeds {
		p["temperature"] = 0
		p["stop"] = []string{"<|end|>"}
	}
	return p
}

func parameterCount(file gguf.File) uint64 {
	var sum uint64
	for _, t := range file.Tensors {
		n := uint64(1)
		for _, d := range t.Shape {
			n *= d
		}
		sum += n
	}
	return sum
}

// humanCount writes a number of parameters the way Ollama lists it: 132K, 15.4M.
func humanCount(n uint64) string {
	if n < 1_000_000 {
		return fmt.Sprintf("%dK", (n+500)/1000)
	}
	return fmt.Sprintf("%.1fM", float64(n)/1e6)
}
