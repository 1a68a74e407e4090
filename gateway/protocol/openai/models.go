package openai

import (
	"github.com/fairlead-dev/fairlead/gateway/jsonwrite"
	"github.com/fairlead-dev/fairlead/gateway/protocol"
)

// listedModel is one model as it is written.
// Source: https://platform.openai.com/docs/api-reference/models/object
type listedModel struct {
	ID string `json:"id"`
	// Object is always `model`.
	Object string `json:"object"`
	// Created in seconds of Unix time.
	Created int64  `json:"created"`
	OwnedBy string `json:"owned_by"`
}

// modelList is the list of models as it is written.
type modelList struct {
	Object string        `json:"object"`
	Data   []listedModel `json:"data"`
}

func newListedModel(m protocol.Model) listedModel {
	return listedModel{ID: m.Name, Object: "model", Created: m.Created.Unix(), OwnedBy: "fairlead"}
}

// Models is the answer to GET /v1/models.
func Models(models []protocol.Model) []byte {
	list := modelList{Object: "list", Data: make([]listedModel, len(models))}
	for i, m := range models {
		list.Data[i] = newListedModel(m)
	}
	return jsonwrite.Must(list)
}

// Model is the answer to GET /v1/models/{id}.
func Model(m protocol.Model) []byte { return jsonwrite.Must(newListedModel(m)) }
