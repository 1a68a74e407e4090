package openai

// ModelList is the answer to GET /models.
type ModelList struct {
	Object string  `json:"object"`
	Data   []Model `json:"data"`
}

// Model is one model that a client may use.
type Model struct {
	ID      string `json:"id"`
	Object  string `json:"object"`
	Created int64  `json:"created"`
	OwnedBy string `json:"owned_by"`
}

// Models returns the list of models, which is never null.
func Models(models ...Model) ModelList {
	return ModelList{Object: ObjectList, Data: append([]Model{}, models...)}
}
