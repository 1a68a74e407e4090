package openai

import "time"

// Model is one model in the list of models.
// Source: https://platform.openai.com/docs/api-reference/models/object
type Model struct {
	ID string `json:"id"`
	// Object is always `model`.
	Object string `json:"object"`
	// Created in seconds of Unix time.
	Created int64  `json:"created"`
	OwnedBy string `json:"owned_by"`
}

// NewModel describes a model that the gateway offers.
func NewModel(id string, created time.Time) Model {
	return Model{ID: id, Object: "model", Created: created.Unix(), OwnedBy: "fairlead"}
}

// JSON is the model as a document.
func (m Model) JSON() []byte { return marshal(m) }

// ModelList is the list of models as a document.
func ModelList(models []Model) []byte {
	if models == nil {
		models = []Model{}
	}
	return marshal(struct {
		Object string  `json:"object"`
		Data   []Model `json:"data"`
	}{"list", models})
}
