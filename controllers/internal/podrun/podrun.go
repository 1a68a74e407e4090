// Package podrun runs the containers of a rendered Pod as processes of this machine, for tests: the same commands with the same
// environment, on folders instead of volumes.
package podrun

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// patience is how long a server may take to become ready.
const patience = 60 * time.Second

// interrupted is the exit code of a container that a signal ended.
const interrupted = -1

// Pod is one Pod on this machine.
type Pod struct {
	// Address is where the server of the Pod listens, as host:port.
	Address string

	t        testing.TB
	spec     corev1.PodSpec
	owner    *owner
	replacer *strings.Replacer
	env      []string
	// terminationLog is the file that a container leaves its last words in.
	terminationLog string
	main           *exec.Cmd
	// output is a file: a pipe would be waited for until the last child of a killed server has closed it.
	output *os.File
}

// Options of a Pod.
type Options struct {
	// Volumes are the folders that volumes of the Pod are, by the names of the volumes. NewVolume makes one. Others are empty.
	Volumes map[string]string
	// Secret is the content of its volume `secret`.
	Secret map[string][]byte
	// Server is the address that the Pod reaches a server at, whatever that is called in its environment. Another Pod has it.
	Server string
	// Programs is a folder whose programs come before those of this machine; there may be none.
	Programs string
}

// New makes a Pod, with nothing running in it yet. Everything ends with the test.
func New(t testing.TB, spec corev1.PodSpec, o Options) *Pod {
	t.Helper()
	p := &Pod{t: t, spec: spec, owner: findOwner(t), Address: freeAddress(t)}
	root := NewVolume(t)
	var err error
	if p.output, err = os.Create(filepath.Join(root, "output")); err != nil {
		t.Fatal(err)
	}
	p.terminationLog = filepath.Join(root, "termination-log")
	server := o.Server
	if server == "" {
		server = p.Address
	}
	host, port, err := net.SplitHostPort(server)
	if err != nil {
		t.Fatal(err)
	}
	pairs := []string{
		"/dev/termination-log", p.terminationLog, "bind * -::*", "bind 127.0.0.1", "listen_addresses=*", "listen_addresses=127.0.0.1",
		"port 6379", "port " + port, "redis-cli ", "redis-cli -p " + port + " ",
	}
	secret := root
	for name, path := range mounts(spec) {
		dir := o.Volumes[name]
		if dir == "" {
			dir = NewVolume(t)
		}
		if name == "secret" {
			secret = dir
		}
		pairs = append(pairs, path, dir)
	}
	for _, e := range env(spec) {
		if e.Name == "PGHOST" {
			pairs = append(pairs, e.Value, host)
		}
	}
	p.replacer = strings.NewReplacer(pairs...)
	p.fill(secret, o.Secret)
	p.env = append(os.Environ(), "PATH="+strings.Join([]string{o.Programs, hurried(t), postgresBin(), os.Getenv("PATH")}, ":"), "LC_ALL=C.UTF-8")
	p.env = append(p.env, p.environment()...)
	p.env = append(p.env, "PGPORT="+port)
	t.Cleanup(func() {
		p.Kill()
		_ = p.output.Close()
	})
	return p
}

// Init runs the init container and returns its exit code and its termination message.
func (p *Pod) Init() (code int, message string) {
	p.t.Helper()
	return p.run(p.spec.InitContainers[0])
}

// Run runs the only container to its end.
func (p *Pod) Run() (code int, message string) {
	p.t.Helper()
	return p.run(p.spec.Containers[0])
}

// Start runs the init container, and starts the server and waits until it is ready.
func (p *Pod) Start() {
	p.t.Helper()
	if code, message := p.Init(); code != 0 {
		p.t.Fatalf("container init ended with %d: %s\n%s", code, message, p.Output())
	}
	p.Restart()
}

// Restart starts the server again, as a kubelet does after its container died, and waits until it is ready.
func (p *Pod) Restart() {
	p.t.Helper()
	p.Kill()
	p.main = p.command(p.spec.Containers[0])
	if err := p.main.Start(); err != nil {
		p.t.Fatal(err)
	}
	tick, late := time.NewTicker(50*time.Millisecond), time.After(patience)
	defer tick.Stop()
	for {
		err := p.Ready()
		if err == nil {
			return
		}
		select {
		case <-tick.C:
		case <-late:
			p.t.Fatalf("the server is not ready: %v\n%s", err, p.Output())
		}
	}
}

