package snapshot

import "iter"

// Targets are all targets with their models, in no order. A nil Snapshot has none.
func (s *Snapshot) Targets() iter.Seq2[*Model, *Target] {
	return func(yield func(*Model, *Target) bool) {
		if s == nil {
			return
		}
		for _, m := range s.Models {
			for _, tier := range m.Tiers {
				for _, t := range tier {
					if !yield(m, t) {
						return
					}
				}
			}
		}
	}
}
