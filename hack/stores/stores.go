// Package stores runs a Redis and a PostgreSQL of its own beside what is measured, from the system's packages.
package stores

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"time"

	"github.com/fairlead-dev/fairlead/hack/apt"
	"github.com/fairlead-dev/fairlead/hack/progress"
)

// patience is how long a store may take to begin to listen.
const patience = 30 * time.Second

// Stores are one Redis and one PostgreSQL. Close ends them.
type Stores struct {
	// Redis and Postgres are their URIs.
	Redis, Postgres string

	dir     string
	running []*exec.Cmd
}

// Start starts both in a folder of their own, and installs what is missing. What they say goes to log.
func Start(ctx context.Context, log io.Writer) (*Stores, error) {
	if err := install(ctx); err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "fairlead-stores-")
	if err != nil {
		return nil, fmt.Errorf("making a folder: %w", err)
	}
	s := &Stores{dir: dir}
	if err := errors.Join(s.redis(ctx, log), s.postgres(ctx, log)); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// Close ends both and removes what they wrote.
func (s *Stores) Close() {
	for _, c := range s.running {
		_ = c.Process.Signal(syscall.SIGINT)
		_ = c.Wait()
	}
	_ = os.RemoveAll(s.dir)
}

func install(ctx context.Context) error {
	var missing []string
	if _, err := exec.LookPath("redis-server"); err != nil {
		missing = append(missing, "redis-server")
	}
	if programs() == "" {
		missing = append(missing, "postgresql")
	}
	if len(missing) == 0 {
		return nil
	}
	p := progress.New(os.Stderr, 1)
	return p.Step("stores", func(step *progress.Step) error { return apt.Install(ctx, step, missing...) })
}

// programs is the folder with the newest PostgreSQL; empty where there is none.
func programs() string {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
	if len(found) == 0 {
		return ""
	}
	return filepath.Dir(slices.MaxFunc(found, func(a, b string) int { return version(a) - version(b) }))
}

func version(program string) int {
	v, _ := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(program))))
	return v
}

func (s *Stores) redis(ctx context.Context, log io.Writer) error {
	port, err := freePort(ctx)
	if err != nil {
		return err
	}
	s.Redis = "redis://127.0.0.1:" + port
	return s.run(ctx, log, nil, port, "redis-server", "--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", s.dir)
}

func (s *Stores) postgres(ctx context.Context, log io.Writer) error {
	port, err := freePort(ctx)
	if err != nil {
		return err
	}
	owner, err := s.owner()
	if err != nil {
		return err
	}
	data := filepath.Join(s.dir, "postgres")
	initdb := exec.CommandContext(ctx, filepath.Join(programs(), "initdb"), "-D", data, "-U", "fairlead", "-A", "trust", "-E", "UTF8", "--no-sync")
	initdb.Stdout, initdb.Stderr, initdb.Dir, initdb.SysProcAttr = log, log, s.dir, owner
	if err := initdb.Run(); err != nil {
		return fmt.Errorf("making a PostgreSQL cluster: %w", err)
	}
	s.Postgres = "postgres://fairlead@127.0.0.1:" + port + "/postgres?sslmode=disable"
	return s.run(ctx, log, owner, port, filepath.Join(programs(), "postgres"),
		"-D", data, "-p", port, "-k", s.dir, "-c", "listen_addresses=127.0.0.1")
}

// owner is whom PostgreSQL runs as: it refuses to be root. The folder becomes its own.
func (s *Stores) owner() (*syscall.SysProcAttr, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return nil, fmt.Errorf("finding whom PostgreSQL runs as: %w", err)
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return nil, fmt.Errorf("reading a user id: %w", err)
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		return nil, fmt.Errorf("reading a group id: %w", err)
	}
	if err := os.Chown(s.dir, int(uid), int(gid)); err != nil {
		return nil, fmt.Errorf("giving the folder away: %w", err)
	}
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}, nil
}

// run starts a server and waits until it listens.
func (s *Stores) run(ctx context.Context, log io.Writer, as *syscall.SysProcAttr, port, name string, args ...string) error {
	c := exec.CommandContext(ctx, name, args...)
	c.Stdout, c.Stderr, c.Dir, c.SysProcAttr = log, log, s.dir, as
	if err := c.Start(); err != nil {
		return fmt.Errorf("starting %s: %w", filepath.Base(name), err)
	}
	s.running = append(s.running, c)
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var dialer net.Dialer
	for {
		conn, err := dialer.DialContext(ctx, "tcp", "127.0.0.1:"+port)
		if err == nil {
			return conn.Close()
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting for %s: %w", filepath.Base(name), err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func freePort(ctx context.Context) (string, error) {
	var config net.ListenConfig
	l, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("finding a free port: %w", err)
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	return port, err
}
