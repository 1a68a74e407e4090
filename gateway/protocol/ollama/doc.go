// Package ollama is Ollama's own protocol: what clients of Ollama send to the gateway, and what the gateway sends to an Ollama.
//
// Toward clients there are the codecs Chat, Generate, Embed and Embeddings, the Errors, and the answers of the paths that list
// models. Toward an Ollama there are EncodeChat, EncodeEmbedding, what reads their answers, and the Observer of answers that pass
// untouched.
//
// Ollama's OpenAI-compatible endpoint would need no translation, but it leaves out without a word what it does not know
// (max_completion_tokens, tool_choice, n, keep_alive, options), forces temperature and top_p to 1 over the Modelfile, and ends a
// stream that broke like one that did not. So the gateway speaks /api/chat, /api/generate and /api/embed.
//
// Sources: https://github.com/ollama/ollama/blob/v0.17.4/docs/api.md, and api/types.go and server/routes.go beside it.
package ollama
