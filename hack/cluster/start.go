package cluster

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"github.com/fairlead-dev/fairlead/hack/build"
	"github.com/fairlead-dev/fairlead/hack/cluster/spec"
	"github.com/fairlead-dev/fairlead/hack/progress"
)

//go:embed config
var configuration embed.FS

//go:embed coredns.yaml
var coreDNS []byte

// programs are the names by which the binary kube is called.
var programs = [...]string{
	"etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet", "kube-proxy", "kubectl", "volumes",
}

// writeState writes all that the processes of the box read: programs, configuration, credentials, and the description of the box itself.
func (c *Cluster) writeState(made parts, options Options) error {
	for _, folder := range []string{"bin", "config/cni", "kubelet", "volumes", spec.Log} {
		if err := os.MkdirAll(filepath.Join(c.state, folder), 0o755); err != nil {
			return fmt.Errorf("making the state directory: %w", err)
		}
	}
	if err := c.linkPrograms(made, options); err != nil {
		return err
	}
	err := fs.WalkDir(configuration, "config", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := configuration.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(c.state, path), content, 0o644)
	})
	if err != nil {
		return fmt.Errorf("writing the configuration: %w", err)
	}
	if err := writeCredentials(c.state, time.Now()); err != nil {
		return err
	}
	return spec.Write(c.state, spec.File, box(c.state, options.ControlPlaneOnly))
}

// linkPrograms fills the folder bin with links to what was built and to what the system has.
func (c *Cluster) linkPrograms(made parts, options Options) error {
	links := map[string]string{"box": made.box}
	for _, name := range programs {
		links[name] = made.kube
	}
	if !options.ControlPlaneOnly {
		for _, name := range []string{"containerd", "containerd-shim-runc-v2", "ctr"} {
			links[name] = filepath.Join(made.containerd, name)
		}
		runc, err := exec.LookPath("runc")
		if err != nil {
			return fmt.Errorf("looking for runc: %w", err)
		}
		links["runc"], links["cni"] = runc, networkPlugins()
	}
	for name, target := range links {
		link := c.Program(name)
		if err := os.Remove(link); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("removing an old link: %w", err)
		}
		if err := os.Symlink(target, link); err != nil {
			return fmt.Errorf("linking %s: %w", name, err)
		}
	}
	return nil
}

// start starts the box and waits until the API server is ready. A box that ends before that is an error that shows its log.
func (c *Cluster) start(ctx context.Context, step *progress.Step, options Options) error {
	listener, err := listen(options.Port)
	if err != nil {
		return err
	}
	defer listener.Close()
	port := listener.Addr().(*net.TCPAddr).Port
	step.Note("https://127.0.0.1:%d", port)
	if err := c.writeKubeconfig(port); err != nil {
		return err
	}
	ended, err := c.startBox(ctx, listener)
	if err != nil {
		return err
	}
	ready, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	client, err := c.httpClient()
	if err != nil {
		return err
	}
	for !answers(ready, client, fmt.Sprintf("https://127.0.0.1:%d/readyz", port)) {
		select {
		case err := <-ended:
			return fmt.Errorf("starting the box: %w\n%s", err, c.tail("box", 10))
		case <-ready.Done():
			return fmt.Errorf("waiting for the API server: %w\n%s", ready.Err(), c.tail("kube-apiserver", 10))
		case <-time.After(50 * time.Millisecond):
		}
	}
	return nil
}

// writeKubeconfig writes the kubeconfig for use on the host.
func (c *Cluster) writeKubeconfig(port int) error {
	content, err := adminKubeconfig(c.state, port)
	if err != nil {
		return err
	}
	if err := os.WriteFile(c.Kubeconfig(), content, 0o600); err != nil {
		return fmt.Errorf("writing the kubeconfig: %w", err)
	}
	return nil
}

// startBox starts the program that holds the cluster, in a session of its own so that it outlives this one, and hands it the listener.
func (c *Cluster) startBox(ctx context.Context, listener *net.TCPListener) (ended <-chan error, err error) {
	socket, err := listener.File()
	if err != nil {
		return nil, fmt.Errorf("handing over the listener: %w", err)
	}
	defer socket.Close()
	log, err := os.Create(filepath.Join(c.state, spec.Log, "box.log"))
	if err != nil {
		return nil, fmt.Errorf("making the log of the box: %w", err)
	}
	defer log.Close()
	command := exec.CommandContext(context.WithoutCancel(ctx), c.Program("box"), "host", c.state)
	command.Dir = c.state
	command.Stdout, command.Stderr, command.ExtraFiles = log, log, []*os.File{socket}
	command.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := command.Start(); err != nil {
		return nil, fmt.Errorf("starting the box: %w", err)
	}
	over := make(chan error, 1)
	go func() { over <- errors.Join(errors.New("the box has ended"), command.Wait()) }()
	return over, nil
}

// listen opens the port for the API server on the loopback interface; see Options.Port.
func listen(port int) (*net.TCPListener, error) {
	address := &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port}
	if port == 0 {
		address.Port = DefaultPort
	}
	listener, err := net.ListenTCP("tcp", address)
	if port == 0 && errors.Is(err, syscall.EADDRINUSE) {
		address.Port = 0
		listener, err = net.ListenTCP("tcp", address)
	}
	if err != nil {
		return nil, fmt.Errorf("opening a port for the API server: %w", err)
	}
	return listener, nil
}

// httpClient returns a client that trusts the cluster's authority and is nobody.
func (c *Cluster) httpClient() (*http.Client, error) {
	authority, err := os.ReadFile(filepath.Join(c.state, "pki", "ca.crt"))
	if err != nil {
		return nil, fmt.Errorf("reading the authority: %w", err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(authority)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, DisableKeepAlives: true}
	return &http.Client{Transport: transport, Timeout: 5 * time.Second}, nil
}

// answers reports whether a URL answers 200.
func answers(ctx context.Context, client *http.Client, url string) bool {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return false
	}
	response, err := client.Do(request)
	if err != nil {
		return false
	}
	response.Body.Close()
	return response.StatusCode == http.StatusOK
}

// run runs a command and makes its output part of the error.
func (c *Cluster) run(command *exec.Cmd, stdin []byte) error {
	if stdin != nil {
		command.Stdin = bytes.NewReader(stdin)
	}
	if out, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("running %s: %w: %s", filepath.Base(command.Path), err, bytes.TrimSpace(out))
	}
	return nil
}

// tail returns the last lines of the log of a process.
func (c *Cluster) tail(name string, lines int) string {
	return build.Tail(filepath.Join(c.state, spec.Log, name+".log"), lines)
}
