package storetest

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// Disk gives the server a disk of its own, of so many megabytes; an empty cluster takes 30. The test is skipped where it may not mount
// one, which needs root.
func Disk(megabytes int) PostgresOption {
	return func(s *PostgresServer) { s.disk = megabytes }
}

// mountDisk ends with the test, after the server, which is started later.
func mountDisk(t testing.TB, dir string, megabytes int) {
	t.Helper()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%dm", megabytes)); err != nil {
		t.Skipf("mounting a disk for the server needs root: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
}

func (s *PostgresServer) filler() string { return filepath.Join(s.dir, "filler") }

// FillDisk leaves no byte free on the server's Disk.
func (s *PostgresServer) FillDisk() {
	s.t.Helper()
	if s.disk == 0 {
		s.t.Fatal("the server has no Disk of its own")
	}
	file, err := os.Create(s.filler())
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	for block := make([]byte, 4096); err == nil; {
		_, err = file.Write(block)
	}
	if !errors.Is(err, syscall.ENOSPC) {
		s.t.Fatal(err)
	}
}

// FreeDisk undoes FillDisk.
func (s *PostgresServer) FreeDisk() {
	s.t.Helper()
	if err := os.Remove(s.filler()); err != nil {
		s.t.Fatal(err)
	}
}
