// Package ollama fills Ollama servers with the models that they shall have.
//
// Client speaks the part of Ollama's HTTP API that this needs. Filler runs outside any reconcile: one worker for each server
// pulls one model at a time, reports how far it is, tries again with a growing wait, and goes on looking afterwards, so that a
// model which disappears comes back. A download that was interrupted is resumed by the server itself.
package ollama
