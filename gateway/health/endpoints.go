package health

import "github.com/fairlead-dev/fairlead/gateway/snapshot"

// targets are all targets of a snapshot, which may be nil.
func targets(s *snapshot.Snapshot, yield func(*snapshot.Target)) {
	if s == nil {
		return
	}
	for _, m := range s.Models {
		for _, tier := range m.Tiers {
			for _, t := range tier {
				yield(t)
			}
		}
	}
}

// checked are the upstreams that want to be checked, and can be.
func checked(s *snapshot.Snapshot) map[*snapshot.Upstream]bool {
	wanted := map[*snapshot.Upstream]bool{}
	targets(s, func(t *snapshot.Target) {
		if u := t.Upstream; u.CheckEvery > 0 && u.Transport != nil {
			wanted[u] = true
		}
	})
	return wanted
}

// setDown notes for all models at an upstream whether it is down. Models that a later snapshot adds are told by the next check.
func setDown(s *snapshot.Snapshot, u *snapshot.Upstream, down bool) {
	targets(s, func(t *snapshot.Target) {
		if t.Upstream == u {
			t.Load.SetDown(down)
		}
	})
}

// clearUnchecked brings back the models of upstreams that are not checked any more: nobody else would.
func clearUnchecked(s *snapshot.Snapshot) {
	targets(s, func(t *snapshot.Target) {
		if t.Upstream.CheckEvery == 0 {
			t.Load.SetDown(false)
		}
	})
}
