package ollama

import (
	"errors"
	"slices"
	"strings"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

// errStalled is why a pull was given up that made no progress any more.
var errStalled = errors.New("the download made no progress any more")

// cause is one reason why a pull fails, and how it is recognized in what the server says.
type cause struct {
	reason string
	// signs of it in the server's words, in lower case.
	signs []string
	// advice says what to do.
	advice string
}

// causes in the order in which they are looked for: a full disk also ends in retries that were in vain.
// Source of the words: https://github.com/ollama/ollama/tree/v0.17.4/server, images.go and download.go, and Go's own errors.
func causes() []cause {
	return []cause{
		{
			v1alpha1.ModelDiskFull,
			[]string{"no space left on device", "disk quota exceeded"},
			"The volume is full: remove models from spec.ollama.models, or enlarge the PersistentVolumeClaim.",
		},
		{
			v1alpha1.ModelUnsupported,
			[]string{"newer version of ollama", "pull model manifest: 412"},
			"The model needs a newer Ollama: set spec.ollama.managed.image, or update the server.",
		},
		{
			v1alpha1.ModelNotFound,
			[]string{"pull model manifest: file does not exist", "manifest unknown", "invalid model name"},
			"The registry has no model of this name and tag: correct spec.ollama.models.",
		},
		{v1alpha1.ModelRegistryUnreachable, []string{
			"no such host", "dial tcp", "i/o timeout", "connection refused", "connection reset", "network is unreachable", "no route to host",
			"tls handshake", "x509:", "deadline exceeded", "max retries exceeded", "eof", "pull model manifest: 5",
		}, "The server cannot download from its registry: check DNS, the way out of the cluster and its proxy, or set spec.ollama.registry to a mirror."},
	}
}

// diagnose says in one word why a pull failed, and what to do; words are what the error says, without a credential.
func diagnose(err error, words string) (reason, message string) {
	if errors.Is(err, errStalled) {
		return v1alpha1.ModelStalled, sentence(words) + " It is begun anew and goes on where it was."
	}
	if errors.As(err, new(interruption)) {
		return v1alpha1.ModelPullFailed, sentence(words)
	}
	said := strings.ToLower(words)
	for _, c := range causes() {
		if slices.ContainsFunc(c.signs, func(sign string) bool { return strings.Contains(said, sign) }) {
			return c.reason, sentence(words) + " " + c.advice
		}
	}
	return v1alpha1.ModelPullFailed, sentence(words)
}

// sentence ends what a server says with a full stop.
func sentence(words string) string {
	return strings.TrimRight(strings.TrimSpace(words), ".") + "."
}

// lasting says whether a person has to do something before a pull that failed for this reason can go well: it is tried seldom.
func lasting(reason string) bool {
	switch reason {
	case v1alpha1.ModelNotFound, v1alpha1.ModelUnsupported, v1alpha1.ModelDiskFull:
		return true
	}
	return false
}
