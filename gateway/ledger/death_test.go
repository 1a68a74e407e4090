package ledger

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"testing"
)

// deathDir names the variable with the spool of the process that is to be killed.
const deathDir = "FAIRLEAD_TEST_LEDGER_DIR"

// TestServeUntilKilled is that process. It says which events it has begun, and which it has ended.
func TestServeUntilKilled(t *testing.T) {
	dir := os.Getenv(deathDir)
	if dir == "" {
		t.Skip("this is run by TestKilledProcessLosesNothing")
	}
	l := open(t, Options{Dir: dir, MaxBytes: 1 << 30})
	for n := 0; ; n++ {
		e := begin(t, l, n)
		say(t, "begun", e.ID)
		e.State = Complete
		l.End(e)
		say(t, "ended", e.ID)
	}
}

func say(t *testing.T, what string, id ID) {
	if _, err := fmt.Fprintf(os.Stdout, "%s %x\n", what, id[:]); err != nil {
		t.Fatal(err)
	}
}

func TestKilledProcessLosesNothing(t *testing.T) {
	dir := t.TempDir()
	said := map[ID]string{}
	for cycle := range 5 {
		killAfter(t, dir, 1000+777*cycle, said)
	}
	store := newFakeStore()
	l := open(t, Options{Dir: dir, Store: store})
	(&shipment{ledger: l}).pass(t.Context())
	for id, word := range said {
		e := store.events[id]
		if e == nil || word == "ended" && e.State != Complete {
			t.Errorf("the process said that %s was %s, the ledger says %+v", id, word, e)
		}
	}
	// The process may have been killed between doing a thing and saying so, once in each cycle.
	if len(store.events) < len(said) || len(store.events) > len(said)+5 {
		t.Errorf("%d events were named, %d were shipped", len(said), len(store.events))
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
}

// killAfter starts a process, notes what it says, and kills it after a number of lines.
func killAfter(t *testing.T, dir string, lines int, said map[ID]string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestServeUntilKilled$")
	cmd.Env = append(os.Environ(), deathDir+"="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	scanner := bufio.NewScanner(out)
	for n := 0; scanner.Scan(); n++ {
		var word, text string
		if _, err := fmt.Sscan(scanner.Text(), &word, &text); err != nil {
			// The last line of a process that was killed.
			continue
		}
		var id ID
		if k, err := hex.Decode(id[:], []byte(text)); err != nil || k != len(id) {
			continue
		}
		said[id] = word
		if n == lines {
			if err := cmd.Process.Kill(); err != nil {
				t.Error(err)
			}
		}
	}
	_ = cmd.Wait()
}
