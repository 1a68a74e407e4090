package load

import "sync/atomic"

// Turn counts the requests of a model, for those that take turns. A nil Turn stays at 0.
type Turn struct{ taken atomic.Uint64 }

// Next takes a turn and returns its number.
func (t *Turn) Next() uint64 {
	if t == nil {
		return 0
	}
	return t.taken.Add(1) - 1
}

// Peek is the number that Next would return.
func (t *Turn) Peek() uint64 {
	if t == nil {
		return 0
	}
	return t.taken.Load()
}
