package balance

import (
	"slices"
	"strings"

	"github.com/fairlead-dev/fairlead/gateway/fault"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
)

// HeaderTargets lets a client choose among the targets of a model: their names, separated by commas.
const HeaderTargets = "X-Fairlead-Targets"

// ParseChosen reads the values of HeaderTargets.
func ParseChosen(values []string) []string {
	var names []string
	for _, v := range values {
		for name := range strings.SplitSeq(v, ",") {
			if name = strings.TrimSpace(name); name != "" {
				names = append(names, name)
			}
		}
	}
	return names
}

// chosen appends the targets that the client names, in its order; those that are not well come last here, too. A name that comes
// twice counts once: no request tries a target twice.
func chosen(dst []*snapshot.Target, m *snapshot.Model, r *Request) ([]*snapshot.Target, error) {
	from := len(dst)
	var unwell, all []*snapshot.Target
	for _, name := range r.Chosen {
		t := find(m, name)
		if t == nil {
			return dst, unknown(m, name)
		}
		if slices.Contains(all, t) {
			continue
		}
		all = append(all, t)
		switch {
		case !answers(t):
		case t.Load.Usable(r.Now):
			dst = append(dst, t)
		default:
			unwell = append(unwell, t)
		}
	}
	if dst = append(dst, unwell...); len(dst) == from {
		return dst, unavailable(m.Name, all)
	}
	return dst, nil
}

func find(m *snapshot.Model, name string) *snapshot.Target {
	for _, tier := range m.Tiers {
		for _, t := range tier {
			if t.Name == name {
				return t
			}
		}
	}
	return nil
}

func unknown(m *snapshot.Model, name string) error {
	var known []string
	for _, tier := range m.Tiers {
		for _, t := range tier {
			known = append(known, "'"+t.Name+"'")
		}
	}
	return fault.Invalid(fault.CodeInvalidValue, strings.ToLower(HeaderTargets), "The header '%s' names '%s', but the targets of the model '%s' are %s.",
		strings.ToLower(HeaderTargets), fault.Clip(name), m.Name, strings.Join(known, ", "))
}
