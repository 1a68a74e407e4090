package render_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/internal/podrun"
	"github.com/fairlead-dev/fairlead/controllers/render"
)

// stores are the rendered Pods of a gateway's stores, and the folders that are their volumes.
type stores struct {
	t                       *testing.T
	redis, postgres, backup corev1.PodSpec
	secrets                 map[string]map[string][]byte
	data, backups           string
	// programs come before those of the machine.
	programs string
}

func newStores(t *testing.T) *stores {
	t.Helper()
	podrun.Need(t, "redis-server", "redis-cli", "postgres", "pg_restore")
	g := &v1alpha1.Gateway{}
	g.Namespace, g.Name = "ai", "main"
	g.Spec.Redis = &v1alpha1.Store{Mode: v1alpha1.StoreManaged}
	g.Spec.Postgres = &v1alpha1.Postgres{
		Store: v1alpha1.Store{Mode: v1alpha1.StoreManaged}, Backup: &v1alpha1.Backup{Schedule: "@daily", Keep: new(int32(2))},
	}
	s := &stores{t: t, secrets: map[string]map[string][]byte{}, data: podrun.NewVolume(t), backups: podrun.NewVolume(t)}
	for _, o := range render.Gateway(render.GatewayInput{
		Gateway: g, Installation: render.Installation{ClusterDomain: "cluster.local"},
		RedisPassword: render.Password{Value: "canary-redis"}, PostgresPassword: render.Password{Value: "canary-postgres"},
	}) {
		switch o := o.(type) {
		case *corev1.Secret:
			s.secrets[o.Name] = o.Data
		case *batchv1.CronJob:
			s.backup = o.Spec.JobTemplate.Spec.Template.Spec
		case *appsv1.StatefulSet:
			if o.Name == "main-redis" {
				s.redis = o.Spec.Template.Spec
			} else {
				s.postgres = o.Spec.Template.Spec
			}
		}
	}
	return s
}

func (s *stores) options(secret string) podrun.Options {
	return podrun.Options{
		Volumes: map[string]string{"data": s.data, "backup": s.backups}, Secret: s.secrets[secret], Programs: s.programs,
	}
}

func (s *stores) newRedis() *podrun.Pod { return podrun.New(s.t, s.redis, s.options("main-redis")) }

func (s *stores) newPostgres() *podrun.Pod {
	return podrun.New(s.t, s.postgres, s.options("main-postgres"))
}

// newBackup is a Pod that backs server up.
func (s *stores) newBackup(server *podrun.Pod) *podrun.Pod {
	o := s.options("main-postgres")
	o.Server = server.Address
	return podrun.New(s.t, s.backup, o)
}

// pretend puts a program before that of the machine, which prints output.
func (s *stores) pretend(program, output string) {
	s.t.Helper()
	if s.programs == "" {
		s.programs = podrun.NewVolume(s.t)
		if err := os.Chmod(s.programs, 0o755); err != nil {
			s.t.Fatal(err)
		}
	}
	script := "#!/bin/sh\n" + output + "\n"
	if err := os.WriteFile(filepath.Join(s.programs, program), []byte(script), 0o755); err != nil {
		s.t.Fatal(err)
	}
}

// wipe makes the volume of data an empty one.
func (s *stores) wipe() { s.data = podrun.NewVolume(s.t) }

// dumps lists the backups, oldest first.
func (s *stores) dumps() []string {
	s.t.Helper()
	found, err := filepath.Glob(filepath.Join(s.backups, "*.dump*"))
	if err != nil {
		s.t.Fatal(err)
	}
	return found
}

