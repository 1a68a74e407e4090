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
	// Message says why the last pull failed.
	Message string
}

// clone returns a copy that nobody else changes.
func (s State) clone() State {
	s.Models = maps.Clone(s.Models)
	return s
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
