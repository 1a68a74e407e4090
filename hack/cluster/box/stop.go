//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"github.com/fairlead-dev/fairlead/hack/cluster/spec"
)

// stop ends the box, politely and then not, and removes its control groups. To stop a box that does not run is no error. Only the holder of
// the lock is ever signalled: a process id in a file may long belong to somebody else.
func stop(ctx context.Context, state string) error {
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
	gone := func() bool { return unix.Flock(int(lock.Fd()), unix.LOCK_EX|unix.LOCK_NB) == nil }
	if err := end(ctx, pids.Host, gone); err != nil {
		return err
	}
	removeGroups(ctx, pids.Groups)
	if err := os.Remove(filepath.Join(state, spec.Running)); err != nil {
		return fmt.Errorf("forgetting the box: %w", err)
	}
	return nil
}

// end signals a process until it is gone, and gives it ten seconds for each of two signals.
func end(ctx context.Context, pid int, gone func() bool) error {
	for _, signal := range []unix.Signal{unix.SIGTERM, unix.SIGKILL} {
		if gone() {
			return nil
		}
		if err := unix.Kill(pid, signal); err != nil && !errors.Is(err, unix.ESRCH) {
			return fmt.Errorf("stopping process %d: %w", pid, err)
		}
		waiting, cancel := context.WithTimeout(ctx, 10*time.Second)
		ended := poll(waiting, gone)
		cancel()
		if ended {
			return nil
		}
	}
	return fmt.Errorf("stopping process %d: it is still there after 20 seconds", pid)
}