// sql executes statements and returns the number in the first row of the last one.
func sql(t *testing.T, server *podrun.Pod, statement string) int {
	t.Helper()
	c, err := pgx.Connect(t.Context(), "postgres://postgres:canary-postgres@"+server.Address+"/postgres?sslmode=disable")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(t.Context())
	results, err := c.PgConn().Exec(t.Context(), statement).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	last := results[len(results)-1]
	if len(last.Rows) == 0 {
		return 0
	}
	n, err := strconv.Atoi(string(last.Rows[0][0]))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

const (
	fillTable = "CREATE TABLE events AS SELECT i, repeat(md5(i::text), 20) AS body FROM generate_series(1, 2000) i; ALTER TABLE events ADD PRIMARY KEY (i)"
	countRows = "SELECT count(*) FROM events"
)

// TestPostgresBackupAndRestore: what was dumped is there again on an empty volume, keys and all, and backups that are too old go.
func TestPostgresBackupAndRestore(t *testing.T) {
	s := newStores(t)
	server := s.newPostgres()
	server.Start()
	sql(t, server, fillTable)
	for i := range 3 {
		backup := s.newBackup(server)
		if code, message := backup.Run(); code != 0 {
			t.Fatalf("backup %d ended with %d: %s\n%s", i, code, message, backup.Output())
		}
		if strings.Contains(backup.Output(), "canary") {
			t.Errorf("the password is in the log: %s", backup.Output())
		}
		// Names are of whole seconds; each backup is made as old as it would be.
		age(t, s, i)
	}
	if found := s.dumps(); len(found) != 2 {
		t.Errorf("expected two backups, found %v", found)
	}
	server.Stop()
	s.wipe()
	restored := s.newPostgres()
	restored.Start()
	if n := sql(t, restored, countRows); n != 2000 {
		t.Errorf("%d rows were restored, want 2000", n)
	}
	if n := sql(t, restored, "SELECT count(*) FROM pg_index WHERE indrelid = 'events'::regclass"); n != 1 {
		t.Errorf("%d indexes were restored, want 1", n)
	}
	sql(t, restored, "DELETE FROM events")
	restored.Stop()
	again := s.newPostgres()
	again.Start()
	if n := sql(t, again, countRows); n != 0 {
		t.Errorf("a database that is there was restored over: %d rows", n)
	}
}

// age makes the newest backup the i-th oldest.
func age(t *testing.T, s *stores, i int) {
	t.Helper()
	found := s.dumps()
	newest := found[len(found)-1]
	if err := os.Rename(newest, filepath.Join(s.backups, fmt.Sprintf("postgres-2000010%dT000000Z.dump", i+1))); err != nil {
		t.Fatal(err)
	}
}

// TestPostgresBackupFails: a dump that fails leaves the older ones alone, and no half of itself.
func TestPostgresBackupFails(t *testing.T) {
	s := newStores(t)
	server := s.newPostgres()
	server.Start()
	sql(t, server, fillTable)
	old := filepath.Join(s.backups, "postgres-20000101T000000Z.dump")
	left := filepath.Join(s.backups, "postgres-20000102T000000Z.dump.part")
	// In this order: a disk that is full stays full.
	for _, tc := range []struct {
		name    string
		prepare func()
		want    string
	}{
		{"NoServer", func() { server.Stop(); s.t.Cleanup(server.Restart) }, "The database could not be dumped."},
		{"Unreadable", func() { s.pretend("pg_restore", "exit 1") }, "The dump could not be read again."},
		{"DiskFull", func() { podrun.Limit(t, s.backups, 32<<10) }, "The database could not be dumped."},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s.t = t
			s.programs = ""
			tc.prepare()
			for _, path := range []string{old, old + "2.dump", left} {
				if err := os.WriteFile(path, []byte("x"), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			killed := time.Now().Add(-7 * time.Hour)
			if err := os.Chtimes(left, killed, killed); err != nil {
				t.Fatal(err)
			}
			backup := s.newBackup(server)
			if code, message := backup.Run(); code != 1 || message != tc.want {
				t.Errorf("ended with %d, %q; want %q\n%s", code, message, tc.want, backup.Output())
			}
			if found := s.dumps(); len(found) != 2 || found[0] != old {
				t.Errorf("backups are %v", found)
			}
		})
	}
}

// TestPostgresRestoreFails: a backup that is torn stops everything, and the database begins neither empty nor half.
func TestPostgresRestoreFails(t *testing.T) {
	s := newStores(t)
	server := s.newPostgres()
	server.Start()
	sql(t, server, fillTable)
	if code, message := s.newBackup(server).Run(); code != 0 {
		t.Fatal(message)
	}
	server.Stop()
	dump := s.dumps()[0]
	whole, err := os.ReadFile(dump)
	if err != nil {
		t.Fatal(err)
	}
	// The version of its format is what the two bytes after the mark say.
	newer := append([]byte("PGDMP\x01\x63"), whole[7:]...)
	for name, torn := range map[string][]byte{
		"NewerVersion": newer, "NoDump": []byte("<html>"), "HalfATable": whole[:len(whole)/2], "AlmostAll": whole[:len(whole)-40],
	} {
		t.Run(name, func(t *testing.T) {
			s.t = t
			s.wipe()
			if err := os.WriteFile(dump, torn, 0o600); err != nil {
				t.Fatal(err)
			}
			pod := s.newPostgres()
			code, message := pod.Init()
			if want := "The backup " + filepath.Base(dump) + " cannot be restored"; code != render.ExitRestore || !strings.HasPrefix(message, want) {
				t.Fatalf("ended with %d, %q\n%s", code, message, pod.Output())
			}
			if _, err := os.Stat(filepath.Join(s.data, "pgdata")); !os.IsNotExist(err) {
				t.Errorf("there is a database: %v", err)
			}
			if err := os.WriteFile(dump, whole, 0o600); err != nil {
				t.Fatal(err)
			}
			pod.Start()
			if n := sql(t, pod, countRows); n != 2000 {
				t.Errorf("%d rows after the backup was put right", n)
			}
			pod.Stop()
		})
	}
}

// TestPostgresInit: a database that was left half-made is made anew, one of another major version is refused and left alone, and
// so is what is no database.
func TestPostgresInit(t *testing.T) {
	write := func(s *stores, name, content string) {
		path := filepath.Join(s.data, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			s.t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o666); err != nil {
			s.t.Fatal(err)
		}
	}
	for name, tc := range map[string]struct {
		prepare func(*stores)
		code    int
		want    string
	}{
		"OlderData": {
			func(s *stores) {
				s.pretend("postgres", "echo 'postgres (PostgreSQL) 18.1 (Debian 18.1-1)'")
				write(s, "pgdata/PG_VERSION", "17\n")
			},
			render.ExitVersion, render.MajorVersionMessage(17, 18),
		},
		"NewerData": {
			func(s *stores) {
				s.pretend("postgres", "echo 'postgres (PostgreSQL) 17beta2'")
				write(s, "pgdata/PG_VERSION", "18\n")
			},
			render.ExitVersion, render.MajorVersionMessage(18, 17),
		},
		"SameVersion": {func(s *stores) {
			s.pretend("postgres", "echo 'postgres (PostgreSQL) 17.6'")
			write(s, "pgdata/PG_VERSION", "17\n")
		}, 0, "17"},
		"NoDatabase": {
			func(s *stores) { write(s, "pgdata/notes.txt", "x") }, render.ExitForeign,
			"The folder of the database on the volume is not empty, and holds no database. Nothing was changed.",
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStores(t)
			tc.prepare(s)
			before := listing(t, s.data)
			if code, message := s.newPostgres().Init(); code != tc.code || message != tc.want {
				t.Errorf("ended with %d, %q; want %d, %q", code, message, tc.code, tc.want)
			}
			if after := listing(t, s.data); after != before {
				t.Errorf("the volume was changed from %s to %s", before, after)
			}
		})
	}
	t.Run("Interrupted", func(t *testing.T) {
		s := newStores(t)
		write(s, "pgdata.new/base/1", "x")
		write(s, "pgdata.new/PG_VERSION", "15\n")
		podrun.Own(t, s.data)
		pod := s.newPostgres()
		pod.Start()
		if n := sql(t, pod, "SELECT 1"); n != 1 {
			t.Error("the database does not answer")
		}
		if strings.Contains(listing(t, s.data), "pgdata.new") {
			t.Error("the half-made database is still there")
		}
	})
	t.Run("DiskFull", func(t *testing.T) {
		s := newStores(t)
		podrun.Limit(t, s.data, 8<<20)
		if code, _ := s.newPostgres().Init(); code == 0 {
			t.Error("a database was made on a full disk")
		}
		if _, err := os.Stat(filepath.Join(s.data, "pgdata")); !os.IsNotExist(err) {
			t.Errorf("there is half a database: %v", err)
		}
	})
}

