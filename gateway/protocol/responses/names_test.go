package responses

import (
	"strings"
	"testing"
)

func TestNames(t *testing.T) {
	long := strings.Repeat("x", 70)
	declared := []tool{
		{name: "a__b"},
		{namespace: "a", name: "b"},
		{namespace: "mcp__git__", name: "log", kind: toolCustom},
		{namespace: "n", name: long},
		{namespace: "n", name: long + "y"},
		{name: "plain"},
	}
	var n names
	flats := map[string]bool{}
	for _, d := range declared {
		flat := n.add(d)
		if flats[flat] {
			t.Errorf("%v and another are both %s", d, flat)
		}
		flats[flat] = true
		if d.namespace != "" && len(flat) > maxName {
			t.Errorf("%s has %d bytes, some providers refuse more than %d", flat, len(flat), maxName)
		}
		if got := n.tool(flat); got != d {
			t.Errorf("%s came back as %v, want %v", flat, got, d)
		}
		if got := n.flat(d.namespace, d.name); got != flat {
			t.Errorf("a call of %v in the history is named %s, want %s", d, got, flat)
		}
	}
	if !flats["a__b"] || !flats["mcp__git__log"] || !flats["plain"] {
		t.Errorf("got %v", flats)
	}
	if got := n.flat("gone", "tool"); got != "gone__tool" {
		t.Errorf("a tool that is not declared any more is named %s", got)
	}
	if got := n.tool("unknown"); got != (tool{name: "unknown"}) {
		t.Errorf("a tool that the model made up came back as %v", got)
	}
}

func TestCustomInput(t *testing.T) {
	cases := map[string]struct{ arguments, want string }{
		"Text":      {`{"input":"a\n\"b\""}`, "a\n\"b\""},
		"Other":     {`{"patch":"a"}`, `{"patch":"a"}`},
		"NotText":   {`{"input":{"a":1}}`, `{"input":{"a":1}}`},
		"NotJSON":   {`*** Begin`, `*** Begin`},
		"EmptyText": {`{"input":""}`, ""},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if got := customInput([]byte(c.arguments)); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
