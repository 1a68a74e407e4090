package limit

import (
	"net/http"
	"strconv"
	"time"

	"github.com/fairlead-dev/fairlead/gateway/snapshot"
)

// State is how much of a limit is left.
type State struct {
	Limit *snapshot.Limit
	Kind  Kind
	// Max is what the limit allows, and Remaining what is left of it.
	Max, Remaining int64
	// Reset is how long it is until all of it is left again; 0 for Parallel.
	Reset time.Duration
}

// SetHeaders says in the headers that OpenAI has for it how much is left of the tightest limit of requests and of the tightest of
// tokens. https://platform.openai.com/docs/guides/rate-limits#rate-limits-in-headers
func SetHeaders(h http.Header, states []State) {
	if s := tightest(states, Requests); s != nil {
		set(h, "X-Ratelimit-Limit-Requests", "X-Ratelimit-Remaining-Requests", "X-Ratelimit-Reset-Requests", s)
	}
	if s := tightest(states, Tokens); s != nil {
		set(h, "X-Ratelimit-Limit-Tokens", "X-Ratelimit-Remaining-Tokens", "X-Ratelimit-Reset-Tokens", s)
	}
}

// set sets headers whose names are in canonical form. One allocation holds the values of all.
func set(h http.Header, limit, remaining, reset string, s *State) {
	// Durations are written as Go does: 1s, 6m0s, 120ms.
	left := (s.Reset + time.Millisecond - 1).Truncate(time.Millisecond).String()
	v := []string{strconv.FormatInt(s.Max, 10), strconv.FormatInt(s.Remaining, 10), left}
	h[limit], h[remaining], h[reset] = v[0:1:1], v[1:2:2], v[2:3:3]
}

// tightest is the state of a kind of which least is left, and of those the one that stays so for longest.
func tightest(states []State, k Kind) *State {
	var t *State
	for i := range states {
		s := &states[i]
		if s.Kind != k {
			continue
		}
		if t == nil || s.Remaining < t.Remaining || s.Remaining == t.Remaining && s.Reset > t.Reset {
			t = s
		}
	}
	return t
}
