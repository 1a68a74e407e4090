package demo

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// Tools are the programs that a person would type.
type Tools struct {
	// Kubectl and Helm are paths of the programs.
	Kubectl, Helm string
	// Kubeconfig that both use.
	Kubeconfig string
}

// kubectl runs kubectl with stdin, which may be nil, and returns what it printed.
func (t Tools) kubectl(ctx context.Context, stdin []byte, args ...string) (string, error) {
	return t.run(ctx, stdin, t.Kubectl, args...)
}

// helm runs helm and returns what it printed.
func (t Tools) helm(ctx context.Context, args ...string) (string, error) {
	return t.run(ctx, nil, t.Helm, args...)
}

func (t Tools) run(ctx context.Context, stdin []byte, program string, args ...string) (string, error) {
	c := exec.CommandContext(ctx, program, args...)
	c.Env = append(os.Environ(), "KUBECONFIG="+t.Kubeconfig)
	c.Stdin = bytes.NewReader(stdin)
	var out, problems bytes.Buffer
	c.Stdout, c.Stderr = &out, &problems
	if err := c.Run(); err != nil {
		return "", fmt.Errorf("running %s %s: %w: %s", program, strings.Join(args, " "), err, bytes.TrimSpace(problems.Bytes()))
	}
	return out.String(), nil
}
