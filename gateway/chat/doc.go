// Package chat is one exchange with a chat model in neutral form: what the protocols of clients and of providers are translated
// from and to. A client protocol reads a Request from its own bytes and writes Events or an Answer in them; an upstream protocol
// does the opposite. No protocol knows another.
//
// Names follow OpenAI's chat completions where that protocol has the thing, because most clients use them.
package chat