// Ready runs the readiness probe of the server.
func (p *Pod) Ready() error {
	container := p.spec.Containers[0]
	container.Command = container.ReadinessProbe.Exec.Command
	if out, err := p.prepare(container).CombinedOutput(); err != nil {
		return fmt.Errorf("probing: %w: %s", err, out)
	}
	return nil
}

// Kill ends the server at once, if it runs.
func (p *Pod) Kill() { p.end(syscall.SIGKILL) }

// Stop ends the server and lets it finish what it does.
func (p *Pod) Stop() { p.end(syscall.SIGINT) }

// Output is what the containers have said so far.
func (p *Pod) Output() string {
	p.t.Helper()
	said, err := os.ReadFile(p.output.Name())
	if err != nil {
		p.t.Fatal(err)
	}
	return string(said)
}

func (p *Pod) end(signal syscall.Signal) {
	if p.main == nil {
		return
	}
	_ = p.main.Process.Signal(signal)
	_ = p.main.Wait()
	p.main = nil
}

func (p *Pod) run(c corev1.Container) (code int, message string) {
	p.t.Helper()
	_ = os.Remove(p.terminationLog)
	err := p.command(c).Run()
	said, readErr := os.ReadFile(p.terminationLog)
	if readErr != nil && !errors.Is(readErr, os.ErrNotExist) {
		p.t.Fatal(readErr)
	}
	exit, failed := errors.AsType[*exec.ExitError](err)
	switch {
	case failed && exit.Exited():
		return exit.ExitCode(), string(said)
	case failed:
		return interrupted, string(said)
	case err != nil:
		p.t.Fatal(err)
	}
	return 0, string(said)
}

// command is a container's, with what it says kept.
func (p *Pod) command(c corev1.Container) *exec.Cmd {
	cmd := p.prepare(c)
	cmd.Stdout, cmd.Stderr = p.output, p.output
	return cmd
}

func (p *Pod) prepare(c corev1.Container) *exec.Cmd {
	args := make([]string, len(c.Command))
	for i, a := range c.Command {
		args[i] = p.replacer.Replace(a)
	}
	cmd := exec.CommandContext(context.WithoutCancel(p.t.Context()), args[0], args[1:]...)
	if path := p.find(args[0]); path != "" {
		cmd.Path, cmd.Err = path, nil
	}
	cmd.Env, cmd.Dir, cmd.SysProcAttr = p.env, filepath.Dir(p.terminationLog), p.owner.attributes()
	return cmd
}

// find looks a program up where the Pod would.
func (p *Pod) find(program string) string {
	for _, e := range p.env {
		path, ok := strings.CutPrefix(e, "PATH=")
		if !ok {
			continue
		}
		for dir := range strings.SplitSeq(path, ":") {
			if info, err := os.Stat(filepath.Join(dir, program)); dir != "" && err == nil && !info.IsDir() {
				return filepath.Join(dir, program)
			}
		}
	}
	return ""
}

func (p *Pod) environment() []string {
	var values []string
	for _, e := range env(p.spec) {
		if e.Name != "PGPORT" {
			values = append(values, e.Name+"="+p.replacer.Replace(e.Value))
		}
	}
	return values
}

// fill writes the entries of a Secret as files.
func (p *Pod) fill(dir string, entries map[string][]byte) {
	p.t.Helper()
	for name, value := range entries {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(p.replacer.Replace(string(value))), 0o600); err != nil {
			p.t.Fatal(err)
		}
		p.owner.own(p.t, path)
	}
}

func env(spec corev1.PodSpec) []corev1.EnvVar { return spec.Containers[0].Env }

// mounts are the paths that volumes of a Pod are mounted at, by the names of the volumes.
func mounts(spec corev1.PodSpec) map[string]string {
	paths := map[string]string{}
	for _, c := range append(spec.InitContainers, spec.Containers...) {
		for _, m := range c.VolumeMounts {
			paths[m.Name] = m.MountPath
		}
	}
	return paths
}

func freeAddress(t testing.TB) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	addr, ok := l.Addr().(*net.TCPAddr)
	if !ok {
		t.Fatalf("listening at %s", l.Addr())
	}
	return net.JoinHostPort("127.0.0.1", strconv.Itoa(addr.Port))
}
