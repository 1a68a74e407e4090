// Package ollama fills Ollama servers with the models that they shall have.
//
// Client speaks the part of Ollama's HTTP API that this needs. Filler runs outside any reconcile: one worker for each server
// pulls one model at a time, reports how far it is, tries again with a growing wait, and goes on looking afterwards, so that a
// model which disappears comes back. A download that was interrupted is resumed by the server itself. From a server that is the
// operator's own a worker takes what nobody asked for. One patrol for each provider asks the registry, a few times a day, whether it
// has other versions of its models.
//
// On one server no two workers work at the same time: a worker begins when the one before it has ended. Two operators do not either,
// because only the leader's Filler runs; where a leader was cut off and its last pull is still under way, the server itself joins
// the two pulls of one model.
package ollama
