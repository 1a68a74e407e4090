package ollama

import (
	"maps"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

// Server is one Ollama and what it shall have.
type Server struct {
	Client
	// Models that the server shall have.
	Models []v1alpha1.OllamaModel
	// Registry to pull from; Ollama's own where it is nil.
	Registry *v1alpha1.OllamaRegistry
	// Own is true for a server that the operator runs: models that are not listed are deleted from it.
	Own bool
	// Renew is true where a model is pulled again when the registry has another version.
	Renew bool
	// Secret is the credential in the Client's Header, empty where there is none: a server may quote it in its answers.
	Secret string
	// Revision is equal for two Servers that ask for the same.
	Revision string
}

// State is how far a server is.
type State struct {
	// Unreachable says why the server does not answer; empty where it does.
	Unreachable string
	// Asked is true once the server has said what it has.
	Asked bool
	// Models by the name in the spec.
	Models map[string]ModelState
}

// ModelState is how far one model is on one server.
type ModelState struct {
	State    v1alpha1.ModelState
	Progress Progress
	// Reason says in one word why the last pull failed, Message in a sentence or two. A model that is there has them where the pull
	// of a newer version failed.
	Reason, Message string
	// Digest of the model that is there.
	Digest string
}

// clone returns a copy that nobody else changes.
func (s State) clone() State {
	s.Models = maps.Clone(s.Models)
	return s
}

// same says whether two states of one server tell the same.
func (s State) same(o State) bool {
	return s.Unreachable == o.Unreachable && s.Asked == o.Asked && maps.Equal(s.Models, o.Models)
}

// Percent is how much has been downloaded, 0 where nothing is known yet. It is 100 only for a model that is there.
func (m ModelState) Percent() int32 {
	if m.State == v1alpha1.ModelReady {
		return 100
	}
	if m.Progress.Total <= 0 {
		return 0
	}
	return int32(min(99, max(0, m.Progress.Completed*100/m.Progress.Total)))
}
