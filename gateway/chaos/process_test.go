package chaos

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// startPatience is generous: a machine that runs other tests as well may take its time.
const startPatience = 2 * time.Minute

// gateway is `fairlead run` as a process, which can be killed and started again at the same address with the same state.
type gateway struct {
	t *testing.T
	// dir has the manifests, the state and the log.
	dir           string
	listen, admin string
	extra         []string
	cmd           *exec.Cmd
	ended         chan struct{}
}

// newGateway starts a gateway that serves a stack, and waits until it is ready.
func newGateway(t *testing.T, manifests string, extra ...string) *gateway {
	t.Helper()
	g := &gateway{t: t, dir: t.TempDir(), listen: freeAddress(t), admin: freeAddress(t), extra: extra}
	if err := os.WriteFile(g.manifests(), []byte(manifests), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		g.kill()
		if t.Failed() {
			t.Logf("the end of the gateway's log:\n%s", tail(g.log(), 4000))
		}
	})
	g.mustStart()
	return g
}

func (g *gateway) manifests() string { return filepath.Join(g.dir, "stack.yaml") }
func (g *gateway) stateDir() string  { return filepath.Join(g.dir, "state") }
func (g *gateway) url() string       { return "http://" + g.listen }

// mustStart starts the gateway and waits until it is ready.
func (g *gateway) mustStart() {
	g.t.Helper()
	if err := g.start(g.t.Context()); err != nil {
		g.t.Fatal(err)
	}
	if err := g.awaitReady(g.t.Context()); err != nil {
		g.t.Fatal(err)
	}
}

// start starts the process and waits for nothing.
func (g *gateway) start(ctx context.Context) error {
	log, err := os.OpenFile(filepath.Join(g.dir, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("opening the gateway's log: %w", err)
	}
	defer func() { _ = log.Close() }()
	args := append([]string{"run", "-f", g.manifests(), "--state-dir", g.stateDir(), "--listen", g.listen, "--admin", g.admin}, g.extra...)
	// The context of the test ends before its clean-up, which still has to end the process in order.
	cmd := exec.CommandContext(context.WithoutCancel(ctx), os.Args[0], args...)
	cmd.Env = append(os.Environ(), asGateway+"=1", "KUBECONFIG=", "REDIS_URL=", "FAIRLEAD_MASTER_KEY=")
	cmd.Stdout, cmd.Stderr = log, log
	// A test binary that is ended by its timeout must not leave gateways behind.
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	started, ended := make(chan error), make(chan struct{})
	go func() {
		// The kernel sends Pdeathsig when the thread that forked the process ends.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait()
		}
		close(ended)
	}()
	if err := <-started; err != nil {
		return fmt.Errorf("starting a gateway: %w", err)
	}
	g.cmd, g.ended = cmd, ended
	return nil
}

// kill is `kill -9`. It returns when the process is gone, and does nothing to one that is.
func (g *gateway) kill() {
	if g.cmd != nil {
		_ = g.cmd.Process.Kill()
		<-g.ended
	}
}

// stop is SIGTERM, and a wait for a clean end.
func (g *gateway) stop() {
	g.t.Helper()
	if err := g.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		g.t.Fatal(err)
	}
	select {
	case <-g.ended:
		if !g.cmd.ProcessState.Success() {
			g.t.Errorf("the gateway ended with %v", g.cmd.ProcessState)
		}
	case <-time.After(startPatience):
		g.t.Errorf("the gateway did not end within %v of SIGTERM", startPatience)
	}
}

var errEnded = errors.New("the gateway ended by itself")

// awaitReady waits until /readyz says ready.
func (g *gateway) awaitReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startPatience)
	defer cancel()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		if g.ready(ctx) {
			return nil
		}
		select {
		case <-tick.C:
		case <-g.ended:
			return errEnded
		case <-ctx.Done():
			return fmt.Errorf("waiting for a gateway that is ready: %w", ctx.Err())
		}
	}
}

func (g *gateway) ready(ctx context.Context) bool {
	status, _, err := get(ctx, "http://"+g.admin+"/readyz", "")
	return err == nil && status == http.StatusOK
}

// metric is the value of a series, named as /metrics does; ok is false where there is none.
func (g *gateway) metric(series string) (value float64, ok bool) {
	g.t.Helper()
	_, text, err := get(g.t.Context(), "http://"+g.admin+"/metrics", "")
	if err != nil {
		return 0, false
	}
	for line := range strings.Lines(text) {
		if figure, found := strings.CutPrefix(line, series+" "); found {
			value, err = strconv.ParseFloat(strings.TrimSpace(figure), 64)
			return value, err == nil
		}
	}
	return 0, false
}

// is says whether a metric has a value.
func (g *gateway) is(want float64, series string) bool {
	got, ok := g.metric(series)
	return ok && got == want
}

// settled says whether everything that was served is in the database.
func (g *gateway) settled() bool {
	return g.is(0, "fairlead_ledger_open_events") && g.is(0, "fairlead_ledger_backlog_events")
}

// log is what the gateway wrote, in all its lives.
func (g *gateway) log() string {
	text, err := os.ReadFile(filepath.Join(g.dir, "log"))
	if err != nil {
		return err.Error()
	}
	return string(text)
}

func tail(text string, most int) string { return text[max(len(text)-most, 0):] }

// get asks for a URL with a key, where one is given.
func get(ctx context.Context, url, key string) (status int, body string, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return 0, "", err
	}
	if key != "" {
		req.Header.Set("Authorization", "Bearer "+key)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(text), err
}

// freeAddress has a port below those that the kernel gives to outgoing connections: a gateway that was killed finds it free again.
func freeAddress(t *testing.T) string {
	t.Helper()
	const low, high = 15000, 32000
	var config net.ListenConfig
	for range 100 {
		listener, err := config.Listen(t.Context(), "tcp", fmt.Sprintf("127.0.0.1:%d", low+rand.IntN(high-low)))
		if err == nil {
			_ = listener.Close()
			return listener.Addr().String()
		}
	}
	t.Fatal("found no free port in 100 attempts")
	return ""
}
