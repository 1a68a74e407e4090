package chat

import (
	"encoding/json"
	"slices"
)

// busy says whether the arguments of a call are still to come, as far as can be told: upstreams exist that send text in between, or
// with each piece the log probabilities of its tokens. Where all arguments are complete, something else ends the calls.
func (t *turn) busy() bool {
	if t.open < 0 {
		return false
	}
	if len(t.late) > 0 || !json.Valid(t.arguments) {
		return true
	}
	return slices.ContainsFunc(t.held, func(h *heldCall) bool { return !h.ended && !json.Valid(h.arguments) })
}

// catchUp emits what waited for the calls.
func (s *Sequence) catchUp(t *turn) error {
	late := t.late
	t.late = nil
	for i := range late {
		if err := s.pieces(&late[i]); err != nil {
			return err
		}
	}
	return nil
}
