// Package gemini is Google's Gemini API in both directions: generateContent and streamGenerateContent, countTokens, embedContent and
// batchEmbedContents, as the Gemini API (Google AI) and Vertex AI speak it.
//
// Where a client's JSON is read, both spellings of a field are taken, maxOutputTokens and max_output_tokens, as Google's own servers do.
//
// Sources: https://ai.google.dev/api/generate-content, https://ai.google.dev/api/tokens, https://ai.google.dev/api/embeddings,
// https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/inference, and Google's SDKs for Go, Node and Python.
package gemini
