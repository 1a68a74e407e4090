package budget

import "time"

// active returns the subjects that are asked about, and forgets those that are not, except where they spent what the database does
// not have.
func (b *Budgets) active(now time.Time) []*subject {
	var active []*subject
	long := now.Add(-idle).Unix()
	b.subjects.Range(func(_, value any) bool {
		if s := value.(*subject); s.asked.Load() > long || s.pending() {
			active = append(active, s)
		} else {
			b.forget(s)
		}
		return true
	})
	return active
}

func (b *Budgets) forget(s *subject) {
	if b.subjects.CompareAndDelete(s.name, s) {
		b.count.Add(-1)
	}
}

// subject returns the one with a name, new or not.
func (b *Budgets) subject(name string, now time.Time) *subject {
	if known, ok := b.subjects.Load(name); ok {
		s := known.(*subject)
		s.touch(now)
		return s
	}
	s := newSubject(name, now)
	if b.source == nil {
		close(s.tried)
	}
	if b.count.Load() >= maxSubjects {
		b.makeRoom()
	}
	if known, raced := b.subjects.LoadOrStore(name, s); raced {
		return known.(*subject)
	}
	b.count.Add(1)
	if b.source != nil {
		b.introduce(s)
	}
	return s
}

// introduce has the database asked about a new subject soon.
func (b *Budgets) introduce(s *subject) {
	b.mu.Lock()
	b.fresh = append(b.fresh, s)
	b.mu.Unlock()
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

// makeRoom forgets one subject: one that the database knows all about, or any where there is none among the first few.
func (b *Budgets) makeRoom() {
	const few = 32
	var victim *subject
	seen := 0
	b.subjects.Range(func(_, value any) bool {
		s := value.(*subject)
		if seen++; victim == nil || !s.pending() {
			victim = s
		}
		return victim.pending() && seen < few
	})
	if victim != nil {
		b.forget(victim)
	}
}
