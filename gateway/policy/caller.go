package policy

import (
	"slices"

	"k8s.io/apimachinery/pkg/labels"

	"github.com/fairlead-dev/fairlead/gateway/snapshot"
)

// Caller is who makes a request.
type Caller struct {
	// Key is the GatewayKey; nil for the master key and for calls without a key.
	Key *snapshot.Key
	// Master says that the call came with the master key.
	Master bool
	// User is the end user, empty where none is known.
	User string
}

const (
	// masterID names the master key where others have an ID.
	masterID = "master"
	// nobody is the subject of calls without a GatewayKey.
	nobody = "none"
)

// KeyID names the key, `master` for the master key, nothing where there is none.
func (c *Caller) KeyID() string {
	switch {
	case c.Key != nil:
		return c.Key.ID
	case c.Master:
		return masterID
	}
	return ""
}

// KeySubject is what limits per Key count: each GatewayKey for itself, and all other calls as one more.
func (c *Caller) KeySubject() string {
	if c.Key != nil {
		return c.Key.ID
	}
	return nobody
}

// UserSubject is what limits per User count: each user of each key for itself, and the calls of a key that name no user as one user.
// A key's ID holds no slash, so that no user of one key is taken for one of another.
func (c *Caller) UserSubject() string { return c.KeySubject() + "/" + c.User }

// May says whether the caller may use a model that it named so. What a key may ask for is said in the names of models, so that another
// spelling of one, such as Ollama's with a tag, opens and closes nothing; of a pattern it is the name that was asked for.
func (c *Caller) May(m *snapshot.Model, named string) bool {
	if c.Master {
		return true
	}
	if !snapshot.Pattern(m.Name).Wild() {
		named = m.Name
	}
	if c.Key == nil {
		return m.AllowedKeys == nil
	}
	return c.Key.May(named) && (m.AllowedKeys == nil || m.AllowedKeys.Matches(labels.Set(c.Key.Labels)))
}

// Sees returns those of the models that the caller may use, and models itself where that is all of them.
func (c *Caller) Sees(models []*snapshot.Model) []*snapshot.Model {
	hidden := func(m *snapshot.Model) bool { return !c.May(m, m.Name) }
	if !slices.ContainsFunc(models, hidden) {
		return models
	}
	return slices.DeleteFunc(slices.Clone(models), hidden)
}
