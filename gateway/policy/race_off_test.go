//go:build !race

package policy

// raceEnabled says that the race detector, under which sync.Pool drops items at random, is on.
const raceEnabled = false
