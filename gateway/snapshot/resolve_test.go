package snapshot

import (
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

func TestPatternMatch(t *testing.T) {
	type match struct {
		Star string
		OK   bool
	}
	cases := map[string]struct {
		pattern Pattern
		name    string
		want    match
	}{
		"Exact":        {"chat", "chat", match{"", true}},
		"Other":        {"chat", "chats", match{}},
		"Trailing":     {"team-a/*", "team-a/x", match{"x", true}},
		"TrailingBare": {"team-a/*", "team-a/", match{"", true}},
		"TrailingNot":  {"team-a/*", "team-b/x", match{}},
		"Leading":      {"*-large", "e5-large", match{"e5", true}},
		"LeadingNot":   {"*-large", "large", match{}},
		"All":          {"*", "anything", match{"anything", true}},
		"AllOfNothing": {"*", "", match{"", true}},
		"Empty":        {"", "", match{"", true}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			star, ok := tc.pattern.Match(tc.name)
			if !ok {
				star = ""
			}
			if got := (match{star, ok}); got != tc.want {
				t.Errorf("%q of %q: got %v, want %v", tc.pattern, tc.name, got, tc.want)
			}
		})
	}
}

// FuzzPatternMatch compares patterns with the regular expressions that say the same.
func FuzzPatternMatch(f *testing.F) {
	f.Add("team-a/*", "team-a/x")
	f.Add("*-large", "e5-large")
	f.Add("*", "")
	f.Add("chat", "chat")
	f.Add("**", "*")
	f.Fuzz(func(t *testing.T, pattern, name string) {
		p := Pattern(pattern)
		if !p.valid() {
			return
		}
		expression := "^" + strings.ReplaceAll(regexp.QuoteMeta(pattern), `\*`, `((?s:.*))`) + "$"
		oracle, err := regexp.Compile(expression)
		if err != nil {
			return
		}
		groups := oracle.FindStringSubmatch(name)
		star, ok := p.Match(name)
		if ok != (groups != nil) {
			t.Fatalf("%q matches %q: %v, want %v", pattern, name, ok, groups != nil)
		}
		if ok && p.Wild() && star != groups[1] {
			t.Fatalf("* of %q stands for %q in %q, want %q", pattern, star, name, groups[1])
		}
	})
}

func TestPatternValid(t *testing.T) {
	for p, want := range map[Pattern]bool{
		"chat": true, "*": true, "a*": true, "*a": true, "": false, "a*b": false, "*a*": false, "**": false,
	} {
		if got := p.valid(); got != want {
			t.Errorf("%q is valid: %v, want %v", p, got, want)
		}
	}
}

// wildSnapshot has a model for each name, whose upstream has it for `up/*` where it is a pattern.
func wildSnapshot(names ...string) *Snapshot {
	aliases := make([]Alias, len(names))
	for i, name := range names {
		target := testTarget("cloud")
		if Pattern(name).Wild() {
			target.Model = "up/*"
		}
		aliases[i] = testAlias("alias-"+strings.ReplaceAll(name, "*", "x"), testRoute(name, target))
	}
	return Build(testInput(aliases...), nil, testProtocols())
}

func TestResolve(t *testing.T) {
	s := wildSnapshot("*", "chat", "team-a/*", "team-a/sub/*", "*-large", "*-small")
	cases := map[string]struct {
		reason, name, model, upstream string
	}{
		"Exact":      {"an exact name goes first", "chat", "chat", "gpt-4o-mini"},
		"Longest":    {"the longer of two that match", "team-a/sub/x", "team-a/sub/*", "up/x"},
		"Shorter":    {"the longer does not match", "team-a/x", "team-a/*", "up/x"},
		"OverSuffix": {"longer than the other that matches", "team-a/e5-large", "team-a/*", "up/e5-large"},
		"Suffix":     {"one star at the start", "e5-large", "*-large", "up/e5"},
		"CatchAll":   {"nothing else matches", "hf.co/x:Q4_K_M", "*", "up/hf.co/x:Q4_K_M"},
		"Pattern":    {"a pattern is not a name", "team-a/*", "", ""},
		"Star":       {"nor is the star", "*", "", ""},
		"Empty":      {"no name", "", "", ""},
		"Dots":       {"a path to elsewhere", "..", "", ""},
		"Dotted":     {"no alias ends so", "team-a/..", "", ""},
		"Space":      {"no alias has one", "team-a/a b", "", ""},
		"Control":    {"no alias has one", "team-a/a\r\nx", "", ""},
		"NotASCII":   {"no alias has one", "team-a/ä", "", ""},
		"Long":       {"no alias is so long", strings.Repeat("a", 257), "", ""},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			m, star := s.Resolve(tc.name)
			if m == nil {
				if tc.model != "" {
					t.Errorf("%q is no model, want %q: %s", tc.name, tc.model, tc.reason)
				}
				return
			}
			if got := m.Tiers[0][0].ModelFor(star); m.Name != tc.model || got != tc.upstream {
				t.Errorf("%q is %q with the upstream's %q, want %q with %q: %s", tc.name, m.Name, got, tc.model, tc.upstream, tc.reason)
			}
		})
	}
}

func TestWildIsSorted(t *testing.T) {
	s := wildSnapshot("*", "chat", "b*", "*a", "long-name*", "a*")
	names := func(models []*Model) []string {
		names := make([]string, len(models))
		for i, m := range models {
			names[i] = m.Name
		}
		return names
	}
	if diff := cmp.Diff([]string{"long-name*", "*a", "a*", "b*", "*"}, names(s.Wild)); diff != "" {
		t.Errorf("Wild (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"chat"}, names(s.Listed)); diff != "" {
		t.Errorf("Listed (-want +got):\n%s", diff)
	}
}

func TestModelFor(t *testing.T) {
	for model, want := range map[string]string{"plain": "plain", "up/*": "up/x", "*-q4": "x-q4", "*": "x"} {
		if got := (&Target{Model: model}).ModelFor("x"); got != want {
			t.Errorf("%q for x is %q, want %q", model, got, want)
		}
	}
}

func TestResolveAllocatesNothing(t *testing.T) {
	s := wildSnapshot("*", "chat", "team-a/*")
	var m *Model
	if n := testing.AllocsPerRun(100, func() { m, _ = s.Resolve("team-a/x") }); n != 0 || m == nil {
		t.Errorf("%v allocations, model %v: want none and one", n, m)
	}
}

// FuzzResolve: whatever a client writes, nothing but the name of a model gets to an upstream.
func FuzzResolve(f *testing.F) {
	f.Add("team-a/x")
	f.Add("../../secret")
	f.Add("*")
	s := wildSnapshot("chat", "team-a/*", "*-large")
	f.Fuzz(func(t *testing.T, name string) {
		m, star := s.Resolve(name)
		if m == nil {
			return
		}
		if !plain(name) {
			t.Errorf("%q was taken for a name", name)
		}
		if Pattern(m.Name).Wild() && m.Tiers[0][0].ModelFor(star) != "up/"+star {
			t.Errorf("%q: upstream %q with %q", name, m.Tiers[0][0].ModelFor(star), star)
		}
		if m.Name != name && m.route.Model != v1alpha1.ModelPattern(m.Name) {
			t.Errorf("%q was resolved to %q", name, m.Name)
		}
	})
}
