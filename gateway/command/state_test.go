package command

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestDefaultStateDir(t *testing.T) {
	cases := map[string]struct {
		env  map[string]string
		want string
	}{
		"Home":        {map[string]string{"HOME": "/home/a"}, "/home/a/.local/state/fairlead"},
		"XDG":         {map[string]string{"HOME": "/home/a", "XDG_STATE_HOME": "/var/state"}, "/var/state/fairlead"},
		"XDGRelative": {map[string]string{"HOME": "/home/a", "XDG_STATE_HOME": "state"}, "/home/a/.local/state/fairlead"},
		"Nowhere":     {nil, ""},
		"Relative":    {map[string]string{"HOME": "a"}, ""},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := defaultStateDir(func(name string) (string, bool) { v, ok := tc.env[name]; return v, ok })
			if got != tc.want || (err != nil) != (tc.want == "") {
				t.Errorf("got %q, %v, want %q", got, err, tc.want)
			}
		})
	}
}

func TestStateIsKept(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "state")
	first, err := openState(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	pepper := bytes.Clone(first.keys.Pepper())
	if _, err := openState(t.Context(), dir); err == nil || !strings.Contains(err.Error(), "expected a directory that no other process uses") {
		t.Errorf("opened twice: %v, want that it is in use", err)
	}
	if err := first.close(); err != nil {
		t.Fatal(err)
	}
	second, err := openState(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(second.keys.Pepper(), pepper) || len(pepper) < 32 {
		t.Error("the pepper is another one: every key that was made before is lost")
	}
	if err := second.close(); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{".", stateLock, stateKeys} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if mode := info.Mode().Perm(); mode&0o077 != 0 {
			t.Errorf("%s has mode %v: want nobody but the owner to read it", name, mode)
		}
	}
}

func TestStateThatCannotBeKept(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	save(t, file, "not a directory")
	if _, err := openState(t.Context(), file); err == nil {
		t.Error("a file was taken for a directory")
	}
	dir := t.TempDir()
	save(t, filepath.Join(dir, stateKeys), strings.Repeat("not a database ", 100))
	if _, err := openState(t.Context(), dir); err == nil {
		t.Error("a file that is no database was taken for one")
	}
}