// listing names everything below a folder, with its size.
func listing(t *testing.T, dir string) string {
	t.Helper()
	var names strings.Builder
	err := filepath.Walk(dir, func(path string, info os.FileInfo, err error) error {
		if err == nil && !info.IsDir() {
			fmt.Fprintf(&names, "%s %d\n", strings.TrimPrefix(path, dir), info.Size())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names.String()
}

// TestRedisInit: an older server does not run on newer data, and a newer one does. A Secret that was made anew opens the server.
func TestRedisInit(t *testing.T) {
	s := newStores(t)
	pod := s.newRedis()
	pod.Start()
	pod.Stop()
	users := filepath.Join(s.data, "users.acl")
	first, err := os.ReadFile(users)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(first), "canary") {
		t.Errorf("the password is on the volume: %s", first)
	}
	for _, tc := range []struct {
		version string
		code    int
		want    string
	}{
		{"7.10.1", 0, "7.10"},
		{"7.9.0", render.ExitVersion, "The volume holds data of Redis 7.10, which Redis 7.9 of the image cannot read. Nothing was changed. " +
			"Set spec.redis.managed.image to an image of Redis 7.10 or newer."},
		{"7.10.0", 0, "7.10"},
		{"10.0.0", 0, "10.0"},
	} {
		s.pretend("redis-server", "echo 'Redis server v="+tc.version+" sha=00000000:0 malloc=jemalloc-5.3.0 bits=64 build=0'")
		if code, message := s.newRedis().Init(); code != tc.code || message != tc.want {
			t.Errorf("%s ended with %d, %q; want %d, %q", tc.version, code, message, tc.code, tc.want)
		}
	}
	s.programs = ""
	if err := os.Remove(filepath.Join(s.data, "VERSION")); err != nil {
		t.Fatal(err)
	}
	s.secrets["main-redis"]["password"] = []byte("canary-anew")
	anew := s.newRedis()
	anew.Start()
	again, err := os.ReadFile(users)
	if err != nil || string(again) == string(first) || strings.Count(string(again), "\n") != 2 {
		t.Errorf("users are %s (%v), and were %s", again, err, first)
	}
}
