package sqlite_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/fairlead-dev/fairlead/gateway/ledger"
	"github.com/fairlead-dev/fairlead/gateway/ledger/internal/contract"
	"github.com/fairlead-dev/fairlead/gateway/ledger/sqlite"
)

func newStore(t *testing.T, path string) *sqlite.Store {
	t.Helper()
	s, err := sqlite.New(sqlite.Options{Path: path, Gateway: "test/main", RetentionMonths: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func TestContract(t *testing.T) {
	contract.Run(t, func(t *testing.T) ledger.Store {
		return newStore(t, filepath.Join(t.TempDir(), "a directory?", "100%#.db"))
	})
}

func TestMaintainDropsWhatIsOld(t *testing.T) {
	s := newStore(t, filepath.Join(t.TempDir(), "ledger.db"))
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	events := contract.Events(3)
	events[1].Start, events[2].Start = contract.Now().AddDate(0, -1, 0), contract.Now().AddDate(0, -2, 0)
	if err := s.Insert(t.Context(), events); err != nil {
		t.Fatal(err)
	}
	if err := s.Maintain(t.Context(), contract.Now()); err != nil {
		t.Fatal(err)
	}
	page, err := s.Logs(t.Context(), ledger.Filter{})
	if err != nil || len(page.Events) != 2 {
		t.Errorf("got %d events, want 2 (%v)", len(page.Events), err)
	}
	// Sums outlive events.
	if got, err := s.KeySpend(t.Context(), events[2].KeyID); err != nil || got != events[2].Cost {
		t.Errorf("spend of a dropped event: got %d, %v", got, err)
	}
}

// TestOnlyItsOwnerCanReadTheDatabase: it says who asked for what.
func TestOnlyItsOwnerCanReadTheDatabase(t *testing.T) {
	path := filepath.Join(t.TempDir(), "usage.db")
	s, err := sqlite.New(sqlite.Options{Path: path, Gateway: "test/main"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, mode %v", err, info.Mode().Perm())
	}
}
