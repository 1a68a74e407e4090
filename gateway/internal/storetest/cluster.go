package storetest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// postgresBin is the directory of the newest PostgreSQL's programs, empty where there is none. Debian keeps them off the PATH.
func postgresBin() string {
	dirs, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	slices.SortFunc(dirs, func(a, b string) int { return majorVersion(b) - majorVersion(a) })
	for _, dir := range dirs {
		if _, err := os.Stat(filepath.Join(dir, "initdb")); err == nil {
			return dir
		}
	}
	path, err := exec.LookPath("initdb")
	if err != nil {
		return ""
	}
	return filepath.Dir(path)
}

func majorVersion(bin string) int {
	major, _ := strconv.Atoi(filepath.Base(filepath.Dir(bin)))
	return major
}

func (s *PostgresServer) dataDir() string { return filepath.Join(s.dir, "data") }

// newCluster makes a directory with an empty cluster, and removes it with the test. It is not below t.TempDir(), whose parents
// another account may not enter.
func (s *PostgresServer) newCluster() string {
	s.t.Helper()
	dir, err := os.MkdirTemp("", "fairlead-postgres-")
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if s.disk > 0 {
		mountDisk(s.t, dir, s.disk)
	}
	if err := s.fillCluster(filepath.Join(dir, "data")); err != nil {
		s.t.Fatal(err)
	}
	if err := s.owner.own(dir); err != nil {
		s.t.Fatal(err)
	}
	return dir
}

// fillCluster copies a cluster that initdb made once, because initdb takes most of a second. Where the copy cannot be kept, initdb
// is run for this test alone.
func (s *PostgresServer) fillCluster(data string) error {
	template, err := s.templateDir()
	if err != nil {
		return s.initdb(data)
	}
	if _, err := os.Stat(template); err != nil {
		if err := s.makeTemplate(template); err != nil {
			return err
		}
	}
	if err := os.CopyFS(data, os.DirFS(template)); err != nil {
		return fmt.Errorf("copying the cluster %s: %w", template, err)
	}
	return nil
}

// templateDir is named after what the cluster depends on: the version of PostgreSQL and the arguments.
func (s *PostgresServer) templateDir() (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("looking for a cache directory: %w", err)
	}
	version, err := exec.CommandContext(s.t.Context(), filepath.Join(s.bin, "postgres"), "--version").Output()
	if err != nil {
		return "", fmt.Errorf("asking PostgreSQL for its version: %w", err)
	}
	sum := sha256.Sum256([]byte(string(version) + strings.Join(initdbArguments(), " ") + postgresPassword))
	return filepath.Join(cache, "fairlead-test", "postgres-"+hex.EncodeToString(sum[:8])), nil
}

// makeTemplate appears at once or not at all: several test processes may do the same at a time.
func (s *PostgresServer) makeTemplate(template string) error {
	work, err := os.MkdirTemp("", "fairlead-initdb-")
	if err != nil {
		return fmt.Errorf("making a directory for initdb: %w", err)
	}
	defer func() { _ = os.RemoveAll(work) }()
	data := filepath.Join(work, "data")
	if err := s.initdb(data); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(template), 0o700); err != nil {
		return fmt.Errorf("making the directory of templates: %w", err)
	}
	staged, err := os.MkdirTemp(filepath.Dir(template), "staged-")
	if err != nil {
		return fmt.Errorf("making the directory of a template: %w", err)
	}
	defer func() { _ = os.RemoveAll(staged) }()
	if err := os.CopyFS(filepath.Join(staged, "data"), os.DirFS(data)); err != nil {
		return fmt.Errorf("copying the cluster: %w", err)
	}
	if err := os.Rename(filepath.Join(staged, "data"), template); err != nil && !os.IsExist(err) {
		return fmt.Errorf("putting the template in place: %w", err)
	}
	return nil
}

func initdbArguments() []string {
	return []string{
		"--no-sync", "--username=" + postgresUser, "--auth-local=trust", "--auth-host=scram-sha-256", "--locale=C", "--encoding=UTF8",
		"--wal-segsize=4",
	}
}

func (s *PostgresServer) initdb(data string) error {
	parent := filepath.Dir(data)
	password := filepath.Join(parent, "password")
	if err := os.WriteFile(password, []byte(postgresPassword), 0o600); err != nil {
		return fmt.Errorf("writing the password for initdb: %w", err)
	}
	if err := s.owner.own(parent); err != nil {
		return err
	}
	arguments := append(initdbArguments(), "--pwfile="+password, "--pgdata="+data)
	cmd := exec.CommandContext(context.WithoutCancel(s.t.Context()), filepath.Join(s.bin, "initdb"), arguments...)
	cmd.Dir, cmd.SysProcAttr = parent, s.owner.attributes()
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("running initdb: %w\n%s", err, out)
	}
	return nil
}
