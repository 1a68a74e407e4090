package build

import (
	"os"
	"path/filepath"
	"testing"
)

// write makes files below a new directory.
func write(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, content := range files {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func sum(t *testing.T, key *Key) string {
	t.Helper()
	got, err := key.Sum()
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != keyLength {
		t.Errorf("Sum() = %q, want %d digits", got, keyLength)
	}
	return got
}

func TestKeyOfTree(t *testing.T) {
	base := map[string]string{"go.mod": "module x", "main.go": "package main", "page/index.html": "<p>"}
	with := func(name, content string) map[string]string {
		files := map[string]string{name: content}
		for name, content := range base {
			if _, ok := files[name]; !ok {
				files[name] = content
			}
		}
		return files
	}
	original := sum(t, NewKey("go1.26").Tree(write(t, base), "."))
	for name, test := range map[string]struct {
		reason string
		files  map[string]string
		same   bool
	}{
		"AnotherClone":  {"the place of the clone does not end up in the binary", base, true},
		"Source":        {"the obvious case", with("main.go", "package main // new"), false},
		"NewFile":       {"a file that was not there", with("other.go", "package main"), false},
		"EmbeddedFile":  {"may be embedded", with("page/index.html", "<h1>"), false},
		"Test":          {"tests are not linked", with("main_test.go", "package main"), true},
		"TestData":      {"neither is what they read", with("testdata/golden", "x"), true},
		"DotFile":       {"an editor's swap file is no source", with(".main.go.swp", "x"), true},
		"NestedModule":  {"has a key of its own", with("nested/go.mod", "module y"), true},
		"NestedPackage": {"belongs to the module", with("nested/nested.go", "package nested"), false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := sum(t, NewKey("go1.26").Tree(write(t, test.files), ".")); (got == original) != test.same {
				t.Errorf("same key: %t, want %t: %s", got == original, test.same, test.reason)
			}
		})
	}
}

func TestKeyOfTexts(t *testing.T) {
	if sum(t, NewKey("ab", "c")) == sum(t, NewKey("a", "bc")) {
		t.Error("texts run into each other")
	}
	if sum(t, NewKey("a")) != sum(t, NewKey().Text("a")) {
		t.Error("the same texts give different keys")
	}
}

func TestKeyOfMissingFile(t *testing.T) {
	if got, err := NewKey().Tree(t.TempDir(), "absent").Sum(); err == nil {
		t.Errorf("Sum() = %q, want an error: a wrong key would hide a change", got)
	}
}
