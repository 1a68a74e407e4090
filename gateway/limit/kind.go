package limit

import "github.com/fairlead-dev/fairlead/gateway/snapshot"

// Kind is what a limit counts.
type Kind int

// Values of Kind.
const (
	// Requests are counted in a window when they begin.
	Requests Kind = iota
	// Tokens are counted in a window: the estimate when a request begins, what was really used when it ends.
	Tokens
	// Parallel counts the requests under way.
	Parallel

	// metered are the kinds that are counted in a window.
	metered = 2
)

func (k Kind) String() string {
	switch k {
	case Requests:
		return "requests"
	case Tokens:
		return "tokens"
	}
	return "parallel"
}

// most is the bound that a limit sets to a kind, 0 where it sets none.
func most(l *snapshot.Limit, k Kind) int64 {
	switch k {
	case Requests:
		return l.Requests
	case Tokens:
		return l.Tokens
	}
	return l.Parallel
}
