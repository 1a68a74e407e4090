package surface

import "github.com/fairlead-dev/fairlead/gateway/protocol"

// The paths of each protocol, without the version. Sources: https://platform.openai.com/docs/api-reference,
// https://docs.claude.com/en/api/messages, https://ai.google.dev/api/generate-content,
// https://github.com/ollama/ollama/blob/main/docs/api.md; rerank is Cohere's and Jina's path, which vLLM serves as well.
var (
	openAIPaths = map[string]protocol.Operation{
		"chat/completions":       protocol.Chat,
		"completions":            protocol.TextCompletion,
		"responses":              protocol.Responses,
		"responses/input_tokens": protocol.CountTokens,
		"embeddings":             protocol.Embeddings,
		"images/generations":     protocol.ImageGeneration,
		"images/edits":           protocol.ImageEdit,
		"audio/speech":           protocol.Speech,
		"audio/transcriptions":   protocol.Transcription,
		"audio/translations":     protocol.Translation,
		"moderations":            protocol.Moderation,
		"rerank":                 protocol.Rerank,
	}
	anthropicPaths = map[string]protocol.Operation{
		"messages":              protocol.Chat,
		"messages/count_tokens": protocol.CountTokens,
	}
	geminiOperations = map[string]protocol.Operation{
		"generateContent":       protocol.Chat,
		"streamGenerateContent": protocol.Chat,
		"countTokens":           protocol.CountTokens,
		"embedContent":          protocol.Embeddings,
		"batchEmbedContents":    protocol.Embeddings,
	}
	ollamaPaths = map[string]protocol.Operation{
		"api/chat":       protocol.Chat,
		"api/generate":   protocol.TextCompletion,
		"api/embed":      protocol.Embeddings,
		"api/embeddings": protocol.Embeddings,
	}
)
