package storetest

import (
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
)

// account is whom a server runs as. A nil account is the one that runs the tests.
type account struct{ uid, gid int }

// unprivileged returns the account of a name where the tests run as root, which PostgreSQL refuses to run as, and nil elsewhere.
// The test is skipped where root has no such account.
func unprivileged(t testing.TB, name string) *account {
	t.Helper()
	if os.Geteuid() != 0 {
		return nil
	}
	found, err := user.Lookup(name)
	if err != nil {
		t.Skipf("the tests run as root, and there is no account to run a server as: %v", err)
	}
	uid, uidErr := strconv.Atoi(found.Uid)
	gid, gidErr := strconv.Atoi(found.Gid)
	if uidErr != nil || gidErr != nil {
		t.Skipf("the account %s has no numeric ids: %s, %s", name, found.Uid, found.Gid)
	}
	return &account{uid: uid, gid: gid}
}

// attributes make a process run as the account, and end it when the test process dies, however it dies.
func (a *account) attributes() *syscall.SysProcAttr {
	attributes := &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if a != nil {
		attributes.Credential = &syscall.Credential{Uid: uint32(a.uid), Gid: uint32(a.gid), NoSetGroups: false}
	}
	return attributes
}

// own gives everything below dir to the account, and closes the directories to others, as PostgreSQL wants them.
func (a *account) own(dir string) error {
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if err := os.Chmod(path, 0o700); err != nil {
				return err
			}
		}
		if a == nil {
			return nil
		}
		return os.Lchown(path, a.uid, a.gid)
	})
	if err != nil {
		return fmt.Errorf("giving %s to its account: %w", dir, err)
	}
	return nil
}
