package ollama

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
)

const (
	sha256Prefix  = "sha256:"
	mediaManifest = "application/vnd.docker.distribution.manifest.v2+json"
)

// errNoModel is what a registry says that has no model of a name.
var errNoModel = errors.New("the registry has no such model")

// Version is what a registry has under a name. Its zero value is not known.
type Version struct {
	// Digest is what a server that pulls it will say: the SHA-256 of the manifest as the server writes it anew.
	Digest string
	// sent is the SHA-256 of the manifest as the registry sends it. Servers that keep it as it is say this one.
	sent string
}

// Known says whether there is a version.
func (v Version) Known() bool { return v.Digest != "" }

// Is says whether digest, which a server said, is of this version.
func (v Version) Is(digest string) bool { return digest == v.Digest || digest == v.sent }

// manifest is what Ollama keeps of a manifest, in its order.
// Source: https://github.com/ollama/ollama/blob/v0.17.4/manifest, manifest.go and layer.go
type manifest struct {
	SchemaVersion int             `json:"schemaVersion"`
	MediaType     string          `json:"mediaType"`
	Config        manifestLayer   `json:"config"`
	Layers        []manifestLayer `json:"layers"`
}

type manifestLayer struct {
	MediaType string `json:"mediaType"`
	Digest    string `json:"digest"`
	Size      int64  `json:"size"`
	From      string `json:"from,omitempty"`
	Name      string `json:"name,omitempty"`
}

// inquire asks a registry which version it has under a name, as Ollama does when it pulls.
func inquire(ctx context.Context, h *http.Client, model string, insecure bool) (Version, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, manifestURL(parse(model), insecure), nil)
	if err != nil {
		return Version{}, fmt.Errorf("making the request: %w", err)
	}
	r.Header.Set("Accept", mediaManifest)
	answer, err := h.Do(r)
	if err != nil {
		return Version{}, fmt.Errorf("asking the registry: %w", err)
	}
	defer answer.Body.Close()
	switch answer.StatusCode {
	case http.StatusOK:
	case http.StatusNotFound:
		return Version{}, errNoModel
	default:
		return Version{}, fmt.Errorf("asking the registry: it answered %s", answer.Status)
	}
	sent, err := io.ReadAll(io.LimitReader(answer.Body, maxLine))
	if err != nil {
		return Version{}, fmt.Errorf("reading the manifest: %w", err)
	}
	return versionOf(sent)
}

func manifestURL(n name, insecure bool) string {
	u := url.URL{Scheme: "https", Host: n.host, Path: "/v2/" + n.namespace + "/" + n.model + "/manifests/" + n.tag}
	if insecure {
		u.Scheme = "http"
	}
	return u.String()
}

// versionOf computes the digests of a manifest.
func versionOf(sent []byte) (Version, error) {
	var m manifest
	if err := json.Unmarshal(sent, &m); err != nil {
		return Version{}, fmt.Errorf("reading the manifest: %w", err)
	}
	if len(m.Layers) == 0 {
		return Version{}, errors.New("reading the manifest: it has no layers")
	}
	kept, err := json.Marshal(m)
	if err != nil {
		return Version{}, fmt.Errorf("encoding the manifest: %w", err)
	}
	return Version{Digest: sha256Of(kept), sent: sha256Of(sent)}, nil
}

func sha256Of(b []byte) string {
	sum := sha256.Sum256(b)
	return sha256Prefix + hex.EncodeToString(sum[:])
}
