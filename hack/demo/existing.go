package demo

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"github.com/fairlead-dev/fairlead/hack/progress"
	"github.com/fairlead-dev/fairlead/hack/stack"
)

// Existing is the cluster of a kubeconfig, with the usual public images and real models.
type Existing struct {
	// Path of the kubeconfig.
	Path string
	// Program is kubectl.
	Program string
	// Create, when set, makes the cluster first.
	Create func(ctx context.Context, step *progress.Step) error

	forward *exec.Cmd
}

// Prepare makes the cluster where that was asked for, and checks that it answers.
func (e *Existing) Prepare(ctx context.Context, p *progress.Progress) error {
	if e.Create != nil {
		if err := p.Step("creating the cluster", func(s *progress.Step) error { return e.Create(ctx, s) }); err != nil {
			return err
		}
	}
	return p.Step("finding the cluster", func(step *progress.Step) error {
		out, err := Tools{Kubectl: e.Program, Kubeconfig: e.Path}.kubectl(ctx, nil, "cluster-info")
		if err != nil {
			return fmt.Errorf("no cluster answers (kubeconfig %s): %w", e.Path, err)
		}
		first, _, _ := strings.Cut(out, "\n")
		step.Note("%s", first)
		return nil
	})
}

// Kubeconfig is the path of the kubeconfig.
func (e *Existing) Kubeconfig() string { return e.Path }

// Values are those of $HELM_SET, separated by blanks; the chart's own are the public images.
func (e *Existing) Values() []string { return strings.Fields(os.Getenv("HELM_SET")) }

// Samples are the samples as they are.
func (e *Existing) Samples() string {
	if folder := os.Getenv("SAMPLES"); folder != "" {
		return folder
	}
	return "config/samples"
}

// Reach forwards a port of this machine to the gateway's Service.
func (e *Existing) Reach(ctx context.Context) (stack.Dial, error) {
	e.forward = exec.CommandContext(ctx, e.Program, "port-forward", "-n", stack.Namespace, "service/"+stack.Gateway, ":4000")
	e.forward.Env = append(os.Environ(), "KUBECONFIG="+e.Path)
	e.forward.Cancel = func() error { return e.forward.Process.Signal(syscall.SIGTERM) }
	e.forward.WaitDelay = 5 * time.Second
	out, err := e.forward.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("forwarding a port: %w", err)
	}
	if err := e.forward.Start(); err != nil {
		return nil, fmt.Errorf("forwarding a port: %w", err)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		// kubectl says: Forwarding from 127.0.0.1:41234 -> 4000
		if rest, ok := strings.CutPrefix(lines.Text(), "Forwarding from 127.0.0.1:"); ok {
			port, _, _ := strings.Cut(rest, " ")
			go drain(lines)
			return stack.Through("127.0.0.1:" + port), nil
		}
	}
	return nil, errors.Join(errors.New("forwarding a port: kubectl ended before it was ready"), e.forward.Wait())
}

// drain reads on, so that kubectl does not wait for a reader.
func drain(lines *bufio.Scanner) {
	for lines.Scan() {
	}
}

// Hints tell how to use the cluster from a shell.
func (e *Existing) Hints() []string {
	return []string{
		"  export KUBECONFIG=" + e.Path,
		"  kubectl delete -n " + stack.Namespace + " -k " + e.Samples() + " && helm uninstall -n " + systemNamespace + " fairlead   # takes it all away but the volumes",
	}
}

// Close ends the port-forward.
func (e *Existing) Close() {
	if e.forward != nil && e.forward.Process != nil {
		_ = e.forward.Process.Signal(syscall.SIGTERM)
		_ = e.forward.Wait()
	}
}
