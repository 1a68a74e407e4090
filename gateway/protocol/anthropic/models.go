package anthropic

import (
	"time"

	"github.com/fairlead-dev/fairlead/gateway/jsonwrite"
	"github.com/fairlead-dev/fairlead/gateway/protocol"
)

// modelInfo is one model as it is written.
// Source: https://platform.claude.com/docs/en/api/models-list
type modelInfo struct {
	Type        string `json:"type"`
	ID          string `json:"id"`
	DisplayName string `json:"display_name"`
	CreatedAt   string `json:"created_at"`
}

// modelList is a page of models. There is only one page.
type modelList struct {
	Data    []modelInfo `json:"data"`
	HasMore bool        `json:"has_more"`
	FirstID *string     `json:"first_id"`
	LastID  *string     `json:"last_id"`
}

func newModelInfo(m protocol.Model) modelInfo {
	created := m.Created
	if created.IsZero() {
		// What the official list says of a model whose date is not known.
		created = time.Unix(0, 0)
	}
	return modelInfo{Type: "model", ID: m.Name, DisplayName: m.Name, CreatedAt: created.UTC().Format(time.RFC3339)}
}

// Models is the answer to GET /v1/models.
func Models(models []protocol.Model) []byte {
	list := modelList{Data: make([]modelInfo, len(models))}
	for i, m := range models {
		list.Data[i] = newModelInfo(m)
	}
	if n := len(models); n > 0 {
		list.FirstID, list.LastID = &models[0].Name, &models[n-1].Name
	}
	return jsonwrite.Must(list)
}

// Model is the answer to GET /v1/models/{id}.
func Model(m protocol.Model) []byte { return jsonwrite.Must(newModelInfo(m)) }
