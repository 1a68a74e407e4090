//go:build unix

package storetest

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// redisStart is how long a Redis server may take to start.
const redisStart = 20 * time.Second

// RedisServer is a Redis server of one test. Its methods end the test where they do not work.
type RedisServer struct {
	t    testing.TB
	dir  string
	port int
	args []string
	// authority signed the server's certificate; nil where it does not speak TLS.
	authority *Authority
	cmd       *exec.Cmd
}

// Redis starts redis-server without persistence. args are added to its command line, and win over what is set here:
// "--appendonly", "yes". It is killed at the end of the test. Where redis-server is not installed, the test is skipped.
func Redis(t testing.TB, args ...string) *RedisServer {
	t.Helper()
	return startRedis(t, nil, args)
}

func startRedis(t testing.TB, a *Authority, args []string) *RedisServer {
	t.Helper()
	if _, err := exec.LookPath("redis-server"); err != nil {
		t.Skipf("this test needs redis-server (apt-get install redis-server): %v", err)
	}
	s := &RedisServer{t: t, dir: t.TempDir(), port: freePort(t), args: args, authority: a}
	t.Cleanup(s.end)
	s.Start()
	return s
}

// freePort is a port that nothing listened on a moment ago.
func freePort(t testing.TB) int {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

func portText(port int) string { return strconv.Itoa(port) }

// Addr is the host and port that the server listens on, always the same.
func (s *RedisServer) Addr() string { return net.JoinHostPort("127.0.0.1", portText(s.port)) }

// URI is where a client finds the server: `redis://127.0.0.1:12345/0`, or rediss:// where it speaks TLS.
func (s *RedisServer) URI() string {
	if s.authority != nil {
		return "rediss://" + s.Addr() + "/0"
	}
	return "redis://" + s.Addr() + "/0"
}

// Start starts the server, after Kill too, and returns when it accepts connections. Without persistence it is empty.
func (s *RedisServer) Start() {
	s.t.Helper()
	args := append([]string{
		"--port", portText(s.port), "--bind", "127.0.0.1", "--dir", s.dir, "--save", "", "--appendonly", "no",
	}, append(s.tlsArgs(), s.args...)...)
	// The context of the test would kill the server before the functions given to Cleanup are called, which may need it.
	s.cmd = exec.CommandContext(context.WithoutCancel(s.t.Context()), "redis-server", args...)
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		s.t.Fatalf("starting redis-server: %v", err)
	}
	if err := awaitReady(out); err != nil {
		s.t.Fatal(err)
	}
}

// awaitReady reads the log of a starting server up to the line that says that it is ready; the rest is thrown away.
func awaitReady(log io.Reader) error {
	ready := make(chan error, 1)
	go func() {
		var lines strings.Builder
		for sc := bufio.NewScanner(log); sc.Scan(); {
			lines.WriteString(sc.Text() + "\n")
			if strings.Contains(sc.Text(), "Ready to accept connections") {
				ready <- nil
				_, _ = io.Copy(io.Discard, log)
				return
			}
		}
		ready <- fmt.Errorf("redis-server ended while it started:\n%s", &lines)
	}()
	select {
	case err := <-ready:
		return err
	case <-time.After(redisStart):
		return fmt.Errorf("redis-server was not ready within %v", redisStart)
	}
}

// Stop makes the server hang: connections stay open, new ones are accepted by the kernel, and nothing is answered.
func (s *RedisServer) Stop() { s.signal(syscall.SIGSTOP) }

// Continue ends what Stop began. The server answers what it was asked meanwhile.
func (s *RedisServer) Continue() { s.signal(syscall.SIGCONT) }

func (s *RedisServer) signal(sig syscall.Signal) {
	s.t.Helper()
	if err := s.cmd.Process.Signal(sig); err != nil {
		s.t.Fatalf("sending %v to redis-server: %v", sig, err)
	}
}

// Kill ends the server at once, and returns when it is gone. Connections are refused until Start.
func (s *RedisServer) Kill() {
	s.t.Helper()
	s.signal(syscall.SIGKILL)
	_ = s.cmd.Wait()
}

// FlushAll empties the server.
func (s *RedisServer) FlushAll() {
	s.t.Helper()
	c := s.Client()
	if err := c.FlushAll(s.t.Context()).Err(); err != nil {
		s.t.Fatal(err)
	}
}

// Client is a connection of the test's own, to look at what the server holds. It is closed at the end of the test.
func (s *RedisServer) Client() *redis.Client {
	s.t.Helper()
	o, err := redis.ParseURL(s.URI())
	if err != nil {
		s.t.Fatal(err)
	}
	if s.authority != nil {
		o.TLSConfig = s.authority.trusting()
	}
	c := redis.NewClient(o)
	s.t.Cleanup(func() { _ = c.Close() })
	return c
}

// end kills the server where it still runs.
func (s *RedisServer) end() {
	if s.cmd != nil && s.cmd.ProcessState == nil && s.cmd.Process != nil {
		_ = s.cmd.Process.Kill()
		_ = s.cmd.Wait()
	}
}
