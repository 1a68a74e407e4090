package podrun

import (
	"io/fs"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"testing"
)

// owner is whom servers run as: PostgreSQL refuses to be root. It is nil where the tests do not run as root.
type owner struct{ uid, gid int }

// findOwner skips the test where root has nobody to run a server as.
func findOwner(t testing.TB) *owner {
	t.Helper()
	if os.Geteuid() != 0 {
		return nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		t.Skipf("SKIP: the tests run as root, and there is nobody to run a server as: %v", err)
	}
	uid, uidErr := strconv.Atoi(u.Uid)
	gid, gidErr := strconv.Atoi(u.Gid)
	if uidErr != nil || gidErr != nil {
		t.Skipf("SKIP: the account postgres has no numeric ids: %s, %s", u.Uid, u.Gid)
	}
	return &owner{uid: uid, gid: gid}
}

// attributes make a process run as the owner, and end when the tests do, however these end.
func (o *owner) attributes() *syscall.SysProcAttr {
	a := &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if o != nil {
		a.Credential = &syscall.Credential{Uid: uint32(o.uid), Gid: uint32(o.gid)}
	}
	return a
}

func (o *owner) own(t testing.TB, path string) {
	t.Helper()
	if o == nil {
		return
	}
	if err := os.Lchown(path, o.uid, o.gid); err != nil {
		t.Fatal(err)
	}
}

// NewVolume makes an empty folder that a server may write to. It goes with the test.
func NewVolume(t testing.TB) string {
	t.Helper()
	dir, err := shortFolder()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	findOwner(t).own(t, dir)
	return dir
}

// shortFolder is not below the folder of a test: others may not enter that, and the path of a socket has to be short.
func shortFolder() (string, error) { return os.MkdirTemp("", "pod-") }

// Own gives everything below a folder to whom servers run as.
func Own(t testing.TB, dir string) {
	t.Helper()
	o := findOwner(t)
	err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if err == nil {
			o.own(t, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Limit makes a folder a file system of its own of so many bytes. The test is skipped where that may not be done.
func Limit(t testing.TB, dir string, bytes int64) {
	t.Helper()
	options := "size=" + strconv.FormatInt(bytes, 10) + ",mode=0777"
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, options); err != nil {
		t.Skipf("SKIP: a small disk needs the right to mount one: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
}

// Need skips the test where a program that a Pod needs is not on this machine.
func Need(t testing.TB, programs ...string) {
	t.Helper()
	for _, program := range programs {
		if _, err := os.Stat(filepath.Join(postgresBin(), program)); err == nil {
			continue
		}
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("SKIP: there is no %s", program)
		}
	}
}

// postgresBin is the folder of the newest PostgreSQL, empty where there is none. Debian keeps it off the PATH.
func postgresBin() string {
	dirs, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	slices.SortFunc(dirs, func(a, b string) int { return major(a) - major(b) })
	if len(dirs) == 0 {
		return ""
	}
	return dirs[len(dirs)-1]
}

func major(bin string) int {
	n, _ := strconv.Atoi(filepath.Base(filepath.Dir(bin)))
	return n
}

// hurried is a folder with an initdb that does not wait for the disk: what a test makes has not to outlive a loss of power.
func hurried(t testing.TB) string {
	t.Helper()
	dir := NewVolume(t)
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	script := "#!/bin/sh\nexec " + filepath.Join(postgresBin(), "initdb") + " --no-sync \"$@\"\n"
	if err := os.WriteFile(filepath.Join(dir, "initdb"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}
