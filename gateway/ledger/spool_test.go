package ledger

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/go-logr/logr"
	"github.com/go-logr/logr/funcr"
	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

// segments are the numbers of files that a spool has.
func segments(t *testing.T, dir string) int {
	t.Helper()
	found, _, err := listSegments(dir)
	if err != nil {
		t.Fatal(err)
	}
	return len(found)
}

// An event that stays open for long keeps no segment, and is not lost with the segment that it began in.
func TestOpenEventsAreCarriedOver(t *testing.T) {
	store := newFakeStore()
	dir := t.TempDir()
	l := open(t, Options{Dir: dir, MaxBytes: 1 << 20, OnFull: v1alpha1.BacklogReject, Store: store})
	long := make([]*Event, 300)
	for i := range long {
		long[i] = begin(t, l, i)
	}
	s := &shipment{ledger: l}
	total := 0
	for ; total < 2000; total++ {
		if serve(t, l, total); total%100 == 99 {
			s.pass(t.Context())
		}
	}
	if n := segments(t, dir); n > 3 {
		t.Errorf("%d segments are left after all that was finished has been shipped", n)
	}
	long[0].State = Complete
	l.End(long[0])
	if err := l.spool.close(); err != nil {
		t.Fatal(err)
	}
	again := open(t, Options{Dir: dir, Store: store})
	if got := again.Backlog(); got.Events < len(long) || got.Open != 0 {
		t.Errorf("backlog after the death of the first process: %+v", got)
	}
	(&shipment{ledger: again}).pass(t.Context())
	states := map[State]int{}
	for _, e := range long {
		states[store.events[e.ID].State]++
	}
	if diff := cmp.Diff(map[State]int{Complete: 1, Interrupted: len(long) - 1}, states); diff != "" {
		t.Errorf("states of events that were open for long (-want +got):\n%s", diff)
	}
	if len(store.events) != total+len(long) {
		t.Errorf("the store has %d events, want %d", len(store.events), total+len(long))
	}
	if err := again.Close(); err != nil {
		t.Error(err)
	}
}

// smallDisk is a file system of a megabyte.
func smallDisk(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=1m"); err != nil {
		t.Skipf("mounting a small file system needs root: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// fill begins events until there is no room.
func fill(t *testing.T, l *Ledger) (begun []*Event) {
	t.Helper()
	for {
		e := sample(len(begun))
		if err := l.Begin(e); err != nil {
			if !errors.Is(err, ErrFull) {
				t.Errorf("got %v, want ErrFull", err)
			}
			return begun
		}
		begun = append(begun, e)
	}
}

func TestDiskIsFull(t *testing.T) {
	store := newFakeStore()
	store.fail = errors.New("away")
	full := 0
	l := open(t, Options{
		Dir: filepath.Join(smallDisk(t), "spool"), OnFull: v1alpha1.BacklogReject, Store: store,
		Log: funcr.New(func(_, args string) { full += strings.Count(args, "no room") }, funcr.Options{}),
	})
	begun := fill(t, l)
	for _, e := range begun {
		e.State = Complete
		l.End(e)
	}
	if got := l.Backlog(); len(begun) < 1000 || got.Events != len(begun) || got.Open != 0 {
		t.Fatalf("%d events, backlog %+v", len(begun), got)
	}
	ship := &shipment{ledger: l}
	ship.pass(t.Context())
	store.fail = nil
	// What is shipped makes room for ends that waited in memory, which can be shipped then.
	for range 5 {
		ship.pass(t.Context())
	}
	if got := l.Backlog(); got.Events != 0 || len(store.events) != len(begun) {
		t.Errorf("the store has %d of %d events, backlog %+v", len(store.events), len(begun), got)
	}
	// The newest segment holds what was shipped last. It is given back once there is need.
	if err := l.Begin(sample(0)); err != nil {
		ship.pass(t.Context())
		serve(t, l, 0)
	}
	if full != 1 {
		t.Errorf("%d lines say that the disk is full", full)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
}

func TestUnmeteredIsCounted(t *testing.T) {
	l := open(t, Options{Dir: t.TempDir(), MaxBytes: 1})
	for range 3 {
		e := sample(0)
		if err := l.Begin(e); err != nil {
			t.Fatal(err)
		}
		l.Checkpoint(e)
		l.End(e)
	}
	if got := testutil.ToFloat64(l.metrics.unmetered); got != 3 {
		t.Errorf("counted %v, want 3", got)
	}
	if got := l.Backlog(); got != (Backlog{}) {
		t.Errorf("backlog: %+v", got)
	}
	l.SetBounds(0, v1alpha1.BacklogReject)
	if err := l.Begin(sample(0)); err != nil {
		t.Errorf("with the default bound: %v", err)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
}

func TestPositionSurvives(t *testing.T) {
	dir := t.TempDir()
	store := newFakeStore()
	l := open(t, Options{Dir: dir, Store: store})
	for i := range 10 {
		serve(t, l, i)
	}
	(&shipment{ledger: l}).pass(t.Context())
	if err := l.spool.close(); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		spoil func(path string) error
		want  int
	}{
		"Sound": {func(string) error { return nil }, 0},
		"Lost":  {os.Remove, 10},
		"Damaged": {func(path string) error {
			return os.WriteFile(path, []byte("00000000000000000001 0000000000000000"), 0o600)
		}, 10},
	} {
		copied := t.TempDir()
		if err := os.CopyFS(copied, os.DirFS(dir)); err != nil {
			t.Fatal(err)
		}
		if err := tc.spoil(filepath.Join(copied, "position")); err != nil {
			t.Fatal(err)
		}
		s, err := openSpool(copied, DefaultMaxBytes, logr.Discard(), newMetrics(prometheus.NewRegistry()))
		if err != nil {
			t.Fatal(err)
		}
		if got := all(t, s); len(got) != tc.want || s.backlog().Events != tc.want {
			t.Errorf("%s: %d events are shipped again, %d counted, want %d", name, len(got), s.backlog().Events, tc.want)
		}
		if err := s.close(); err != nil {
			t.Error(err)
		}
	}
}
