package snapshot

import (
	"cmp"
	"slices"
	"strings"
)

// maxName bounds the names that a pattern takes: no longer ones can be written in an alias.
const maxName = 256

// Resolve returns the model that clients mean by a name, and what the `*` of its pattern stands for: an exact name goes before a
// pattern, and a longer pattern before a shorter one. It returns nil where no model takes the name. A pattern takes only what an
// alias could be called, so that nothing else gets into the URLs and bodies that upstreams are sent.
func (s *Snapshot) Resolve(name string) (m *Model, star string) {
	if m := s.Models[name]; m != nil && !Pattern(m.Name).Wild() {
		return m, ""
	}
	if len(s.Wild) == 0 || !plain(name) {
		return nil, ""
	}
	for _, m := range s.Wild {
		if star, ok := Pattern(m.Name).Match(name); ok {
			return m, star
		}
	}
	return nil, ""
}

// ModelFor is the upstream's own name of the target's model where star is what the `*` of the alias stands for.
func (t *Target) ModelFor(star string) string {
	before, after, wild := strings.Cut(t.Model, "*")
	if !wild {
		return t.Model
	}
	return before + star + after
}

// plain says whether an alias could have the name: letters, digits and a few marks, the first and the last of them no mark.
func plain(name string) bool {
	if name == "" || len(name) > maxName || !alphanumeric(name[0]) || !alphanumeric(name[len(name)-1]) {
		return false
	}
	for i := range len(name) {
		if c := name[i]; !alphanumeric(c) && strings.IndexByte("-._:/@+", c) < 0 {
			return false
		}
	}
	return true
}

func alphanumeric(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}

// wild returns the models whose name is a pattern in the order in which they are asked.
func wild(models map[string]*Model) []*Model {
	var patterns []*Model
	for _, m := range models {
		if Pattern(m.Name).Wild() {
			patterns = append(patterns, m)
		}
	}
	slices.SortFunc(patterns, func(x, y *Model) int {
		return cmp.Or(cmp.Compare(len(y.Name), len(x.Name)), cmp.Compare(x.Name, y.Name))
	})
	return patterns
}
