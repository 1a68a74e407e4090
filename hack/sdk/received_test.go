package sdk

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-dev/fairlead/gateway/protocol/golden"
)

// received runs a test for each SDK with each kind of upstream, whose file has what it is to receive.
func received(t *testing.T, test func(t *testing.T, p *pair, c *golden.Case)) {
	t.Helper()
	g := start(t)
	golden.Run(t, "testdata/received/*.txtar", func(t *testing.T, c *golden.Case) {
		_, name, _ := strings.Cut(t.Name(), "/")
		for _, s := range sdks() {
			t.Run(s.name, func(t *testing.T) { test(t, g.pair(t, s, name), c) })
		}
	})
}

// check compares the last request that the upstream received, and returns it: with the bytes that the SDK sent, where they pass, and
// else with the section of a golden file, of which a stream differs only in that it was asked for.
func (p *pair) check(t *testing.T, c *golden.Case, section string, q *question) string {
	t.Helper()
	asked := p.upstream.take()
	if len(asked) == 0 {
		t.Fatal("the upstream was not asked")
	}
	got := string(asked[len(asked)-1])
	if !p.isNative() {
		c.Check(section, layout(t, got))
		return got
	}
	want := strings.Replace(string(p.link.body), `"model":"`+q.model+`"`, `"model":"`+p.upstream.model+`"`, 1)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the bytes did not pass: -want +got\n%s", diff)
	}
	return got
}

// layout writes a request for people to read: a line for each member, and for each entry of a list. What asks for a stream is left
// out, and ids that the gateway made are numbered.
func layout(t *testing.T, body string) string {
	t.Helper()
	var members map[string]json.RawMessage
	if err := json.Unmarshal([]byte(number(body)), &members); err != nil {
		t.Fatalf("the upstream received no object: %v", err)
	}
	delete(members, "stream")
	delete(members, "stream_options")
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(members)) {
		var list []json.RawMessage
		if json.Unmarshal(members[name], &list) != nil || len(list) == 0 {
			fmt.Fprintf(&b, "%s: %s\n", name, members[name])
			continue
		}
		fmt.Fprintf(&b, "%s:\n", name)
		for _, entry := range list {
			fmt.Fprintf(&b, "  %s\n", entry)
		}
	}
	return b.String()
}

// number replaces the ids of calls that came without one, which are random, by their order.
func number(body string) string {
	var seen []string
	return regexp.MustCompile(`call_[A-Z2-7]{26}`).ReplaceAllStringFunc(body, func(id string) string {
		if !slices.Contains(seen, id) {
			seen = append(seen, id)
		}
		return fmt.Sprintf("call_made_%d", slices.Index(seen, id)+1)
	})
}
