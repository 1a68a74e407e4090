package storetest

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	postgresUser     = "fairlead"
	postgresPassword = "correct-horse-battery-staple"
	postgresDatabase = "postgres"
	// startTimeout is generous: a server that recovers from kill -9 on a busy machine takes seconds.
	startTimeout = 60 * time.Second
)

// PostgresServer is a PostgreSQL of the test's own, with a cluster of its own.
type PostgresServer struct {
	t        testing.TB
	bin, dir string
	owner    *account
	address  address
	settings []string
	disk     int
	process  *process
}

// PostgresOption is a setting of the server.
type PostgresOption func(*PostgresServer)

// Setting is a line of postgresql.conf.
func Setting(name, value string) PostgresOption {
	return func(s *PostgresServer) { s.settings = append(s.settings, "-c", name+"="+value) }
}

// Durable makes the server flush to the disk as in production. Without it a server is quicker, and loses nothing to kill -9
// either, because the kernel has what was committed; it would lose to a power failure only.
func Durable() PostgresOption {
	return func(s *PostgresServer) {
		Setting("fsync", "on")(s)
		Setting("full_page_writes", "on")(s)
	}
}

// Postgres starts a PostgreSQL, the newest that is installed, and ends it with the test. The test is skipped where there is none.
func Postgres(t testing.TB, options ...PostgresOption) *PostgresServer {
	t.Helper()
	bin := postgresBin()
	if bin == "" {
		t.Skip("PostgreSQL is not installed: neither in /usr/lib/postgresql/*/bin nor on the PATH")
	}
	s := &PostgresServer{t: t, bin: bin, owner: unprivileged(t, "postgres"), address: freeAddress(t)}
	s.settings = []string{"-c", "fsync=off", "-c", "full_page_writes=off"}
	for _, o := range options {
		o(s)
	}
	s.dir = s.newCluster()
	s.Start()
	t.Cleanup(s.Kill)
	return s
}

// URI by which a client connects as a superuser.
func (s *PostgresServer) URI() string { return s.uri(s.address.String(), postgresDatabase) }

// URIAt is URI by way of another address, such as a Link's.
func (s *PostgresServer) URIAt(address string) string { return s.uri(address, postgresDatabase) }

// Address is the server's host and port.
func (s *PostgresServer) Address() string { return s.address.String() }

// NewDatabase makes an empty database and returns its URI.
func (s *PostgresServer) NewDatabase(t testing.TB, name string) string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), s.URI())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(t.Context())) }()
	if _, err := conn.Exec(t.Context(), "CREATE DATABASE "+pgx.Identifier{name}.Sanitize()); err != nil {
		t.Fatal(err)
	}
	return s.uri(s.address.String(), name)
}

func (s *PostgresServer) uri(address, database string) string {
	u := url.URL{
		Scheme: "postgres", User: url.UserPassword(postgresUser, postgresPassword), Host: address, Path: database,
		RawQuery: "sslmode=disable",
	}
	return u.String()
}

// Start starts a server that was killed or shut down, at the same address, and waits until it answers.
func (s *PostgresServer) Start() {
	s.t.Helper()
	log, err := os.OpenFile(filepath.Join(s.dir, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = log.Close() }()
	arguments := append([]string{
		"-D", s.dataDir(), "-k", s.dir, "-p", strconv.Itoa(s.address.port), "-c", "listen_addresses=" + s.address.host,
	}, s.settings...)
	cmd := exec.CommandContext(context.WithoutCancel(s.t.Context()), filepath.Join(s.bin, "postgres"), arguments...)
	cmd.Dir, cmd.Stdout, cmd.Stderr, cmd.SysProcAttr = s.dir, log, log, s.owner.attributes()
	if s.process, err = startProcess(cmd); err != nil {
		s.t.Fatalf("starting PostgreSQL: %v", err)
	}
	s.await()
}

// await returns when the server answers, and fails the test when it ended or takes too long.
func (s *PostgresServer) await() {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), startTimeout)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		err := s.ping(ctx)
		if err == nil {
			return
		}
		select {
		case <-tick.C:
		case <-s.process.ended:
			s.t.Fatalf("PostgreSQL ended: %v\n%s", s.process.err, s.log())
		case <-ctx.Done():
			s.t.Fatalf("PostgreSQL does not answer: %v\n%s", err, s.log())
		}
	}
}

func (s *PostgresServer) ping(ctx context.Context) error {
	conn, err := pgx.Connect(ctx, s.URI())
	if err != nil {
		return fmt.Errorf("connecting to PostgreSQL: %w", err)
	}
	return conn.Close(ctx)
}

// log is what the server wrote.
func (s *PostgresServer) log() string {
	text, err := os.ReadFile(filepath.Join(s.dir, "log"))
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// Stop freezes the server and all its processes: connections stay open, nothing answers.
func (s *PostgresServer) Stop() { s.process.signalTree(syscall.SIGSTOP) }

// Continue ends Stop.
func (s *PostgresServer) Continue() { s.process.signalTree(syscall.SIGCONT) }

// Kill ends the server and all its processes by SIGKILL and returns when they are gone. It does nothing to one that has ended.
func (s *PostgresServer) Kill() { s.process.kill() }

// Shutdown ends the server in order, and cuts its connections (`pg_ctl stop -m fast`).
func (s *PostgresServer) Shutdown() {
	s.process.signal(syscall.SIGINT)
	<-s.process.ended
}
