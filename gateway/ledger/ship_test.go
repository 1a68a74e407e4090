package ledger

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-logr/logr/funcr"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
)

func TestRefusedEventsDoNotBlockOthers(t *testing.T) {
	dir := t.TempDir()
	store := newFakeStore()
	store.refuse = func(e *Event) bool { return e.Usage.InputTokens%300 == 7 }
	l := open(t, Options{Dir: dir, Store: store})
	for i := range 1000 {
		serve(t, l, i)
	}
	(&shipment{ledger: l}).pass(t.Context())
	if got := l.Backlog(); got.Events != 0 || len(store.events) != 996 {
		t.Errorf("the store has %d events, backlog %+v", len(store.events), got)
	}
	if got := testutil.ToFloat64(l.metrics.refused); got != 4 {
		t.Errorf("%v were refused, want 4", got)
	}
	if info, err := os.Stat(filepath.Join(dir, "refused.bad")); err != nil || info.Size() == 0 {
		t.Errorf("refused events should be kept: %v", err)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
}

func TestStoreComesAndGoes(t *testing.T) {
	var lines []string
	reg := prometheus.NewRegistry()
	l := open(t, Options{
		Dir: t.TempDir(), Registerer: reg, Log: funcr.New(func(_, args string) { lines = append(lines, args) }, funcr.Options{}),
	})
	s := &shipment{ledger: l}
	serve(t, l, 0)
	s.pass(t.Context())
	if l.Store() != nil || len(lines) > 0 {
		t.Errorf("without a store: %v", lines)
	}
	store := newFakeStore()
	store.fail = errors.New("connection refused")
	l.SetStore(store)
	for range 5 {
		if pause := s.pass(t.Context()); pause > minBackoff+maxBackoff {
			t.Errorf("pause of %v", pause)
		}
	}
	up(t, reg, "0")
	if len(lines) != 1 || !strings.Contains(lines[0], "is away") {
		t.Errorf("%d lines: %v", len(lines), lines)
	}
	store.fail = nil
	s.pass(t.Context())
	up(t, reg, "1")
	if len(store.events) != 1 || len(lines) != 2 || !strings.Contains(lines[1], "is back") {
		t.Errorf("%d events, lines: %v", len(store.events), lines)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
}

func TestSetStoreClosesTheOneBefore(t *testing.T) {
	first, second := newFakeStore(), newFakeStore()
	l := open(t, Options{Dir: t.TempDir(), Store: first})
	s := &shipment{ledger: l}
	serve(t, l, 0)
	s.pass(t.Context())
	l.SetStore(second)
	serve(t, l, 1)
	s.pass(t.Context())
	if len(second.events) != 1 || len(first.events) != 1 {
		t.Errorf("the first store has %d events, the second %d", len(first.events), len(second.events))
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	if !first.closed || !second.closed {
		t.Error("a store was not closed")
	}
}

func up(t *testing.T, reg *prometheus.Registry, want string) {
	t.Helper()
	text := "# HELP fairlead_store_up Whether a store answers.\n# TYPE fairlead_store_up gauge\nfairlead_store_up{store=\"fake\"} " + want + "\n"
	if err := testutil.GatherAndCompare(reg, strings.NewReader(text), "fairlead_store_up"); err != nil {
		t.Error(err)
	}
}

func TestRunShipsWithinASecond(t *testing.T) {
	store := newFakeStore()
	l := open(t, Options{Dir: t.TempDir(), Store: store})
	run(t, l)
	for n := range 3 {
		begun := time.Now()
		serve(t, l, n)
		store.await(t, n+1)
		if took := time.Since(begun); took > 900*time.Millisecond {
			t.Errorf("it took %v", took)
		}
	}
}
