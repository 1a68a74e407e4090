// Package golden runs the committed cases of a translator: what went in, what came out, and where the case is from. It is for tests.
package golden

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
)

var update = flag.Bool("update", false, "rewrite the golden sections")

// Case is one file of cases: a comment that names the source, and sections. A section is an input where a test reads it with
// Section, and golden where a test compares it with Check.
type Case struct {
	t  *testing.T
	ar *txtar.Archive
}

// Run runs each file that matches pattern, such as testdata/chat/*.txtar, as a subtest. With -update the golden sections are
// rewritten. A file whose comment is empty fails: it has to say where its content is from.
func Run(t *testing.T, pattern string, test func(t *testing.T, c *Case)) {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("finding the cases: %v, %d files", err, len(files))
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			ar, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatalf("reading the case: %v", err)
			}
			if len(bytes.TrimSpace(ar.Comment)) == 0 {
				t.Error("the case does not say where it comes from")
			}
			test(t, &Case{t: t, ar: ar})
			if *update && !t.Failed() {
				if err := os.WriteFile(file, txtar.Format(ar), 0o644); err != nil {
					t.Fatalf("writing the case: %v", err)
				}
			}
		})
	}
}

// Has says whether the case has a section.
func (c *Case) Has(name string) bool {
	_, ok := c.find(name)
	return ok
}

// Section is the text of a section without its last line break. It fails the test where there is none.
func (c *Case) Section(name string) string {
	c.t.Helper()
	i, ok := c.find(name)
	if !ok {
		c.t.Fatalf("the case has no section %q", name)
	}
	return strings.TrimSuffix(string(c.ar.Files[i].Data), "\n")
}

// Check compares a section with got, or replaces it.
func (c *Case) Check(name, got string) {
	c.t.Helper()
	got = strings.TrimRight(got, "\n") + "\n"
	i, ok := c.find(name)
	switch {
	case *update && ok:
		c.ar.Files[i].Data = []byte(got)
	case *update:
		c.ar.Files = append(c.ar.Files, txtar.File{Name: name, Data: []byte(got)})
	case !ok:
		c.t.Fatalf("the case has no section %q; run with -update", name)
	default:
		if diff := cmp.Diff(string(c.ar.Files[i].Data), got); diff != "" {
			c.t.Errorf("%s: -want +got\n%s", name, diff)
		}
	}
}

func (c *Case) find(name string) (int, bool) {
	for i, f := range c.ar.Files {
		if f.Name == name {
			return i, true
		}
	}
	return 0, false
}
