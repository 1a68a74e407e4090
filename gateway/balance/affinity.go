package balance

import (
	"math"
	"math/bits"

	"github.com/cespare/xxhash/v2"

	"github.com/fairlead-dev/fairlead/gateway/snapshot"
)

// bound is how much busier than its share of the tier a target may be before conversations that are its own go to another.
const bound = 1.25

// attract puts the target first that conversations with this beginning belong to: of all, the one with the highest of the scores that
// are made of the conversation and the target (rendezvous hashing), so that every replica finds the same, and a target that comes or
// goes moves no more conversations than its own. One that has more than 1.25 times its share of the requests under way comes after
// those that do not (consistent hashing with bounded loads).
// Sources: D. Thaler, C. Ravishankar, Using Name-Based Mappings to Increase Hit Rates, 1998; V. Mirrokni, M. Thorup, M. Zadimoghaddam,
// Consistent Hashing with Bounded Loads, 2017
func attract(targets []*snapshot.Target, prefix uint64) {
	if prefix == 0 {
		return
	}
	requests := 1
	for _, t := range targets {
		requests += t.Load.InFlight()
	}
	share := bound * float64(requests) / float64(weigh(targets))
	leastFirst(targets, func(t *snapshot.Target) float64 { return -score(t, prefix) })
	leastFirst(targets, func(t *snapshot.Target) float64 {
		if float64(t.Load.InFlight()+1) > math.Ceil(share*float64(t.Weight)) {
			return 1
		}
		return 0
	})
}

// score is how strongly a target attracts a conversation. The highest of several is a target's with a probability in proportion to
// its weight.
// Source: https://www.snia.org/sites/default/files/SDC15_presentations/dist_sys/Jason_Resch_New_Consistent_Hashings_Rev.pdf
func score(t *snapshot.Target, prefix uint64) float64 {
	const mantissa = 53
	// Both halves are hashes already; multiplying mixes them. The half keeps 0 out, whose logarithm is none.
	high, low := bits.Mul64(xxhash.Sum64String(t.Name)|1, prefix|1)
	uniform := (float64(mix(high^low)>>(64-mantissa)) + 0.5) / (1 << mantissa)
	return -float64(t.Weight) / math.Log(uniform)
}

// mix makes every bit of a number depend on all others.
// Source: https://prng.di.unimi.it/splitmix64.c
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
