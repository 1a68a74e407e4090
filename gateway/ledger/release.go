package ledger

import (
	"errors"
	"fmt"
	"os"
	"slices"
)

// release removes the segments before a position, which the store has. The position must be saved before: a segment that is gone
// before the position is would be looked for at the next start.
func (s *spool) release(shipped position) error {
	if !s.releasable(shipped) {
		return nil
	}
	// A power failure must not bring back a position in a segment that is gone.
	if err := s.shipped.sync(); err != nil {
		return err
	}
	// Flushing also closes the files of older segments, whose room the disk does not give back before.
	err := errors.Join(s.carry(shipped.segment), s.flush())
	if err != nil {
		// Where there is no room to carry open events over, removing a segment makes some; they are carried over after it. Until then
		// they would be lost with the process.
		s.log.Error(err, "open events cannot be carried over; a segment is removed first")
	}
	for s.releasable(shipped) {
		if err := s.removeOldest(); err != nil {
			return err
		}
	}
	s.mu.Lock()
	s.retryUnwritten()
	s.mu.Unlock()
	if err == nil {
		return nil
	}
	return s.carry(shipped.segment)
}

func (s *spool) releasable(shipped position) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.segments) > 1 && s.segments[0].number < shipped.segment
}

func (s *spool) removeOldest() error {
	s.mu.Lock()
	oldest := s.segments[0]
	s.segments = s.segments[1:]
	s.total -= oldest.size
	s.mu.Unlock()
	if err := os.Remove(oldest.path); err != nil && !os.IsNotExist(err) {
		return fmt.Errorf("removing a segment of the spool: %w", err)
	}
	return nil
}

// carryAtOnce bounds how long requests wait while open events are carried over.
const carryAtOnce = 256

// carry writes the latest records of open events that stand in segments before a number to the newest segment.
func (s *spool) carry(before uint64) error {
	for ids := range slices.Chunk(s.openBefore(before), carryAtOnce) {
		if err := s.carryThese(ids); err != nil {
			return err
		}
	}
	return nil
}

func (s *spool) openBefore(number uint64) []ID {
	s.mu.Lock()
	defer s.mu.Unlock()
	var ids []ID
	for id, n := range s.open {
		if n.segment < number {
			ids = append(ids, id)
		}
	}
	return ids
}

func (s *spool) carryThese(ids []ID) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var records []byte
	for _, id := range ids {
		if n, ok := s.open[id]; ok {
			records = append(records, n.record...)
		}
	}
	if len(records) == 0 {
		return nil
	}
	if err := s.write(records); err != nil {
		return err
	}
	for _, id := range ids {
		if n, ok := s.open[id]; ok {
			n.segment = s.newest().number
		}
	}
	return nil
}
