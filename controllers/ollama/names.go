package ollama

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

// What Ollama adds to a name that leaves a part out.
// Source: https://github.com/ollama/ollama/blob/v0.17.4/types/model/name.go
const (
	defaultHost      = "registry.ollama.ai"
	defaultNamespace = "library"
	defaultTag       = "latest"
)

// name is that of a model, in its parts.
type name struct{ host, namespace, model, tag string }

// parse reads a name as Ollama does.
func parse(s string) name {
	var n name
	if colon := strings.LastIndexByte(s, ':'); colon > strings.LastIndexByte(s, '/') {
		s, n.tag = s[:colon], s[colon+1:]
	}
	s, n.model = cutLast(s)
	n.host, n.namespace = cutLast(s)
	return name{
		host: cmp.Or(n.host, defaultHost), namespace: cmp.Or(n.namespace, defaultNamespace),
		model: n.model, tag: cmp.Or(n.tag, defaultTag),
	}
}

// cutLast cuts off what is behind the last slash: everything, where there is none.
func cutLast(s string) (rest, last string) {
	i := strings.LastIndexByte(s, '/')
	return s[:max(0, i)], s[i+1:]
}

// canonical is equal for two names that a server takes for one: it adds what they leave out, and does not care for case.
func canonical(model string) string {
	n := parse(model)
	return strings.ToLower(n.host + "/" + n.namespace + "/" + n.model + ":" + n.tag)
}

// source is the name under which a model is pulled. With a registry it is the registry's, which then has to be copied to the
// plain name; a name that says its own registry is left alone.
func source(model string, registry *v1alpha1.OllamaRegistry) string {
	if registry == nil || strings.Count(model, "/") > 1 {
		return model
	}
	if !strings.Contains(model, "/") {
		model = defaultNamespace + "/" + model
	}
	return registry.Host + "/" + model
}

// replaced is the name that holds on to the old version of a model while a new one is pulled.
func replaced(model string) string {
	sum := sha256.Sum256([]byte(canonical(model)))
	return "fairlead/replaced:" + hex.EncodeToString(sum[:8])
}
