package proxy

import (
	"sort"
	"strings"

	"github.com/fairlead-dev/fairlead/gateway/fault"
	"github.com/fairlead-dev/fairlead/gateway/jsonscan"
	"github.com/fairlead-dev/fairlead/gateway/policy"
	"github.com/fairlead-dev/fairlead/gateway/protocol"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
)

// nearest is how many names an error suggests.
const nearest = 3

// resolve finds the model that a client named, and what the `*` of its pattern stands for. Ollama's clients may add the tag `latest` to a
// name that has none. A model that the caller may not use is as unknown as one that does not exist; the error suggests public names of
// those that it may use, and gives no hidden one away.
func resolve(s *snapshot.Snapshot, c *policy.Caller, p protocol.Name, name string) (m *snapshot.Model, star string, err error) {
	if plain, tagged := strings.CutSuffix(name, ":latest"); tagged && p == protocol.Ollama && s.Models[name] == nil {
		if m = s.Models[plain]; m != nil && c.May(m, plain) {
			return m, "", nil
		}
	}
	if m, star = s.Resolve(name); m != nil && c.May(m, name) {
		return m, star, nil
	}
	return nil, "", fault.ModelNotFound(name, Suggest(c.Sees(s.Listed), name))
}

// Suggest returns the nearest names of models, the nearest first. Names that differ in more than half of their letters are no suggestion,
// save where there are so few that they can all be named.
func Suggest(models []*snapshot.Model, name string) []string {
	type candidate struct {
		name     string
		distance int
	}
	worst := len(name)/2 + 1
	if len(models) <= nearest {
		worst = jsonscan.MaxModelBytes
	}
	var near []candidate
	for _, m := range models {
		if d := distance(name, m.Name, worst); d <= worst {
			near = append(near, candidate{m.Name, d})
		}
	}
	sort.SliceStable(near, func(i, j int) bool { return near[i].distance < near[j].distance })
	near = near[:min(len(near), nearest)]
	out := make([]string, len(near))
	for i, c := range near {
		out[i] = c.name
	}
	return out
}

// distance is the number of bytes to insert, delete or replace to make b of a (Levenshtein), or more than most where it exceeds
// that. It works row by row and stops as soon as no row can get back under most.
func distance(a, b string, most int) int {
	if d := len(a) - len(b); d > most || -d > most {
		return most + 1
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal, best := row[0], i+1
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost = 1 + min(diagonal, row[j], row[j+1])
			}
			diagonal, row[j+1] = row[j+1], cost
			best = min(best, cost)
		}
		if best > most {
			return most + 1
		}
	}
	return row[len(b)]
}
