// Package stack is the demo's stack as those see it who use it: a client that asks a model, and a person who applies an alias
// and waits until it is programmed. The demo, the end-to-end tests and the benchmarks share it.
package stack
