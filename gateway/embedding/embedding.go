// Package embedding is a request for embeddings and its answer in neutral form.
package embedding

import "github.com/fairlead-dev/fairlead/gateway/chat"

// Request asks for one vector for each input.
type Request struct {
	// Model is the name that the client used.
	Model string
	// Inputs are texts, at least one. Lists of tokens cannot be translated: decoders refuse them.
	Inputs []string
	// Single says that the client gave one text rather than a list.
	Single bool
	// Base64 asks for little-endian 32-bit floats in base64 rather than for numbers.
	Base64 bool
	// Params are all other parameters: ParamDimensions and ParamTruncate, or a protocol's own.
	Params chat.Params
}

// Names of parameters.
const (
	ParamDimensions = "dimensions" // [integer] of each vector
	ParamTruncate   = "truncate"   // [boolean] whether a text that is too long is cut
	ParamTaskType   = "task_type"  // [string], Gemini's
	ParamTitle      = "title"      // [string], Gemini's
)

// Open returns the Ledger for one translation of r.
func (r *Request) Open() *chat.Ledger { return (&chat.Request{Params: r.Params}).Open() }

// Answer has the vectors in the order of the inputs.
type Answer struct {
	Vectors [][]float32
	Usage   chat.Usage
}
