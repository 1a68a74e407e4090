// Package responses is OpenAI's Responses API as clients speak it: agents such as Codex know nothing else. It is served without
// state: each request has to hold the whole conversation, and what would need something that was stored is refused.
//
// The protocol knows more kinds of tools than any other. Functions are translated as they are. A custom tool, which takes free
// text, becomes a function with one text; a namespace becomes functions whose names begin with its name; the calls of both come
// back to the client as what it declared. Tools that OpenAI runs by itself are lost by name.
//
// Thinking becomes reasoning items. The signature that a provider wants back with it travels in encrypted_content, which clients
// return unchanged, and the signature of a call in its call_id.
//
// Source: https://platform.openai.com/docs/api-reference/responses
package responses
