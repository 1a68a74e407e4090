package secrets

import (
	"crypto/rand"
	"encoding/base64"
)

// RandomBytes is the length of every random secret before it is encoded.
const RandomBytes = 32

// keyPrefix is what clients and scanners for leaked keys know a key by.
const keyPrefix = "sk-"

// Random returns 256 random bits in characters that need no quoting anywhere.
func Random() string {
	b := make([]byte, RandomBytes)
	// Read never returns an error: where there is no randomness it ends the program.
	_, _ = rand.Read(b)
	return base64.RawURLEncoding.EncodeToString(b)
}

// NewKey returns a new random client key.
func NewKey() string { return keyPrefix + Random() }
