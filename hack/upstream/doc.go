// Package upstream is a fake provider for tests and benchmarks. It speaks the protocols of OpenAI, Anthropic, Gemini and Ollama as
// far as a chat needs them, checks nothing, and costs little.
//
// A whole answer is as many tokens long as the request allows; without a limit it is the name of the model that was asked, so that
// a client can tell which target a request was routed to. A stream has that many tokens as well, at a steady pace. Each is the time
// at which it was sent, as [Now] tells it, so that whoever reads it knows how long it was under way.
package upstream
