package limit

import "time"

// slotRefusalLasts is how long a refusal of a slot is taken to hold: shorter than parallelGrace, so that it does not spoil it.
const slotRefusalLasts = parallelGrace / 2

// slots are one replica's part of a limit of parallel requests. Each slot is leased from Redis under a number of its own, and is
// free again there when the lease is given back, or when it has not been renewed for a while because the replica died.
type slots struct {
	// busy are the slots that requests hold, free those that are leased and not held.
	busy map[int64]struct{}
	free []int64
	// idle is how many slots have been free ever since the last tick.
	idle int
	// left for all replicas, when Redis was last asked.
	left int64
	// refused is until when no slot is asked for.
	refused time.Time
}

// take returns a slot that is leased, 0 where there is none.
func (s *slots) take() int64 {
	n := len(s.free)
	if n == 0 {
		return 0
	}
	slot := s.free[n-1]
	s.free = s.free[:n-1]
	s.idle = min(s.idle, n-1)
	s.hold(slot)
	return slot
}

func (s *slots) hold(slot int64) {
	if s.busy == nil {
		s.busy = map[int64]struct{}{}
	}
	s.busy[slot] = struct{}{}
}

// put frees a slot, and says whether more are free than may be kept: a sixteenth of what is left for all, so that none where
// slots are scarce.
func (s *slots) put(slot int64) bool {
	delete(s.busy, slot)
	s.free = append(s.free, slot)
	return int64(len(s.free)) > s.left/aheadShare
}

// spare takes out the free slots that are more than may be kept.
func (s *slots) spare() []int64 { return s.shrink(int(min(s.left/aheadShare, int64(len(s.free))))) }

// unused takes out as many free slots as were not needed since the call before.
func (s *slots) unused() []int64 {
	out := s.shrink(len(s.free) - min(s.idle, len(s.free)))
	s.idle = len(s.free)
	return out
}

func (s *slots) shrink(keep int) []int64 {
	out := append([]int64(nil), s.free[keep:]...)
	s.free = s.free[:keep]
	s.idle = min(s.idle, keep)
	return out
}

// held are the slots that are leased.
func (s *slots) held() []int64 {
	out := append(make([]int64, 0, len(s.free)+len(s.busy)), s.free...)
	for slot := range s.busy {
		out = append(out, slot)
	}
	return out
}
