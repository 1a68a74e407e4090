// Package testkit is what the controllers' tests stand on: a control plane without nodes, makers of objects with sane defaults,
// a data plane and an Ollama that are told what to do, and checks that every status has to pass.
package testkit
