package models

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
)

// Store is the content that a registry serves for a set of models: a manifest
// for each model and the blobs that the manifests name. It is kept in memory,
// about 32 MB for [All], and never changes.
type Store struct {
	manifests map[string][]byte // by repository and tag, "library/llama3.2:3b"
	blobs     map[string][]byte // by digest, "sha256:…"
}

// NewStore makes the content for models. It fails when a model cannot be
// encoded, which no input from outside can bring about.
func NewStore(models []Model) (*Store, error) {
	s := &Store{manifests: map[string][]byte{}, blobs: map[string][]byte{}}
	for _, m := range models {
		if err := s.add(m); err != nil {
			return nil, fmt.Errorf("making model %s: %w", m.Name, err)
		}
	}
	return s, nil
}

// Manifest returns the manifest of a repository under a tag or under its digest.
func (s *Store) Manifest(repository, reference string) ([]byte, bool) {
	if b, ok := s.manifests[repository+":"+reference]; ok {
		return b, true
	}
	for name, b := range s.manifests {
		if strings.HasPrefix(name, repository+":") && Digest(b) == reference {
			return b, true
		}
	}
	return nil, false
}

// Blob returns the content of a digest. The caller must not change it.
func (s *Store) Blob(digest string) ([]byte, bool) {
	b, ok := s.blobs[digest]
	return b, ok
}

// Digest is the name of content in a registry: "sha256:" and the hash in hexadecimal.
func Digest(b []byte) string {
	sum := sha256.Sum256(b)
	return "sha256:" + hex.EncodeToString(sum[:])
}

func (s *Store) add(m Model) error {
	file := m.GGUF()
	weights, err := file.Encode()
	if err != nil {
		return err
	}
	layers := []descriptor{s.put(mediaModel, weights)}
	if m.Template != "" {
		layers = append(layers, s.put(mediaTemplate, []byte(m.Template)))
	}
	parameters, err := json.Marshal(m.parameters())
	if err != nil {
		return fmt.Errorf("encoding the parameters: %w", err)
	}
	layers = append(layers, s.put(mediaParameters, parameters))
	config, err := json.Marshal(newConfig(file, layers))
	if err != nil {
		return fmt.Errorf("encoding the config: %w", err)
	}
	list, err := json.Marshal(manifest{
		SchemaVersion: 2,
		MediaType:     MediaManifest,
		Config:        s.put(mediaConfig, config),
		Layers:        layers,
	})
	if err != nil {
		return fmt.Errorf("encoding the manifest: %w", err)
	}
	s.manifests["library/"+m.Name] = list
	return nil
}

func (s *Store) put(media string, b []byte) descriptor {
	d := descriptor{MediaType: media, Digest: Digest(b), Size: len(b)}
	s.blobs[d.Digest] = b
	return d
}
