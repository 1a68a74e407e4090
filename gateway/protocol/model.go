package protocol

import "time"

// Model is what clients are told of a model.
type Model struct {
	Name    string
	Created time.Time
}
