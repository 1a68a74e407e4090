package apt

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fairlead-dev/fairlead/hack/progress"
)

// fake puts a program "apt-get" at the front of $PATH that writes down how it is called, and returns the file it writes to.
func fake(t *testing.T, script string) string {
	t.Helper()
	dir := t.TempDir()
	calls := filepath.Join(dir, "calls")
	program := "#!/bin/sh\necho \"$*\" >> " + calls + "\n" + script
	if err := os.WriteFile(filepath.Join(dir, "apt-get"), []byte(program), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
	return calls
}

// install runs Install as a step and returns what a person saw.
func install(t *testing.T) (shown string, err error) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("SKIP: installing packages needs root")
	}
	var out bytes.Buffer
	_ = progress.New(&out, 1).Step("installing", func(step *progress.Step) error {
		err = Install(t.Context(), step, "nftables", "runc")
		return nil
	})
	return out.String(), err
}

func TestInstall(t *testing.T) {
	const wanted = "install --yes --no-install-recommends --no-remove --option=DPkg::Lock::Timeout=120 nftables runc\n"
	for name, test := range map[string]struct {
		script, calls string
		fails         bool
	}{
		"AtOnce":      {"exit 0", wanted, false},
		"AfterUpdate": {`[ "$1" = update ] && touch "$0.updated"; [ -e "$0.updated" ]`, wanted + "update\n" + wanted, false},
		"Never":       {`[ "$1" = update ] || { echo "E: Unable to locate package runc"; exit 100; }`, wanted + "update\n" + wanted, true},
	} {
		t.Run(name, func(t *testing.T) {
			log := fake(t, test.script)
			shown, err := install(t)
			if (err != nil) != test.fails {
				t.Errorf("Install() = %v, want an error: %t", err, test.fails)
			}
			if test.fails && !strings.Contains(err.Error(), "Unable to locate package runc") {
				t.Errorf("Install() = %v, want what apt-get said", err)
			}
			if !strings.Contains(shown, "apt-get install nftables runc") {
				t.Errorf("nobody was told:\n%s", shown)
			}
			if calls, err := os.ReadFile(log); err != nil || string(calls) != test.calls {
				t.Errorf("apt-get was called\n%s, %v, want\n%s", calls, err, test.calls)
			}
		})
	}
}

func TestInstallWithoutApt(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	err := Install(t.Context(), nil, "nftables", "runc")
	if err == nil || !strings.Contains(err.Error(), "nftables runc") {
		t.Errorf("Install() = %v, want an error that names the packages", err)
	}
}
