package openai

// EmbeddingList is an answer to Embeddings.
type EmbeddingList struct {
	Object string         `json:"object"`
	Data   []Embedding    `json:"data"`
	Model  string         `json:"model"`
	Usage  EmbeddingUsage `json:"usage"`
}

// Embedding is one vector, in the order of the input.
type Embedding struct {
	Object string `json:"object"`
	Index  int    `json:"index"`
	// Embedding is a list of numbers, or a string that holds little-endian 32-bit floats in base64.
	Embedding any `json:"embedding"`
}

// EmbeddingUsage is the cost of an embedding in tokens; it has no completion.
type EmbeddingUsage struct {
	PromptTokens int64 `json:"prompt_tokens"`
	TotalTokens  int64 `json:"total_tokens"`
}
