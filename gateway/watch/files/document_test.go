package files

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestSplit(t *testing.T) {
	cases := map[string]struct {
		content string
		lines   []int
		problem string
	}{
		"Empty":           {"", nil, ""},
		"OnlyComments":    {"# nothing\n---\n# here\n", nil, ""},
		"One":             {"a: 1\n", []int{1}, ""},
		"LeadingMarker":   {"---\na: 1\n", []int{2}, ""},
		"CRLF":            {"a: 1\r\n---\r\nb: 2\r\n", []int{1, 3}, ""},
		"MarkerWithText":  {"a: 1\n--- # next\nb: 2\n", []int{1, 3}, ""},
		"DashesInAString": {"a: |\n  ---\n  x\n", []int{1}, ""},
		"JSON":            {"{\"a\": 1}", []int{1}, ""},
		"BrokenFirst":     {"a: [\n---\nb: 2\n", []int{3}, "expected YAML"},
		"List":            {"- a\n", nil, "expected a manifest with apiVersion and kind, found a seq"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			docs, problems := split("f", []byte(tc.content))
			lines := make([]int, len(docs))
			for i, d := range docs {
				lines[i] = d.root.Line
			}
			if diff := cmp.Diff(tc.lines, lines, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("lines (-want +got):\n%s", diff)
			}
			if (tc.problem == "") != (len(problems) == 0) || (len(problems) > 0 && !strings.Contains(problems[0].Message, tc.problem)) {
				t.Errorf("problems %v, want %q", problems, tc.problem)
			}
		})
	}
}

func TestLineOf(t *testing.T) {
	docs, _ := split("f", []byte("# one\nspec:\n  targets:\n  - name: a\n  - name: b\n    model: m\nmetadata:\n  labels:\n    app.kubernetes.io/name: x\n"))
	cases := map[string]int{
		"":                            2,
		"spec":                        2,
		"spec.targets[1]":             5,
		"spec.targets[1].name":        5,
		"spec.targets[1].model":       6,
		"spec.targets[1].gone.deeper": 5,
		"spec.targets[7].name":        3,
		"metadata.labels[app.kubernetes.io/name]": 9,
	}
	for path, want := range cases {
		if got := docs[0].lineOf(path); got != want {
			t.Errorf("%q: got line %d, want %d", path, got, want)
		}
	}
}

// FuzzSplit: whatever is in a file, nothing panics, and every line is one of the file.
func FuzzSplit(f *testing.F) {
	f.Add([]byte("a: 1\n---\nb: [\n"))
	f.Add([]byte("\r\r0"))
	f.Add([]byte("a: &x [1]\nb: *x\n? {c: d}\n: 2020-01-01\n"))
	f.Fuzz(func(t *testing.T, content []byte) {
		docs, problems := split("f", content)
		// A CR alone ends a line in YAML, too.
		last := strings.Count(string(content), "\n") + strings.Count(string(content), "\r") + 2
		for _, p := range problems {
			if p.Line < 1 || p.Line > last {
				t.Errorf("problem at line %d of %d", p.Line, last)
			}
		}
		for i := range docs {
			if _, err := docs[i].object(); err != nil {
				continue
			}
			if line := docs[i].lineOf("spec.targets[0].model"); line < 1 || line > last {
				t.Errorf("field at line %d of %d", line, last)
			}
		}
	})
}
