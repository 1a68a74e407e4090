package balance

import (
	"math"
	"slices"
	"time"

	"github.com/cespare/xxhash/v2"

	"github.com/fairlead-dev/fairlead/gateway/snapshot"
)

// ServerRequest is what the choice of a server depends on.
type ServerRequest struct {
	// Now is a reading of time.Now.
	Now time.Time
	// Model is the upstream's own name of the model that is asked for.
	Model string
	// Prefix is a hash of how the conversation begins; 0 where there is none.
	Prefix uint64
	// Passed are servers that the request has tried in vain.
	Passed []*snapshot.Server
	// Intn draws among servers that are equal. Where it is nil the first of them is taken.
	Intn Intn
}

// Server chooses one of the servers of a target, or returns nil where none has the model.
//
// A conversation goes to the server that it belongs to, which has read its beginning before, as with StrategyPrefixAffinity; unless that
// one would have more than 1.25 times its share of the requests under way, rounded up. What belongs nowhere goes to the server with the
// fewest. A server that could not be reached lately comes after all others. Nothing is allocated.
func Server(servers []*snapshot.Server, r *ServerRequest) *snapshot.Server {
	usable := slices.ContainsFunc(servers, func(s *snapshot.Server) bool { return r.suits(s, true) })
	if r.Prefix != 0 {
		if s := r.own(servers, usable); s != nil {
			return s
		}
	}
	return r.idlest(servers, usable)
}

// own is the server that the conversation belongs to, of those that are not too busy.
func (r *ServerRequest) own(servers []*snapshot.Server, usable bool) (best *snapshot.Server) {
	candidates, requests := 0, 1
	for _, s := range servers {
		if r.suits(s, usable) {
			candidates++
			requests += s.Load.InFlight()
		}
	}
	most := int(math.Ceil(bound * float64(requests) / float64(candidates)))
	var top uint64
	for _, s := range servers {
		if !r.suits(s, usable) || s.Load.InFlight() >= most {
			continue
		}
		if a := attraction(s, r.Prefix); best == nil || a > top {
			best, top = s, a
		}
	}
	return best
}

// idlest is the server with the fewest requests under way.
func (r *ServerRequest) idlest(servers []*snapshot.Server, usable bool) (best *snapshot.Server) {
	least, equals := 0, 0
	for _, s := range servers {
		if !r.suits(s, usable) {
			continue
		}
		switch n := s.Load.InFlight(); {
		case best == nil || n < least:
			best, least, equals = s, n, 1
		case n == least:
			if equals++; r.Intn != nil && r.Intn(equals) == 0 {
				best = s
			}
		}
	}
	return best
}

// suits says whether a server may be chosen.
func (r *ServerRequest) suits(s *snapshot.Server, usable bool) bool {
	return s.Has(r.Model) && !slices.Contains(r.Passed, s) && (!usable || s.Load.Usable(r.Now))
}

// attraction is how strongly a server attracts a conversation: the highest of all is that of its own server, in every replica.
func attraction(s *snapshot.Server, prefix uint64) uint64 {
	return mix(xxhash.Sum64String(s.Name) ^ mix(prefix))
}
