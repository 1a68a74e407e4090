package render_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/fairlead-dev/fairlead/controllers/internal/podrun"
	"github.com/fairlead-dev/fairlead/controllers/render"
)

// put writes a file onto the volume of backups.
func (s *stores) put(name, content string) {
	s.t.Helper()
	if err := os.WriteFile(filepath.Join(s.backups, name), []byte(content), 0o600); err != nil {
		s.t.Fatal(err)
	}
	podrun.Own(s.t, s.backups)
}

// closed lets nobody into a folder of a volume, until the test is over.
func (s *stores) closed(dir string) {
	s.t.Helper()
	if err := os.Chmod(dir, 0); err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = os.Chmod(dir, 0o700) })
}

// TestVolumeOfBackups: on a volume are things that are nobody's backups, and names that a wrong clock has made. None keeps a backup from being
// made, and the one that was just made is never deleted in favour of them. What is newer by its name is left, too: of two backups that are made
// at once each would otherwise delete the other.
func TestVolumeOfBackups(t *testing.T) {
	s := newStores(t)
	server := s.newPostgres()
	server.Start()
	sql(t, server, fillTable)
	found := filepath.Join(s.backups, "lost+found")
	if err := os.Mkdir(found, 0o700); err != nil {
		t.Fatal(err)
	}
	s.closed(found)
	const older, oldest, newer = "postgres-19990102T000000Z.dump", "postgres-19990101T000000Z.dump", "postgres-29990101T000000Z.dump"
	others := []string{older, oldest, newer, "postgres-29990102T000000Z.dump", "postgres-before-upgrade.dump", "postgres-z.dump"}
	for _, name := range others {
		s.put(name, "x")
	}
	// Another backup, which ends meanwhile, makes find fail.
	s.pretend("find", "exit 1")
	backup := s.newBackup(server)
	if code, message := backup.Run(); code != 0 {
		t.Fatalf("the backup ended with %d: %s\n%s", code, message, backup.Output())
	}
	made := slices.DeleteFunc(s.dumps(), func(path string) bool { return slices.Contains(others, filepath.Base(path)) })
	if len(made) != 1 {
		t.Fatalf("the backup that was made is not there: %v", s.dumps())
	}
	// Two are to be kept: it, and one that is older.
	want := append([]string{older, filepath.Base(made[0])}, others[2:]...)
	if got := s.dumps(); !slices.EqualFunc(got, want, func(path, name string) bool { return filepath.Base(path) == name }) {
		t.Errorf("on the volume are %v, want %v", got, want)
	}
	server.Stop()
	for _, name := range others[2:4] {
		if err := os.Remove(filepath.Join(s.backups, name)); err != nil {
			t.Fatal(err)
		}
	}
	s.wipe()
	restored := s.newPostgres()
	restored.Start()
	if n := sql(t, restored, countRows); n != 2000 {
		t.Errorf("%d rows were restored, want 2000: another file was taken for the newest backup", n)
	}
}

// TestBackupsThatCannotBeRead: nobody knows what is on the volume, so that no database is begun and no backup is made.
func TestBackupsThatCannotBeRead(t *testing.T) {
	s := newStores(t)
	s.put("postgres-20000101T000000Z.dump", "x")
	s.closed(s.backups)
	pod := s.newPostgres()
	code, message := pod.Init()
	if code != render.ExitRestore || !strings.HasPrefix(message, "The volume of backups cannot be read") {
		t.Errorf("init ended with %d, %q\n%s", code, message, pod.Output())
	}
	if _, err := os.Stat(filepath.Join(s.data, "pgdata")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("there is a database: %v", err)
	}
	if code, message := s.newBackup(pod).Run(); code != 1 || message != "The volume of backups cannot be read." {
		t.Errorf("a backup ended with %d, %q", code, message)
	}
}

// TestServerDiesOfARestore: the reason is told also where the server that was restored into is not there to be stopped.
func TestServerDiesOfARestore(t *testing.T) {
	s := newStores(t)
	s.put("postgres-20000101T000000Z.dump", "x")
	s.pretend("pg_restore", `kill -KILL "$(head -n 1 "$PGDATA.new/postmaster.pid")"; exit 1`)
	pod := s.newPostgres()
	code, message := pod.Init()
	if want := "The backup postgres-20000101T000000Z.dump cannot be restored"; code != render.ExitRestore || !strings.HasPrefix(message, want) {
		t.Errorf("ended with %d, %q\n%s", code, message, pod.Output())
	}
}

// TestPostgresOfAVolumeOpenToItsGroup: kubelets give a volume to the group of its Pod, everything on it with it.
func TestPostgresOfAVolumeOpenToItsGroup(t *testing.T) {
	s := newStores(t)
	server := s.newPostgres()
	server.Start()
	server.Stop()
	if err := os.Chmod(filepath.Join(s.data, "pgdata"), 0o770|os.ModeSetgid); err != nil {
		t.Fatal(err)
	}
	again := s.newPostgres()
	again.Start()
	again.Stop()
}

// TestImageWithoutTheServer: an image that has no server, or one that does not say its version, is not taken for one of another version, and nothing
// is written.
func TestImageWithoutTheServer(t *testing.T) {
	for name, says := range map[string]string{"Missing": "exit 127", "OtherWords": "echo something else"} {
		t.Run(name, func(t *testing.T) {
			s := newStores(t)
			s.pretend("redis-server", says)
			if code, message := s.newRedis().Init(); code == 0 || code == render.ExitVersion || message != "" {
				t.Errorf("of Redis it ended with %d, %q", code, message)
			}
			if on := listing(t, s.data); on != "" {
				t.Errorf("on the volume is %s", on)
			}
		})
	}
	s := newStores(t)
	if err := os.Mkdir(filepath.Join(s.data, "pgdata"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(s.data, "pgdata", "PG_VERSION"), []byte("17\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	podrun.Own(t, s.data)
	s.pretend("postgres", "exit 127")
	if code, message := s.newPostgres().Init(); code != 127 || message != "" {
		t.Errorf("of PostgreSQL it ended with %d, %q", code, message)
	}
}
