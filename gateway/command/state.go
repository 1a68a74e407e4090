package command

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"github.com/fairlead-dev/fairlead/gateway/keystore/sqlite"
)

// Names in a state directory.
const (
	stateLock = "lock"
	stateKeys = "keys.db"
)

// state is what `fairlead run` keeps from one run to the next. One process uses it at a time.
type state struct {
	dir string
	// lock is held for as long as the process lives, however it ends.
	lock *os.File
	// keys are those that were made through the gateway, and the pepper that all keys are digested with.
	keys *sqlite.Store
}

// defaultStateDir is where the XDG Base Directory Specification has state: $XDG_STATE_HOME, or ~/.local/state. A relative
// $XDG_STATE_HOME is passed over, as it says.
// Source: https://specifications.freedesktop.org/basedir-spec/latest/
func defaultStateDir(getenv func(string) (string, bool)) (string, error) {
	base, _ := getenv("XDG_STATE_HOME")
	if filepath.IsAbs(base) {
		return filepath.Join(base, "fairlead"), nil
	}
	home, _ := getenv("HOME")
	if !filepath.IsAbs(home) {
		return "", errors.New("expected an absolute path in $XDG_STATE_HOME or $HOME, found none")
	}
	return filepath.Join(home, ".local", "state", "fairlead"), nil
}

// openState opens the state in dir, which is made where there is none; nobody but its owner can read it.
func openState(ctx context.Context, dir string) (*state, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("making the directory: %w", err)
	}
	lock, err := os.OpenFile(filepath.Join(dir, stateLock), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("opening the lock: %w", err)
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(fmt.Errorf("locking %s: expected a directory that no other process uses: %w", dir, err), lock.Close())
	}
	keys, err := sqlite.Open(ctx, filepath.Join(dir, stateKeys))
	if err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return &state{dir: dir, lock: lock, keys: keys}, nil
}

func (s *state) close() error { return errors.Join(s.keys.Close(), s.lock.Close()) }
