// Package fault is what goes wrong with a request, in neutral form. Each client protocol writes it in its own shape.
package fault

import "time"

// Error is a request that failed. Clients choose what to do by Status first.
type Error struct {
	// Status is the HTTP status, from which each protocol derives its own class of errors.
	Status int
	// Message is for a person: what was expected, what was found. It holds no secret and no address.
	Message string
	// Param is the field of the request that is at fault, as the client spells it, or empty.
	Param string
	// Code is for programs, one of the constants of this package or an upstream's own, or empty.
	Code string
	// RetryAfter is when asking again may help, sent as a header rather than in the body. Zero says nothing.
	RetryAfter time.Duration
}

func (e *Error) Error() string { return e.Message }
