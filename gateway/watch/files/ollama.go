package files

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/fairlead-dev/fairlead/api/egress"
	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/compile"
)

const (
	// tagsTimeout bounds the question which models an Ollama has; it is asked while a person waits.
	tagsTimeout = time.Second
	// maxTags bounds the answer.
	maxTags = 8 << 20
)

// localOllama is the address of the Ollama that stands for a managed one: that of OLLAMA_HOST, in the forms which Ollama's own
// client takes, or its default.
func localOllama(getenv func(string) (string, bool)) string {
	host, _ := getenv("OLLAMA_HOST")
	host = strings.Trim(strings.TrimSpace(host), `"'`)
	scheme, address, found := strings.Cut(host, "://")
	if !found {
		scheme, address = "http", host
	}
	port := map[string]string{"http": "11434", "https": "443"}[scheme]
	if found && scheme == "http" {
		port = "80"
	}
	address, _, _ = strings.Cut(address, "/")
	name, given, err := net.SplitHostPort(address)
	if err != nil {
		name, given = strings.Trim(address, "[]"), port
	}
	// A server listens on every address; a client needs one.
	if name == "" || name == "0.0.0.0" || name == "::" {
		name = "127.0.0.1"
	}
	return scheme + "://" + net.JoinHostPort(name, given)
}

// localize replaces an Ollama that an operator would run by the local one. Nothing is pulled.
func localize(p *v1alpha1.ModelProvider, url string) {
	if p.Spec.Ollama == nil || p.Spec.Ollama.Managed == nil {
		return
	}
	p.Spec.Ollama.Managed = nil
	p.Spec.Endpoint = &v1alpha1.Endpoint{URL: url}
}

// tags are the models that one Ollama has, by their full names; nil where it did not answer.
type tags map[string]bool

// newClient returns what an Ollama is asked with. It follows no redirect, which could carry a key elsewhere.
func newClient() *http.Client {
	return egress.New(egress.Private()).Client(&http.Transport{}, tagsTimeout)
}

// askTags asks the Ollama at e which models it has, with the headers and the key that requests will have.
// Source: https://github.com/ollama/ollama/blob/main/docs/api.md
func askTags(ctx context.Context, client *http.Client, e *v1alpha1.ResolvedEndpoint, key []byte) (tags, error) {
	ctx, cancel := context.WithTimeout(ctx, tagsTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, e.URL+"/api/tags", nil)
	if err != nil {
		return nil, fmt.Errorf("asking for models: %w", err)
	}
	for _, h := range e.Headers {
		req.Header.Set(h.Name, h.Value)
	}
	switch {
	case len(key) > 0 && e.CredentialHeader != "":
		req.Header.Set(e.CredentialHeader, string(key))
	case len(key) > 0:
		req.Header.Set("Authorization", "Bearer "+string(key))
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("asking for models: %w", err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("asking for models: expected 200, found %s", resp.Status)
	}
	var answer struct {
		Models []struct {
			Name string `json:"name"`
		} `json:"models"`
	}
	if err := json.NewDecoder(io.LimitReader(resp.Body, maxTags)).Decode(&answer); err != nil {
		return nil, fmt.Errorf("reading the list of models: %w", err)
	}
	found := make(tags, len(answer.Models))
	for _, m := range answer.Models {
		found[compile.TagOf(m.Name)] = true
	}
	return found, nil
}

// states says of each model that an Ollama provider lists whether the server has it. Where the server did not answer nothing
// is said, and requests will show.
func states(p *v1alpha1.ModelProvider, known tags) []v1alpha1.ModelStatus {
	if known == nil || p.Spec.Ollama == nil {
		return nil
	}
	var list []v1alpha1.ModelStatus
	for _, m := range p.Spec.Ollama.Models {
		s := v1alpha1.ModelStatus{Name: m.Name, State: v1alpha1.ModelReady, Percent: 100}
		if !known[compile.TagOf(string(m.Name))] {
			s = v1alpha1.ModelStatus{Name: m.Name, State: v1alpha1.ModelPending}
		}
		list = append(list, s)
	}
	return list
}
