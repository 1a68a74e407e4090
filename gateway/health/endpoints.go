package health

import "github.com/fairlead-dev/fairlead/gateway/snapshot"

// checked are the upstreams that want to be checked, and can be. Nobody is there to answer where the servers sleep.
func checked(s *snapshot.Snapshot) map[*snapshot.Upstream]bool {
	wanted := map[*snapshot.Upstream]bool{}
	for _, t := range s.Targets() {
		if u := t.Upstream; u.CheckEvery > 0 && u.Transport != nil && !t.Asleep() {
			wanted[u] = true
		}
	}
	return wanted
}

// setDown notes for all models at an upstream whether it is down. Models that a later snapshot adds are told by the next check.
func setDown(s *snapshot.Snapshot, u *snapshot.Upstream, down bool) {
	for _, t := range s.Targets() {
		if t.Upstream == u {
			t.Load.SetDown(down)
		}
	}
}

// clearUnchecked brings back the models of upstreams that are not checked any more: nobody else would.
func clearUnchecked(s *snapshot.Snapshot) {
	for _, t := range s.Targets() {
		if t.Upstream.CheckEvery == 0 || t.Asleep() {
			t.Load.SetDown(false)
		}
	}
}
