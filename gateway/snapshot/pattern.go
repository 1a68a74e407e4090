package snapshot

import "strings"

// Pattern is the name of a model, exact or with one leading or trailing `*`.
type Pattern string

// Match says whether the pattern takes a name, and what its `*` stands for. An exact name stands for nothing.
func (p Pattern) Match(name string) (star string, ok bool) {
	if suffix, leading := strings.CutPrefix(string(p), "*"); leading {
		return strings.CutSuffix(name, suffix)
	}
	if prefix, trailing := strings.CutSuffix(string(p), "*"); trailing {
		return strings.CutPrefix(name, prefix)
	}
	return "", string(p) == name
}

// Wild says whether the pattern has a `*`.
func (p Pattern) Wild() bool {
	return strings.HasPrefix(string(p), "*") || strings.HasSuffix(string(p), "*")
}

// valid says whether the pattern has a meaning: it is not empty, and its only `*` is at its start or at its end.
func (p Pattern) valid() bool {
	switch strings.Count(string(p), "*") {
	case 0:
		return p != ""
	case 1:
		return p.Wild()
	}
	return false
}
