//go:build linux

package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/fairlead-dev/fairlead/hack/cluster/spec"
	"golang.org/x/sys/unix"
)

// stop ends the box, politely and then not, and removes its control groups. To stop a box that does not run is no error. Only the holder of
// the lock is ever signalled: a process id in a file may long belong to somebody else.
func stop(state string) error {
	var pids spec.Pids
	if err := spec.Read(state, spec.Running, &pids); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	}
	lock, err := os.OpenFile(filepath.Join(state, spec.Lock), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return fmt.Errorf("opening the lock: %w", err)
	}
	defer lock.Close()
	begin := time.Now()
	for sent := unix.Signal(0); unix.Flock(int(lock.Fd()), unix.LOCK_EX|unix.LOCK_NB) != nil; time.Sleep(20 * time.Millisecond) {
		next := unix.SIGTERM
		if time.Since(begin) > 10*time.Second {
			next = unix.SIGKILL
		}
		if time.Since(begin) > 20*time.Second {
			return fmt.Errorf("stopping process %d: it is still there after 20 seconds", pids.Host)
		}
		if next == sent {
			continue
		}
		if err := unix.Kill(pids.Host, next); err != nil && !errors.Is(err, unix.ESRCH) {
			return fmt.Errorf("stopping process %d: %w", pids.Host, err)
		}
		sent = next
	}
	removeGroups(pids.Groups)
	if err := os.Remove(filepath.Join(state, spec.Running)); err != nil {
		return fmt.Errorf("forgetting the box: %w", err)
	}
	return nil
}
