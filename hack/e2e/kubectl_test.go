package e2e

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// kubectl runs the cluster's kubectl and returns what it printed. It may be called when the test is over.
func kubectl(t *testing.T, args ...string) string {
	t.Helper()
	return feedKubectl(t, "", args...)
}

// feedKubectl runs it with something to read.
func feedKubectl(t *testing.T, stdin string, args ...string) string {
	t.Helper()
	return run(t, stdin, os.Getenv("E2E_KUBECTL"), args...)
}

// helm runs Helm on the cluster and returns what it printed. It may be called when the test is over.
func helm(t *testing.T, args ...string) string {
	t.Helper()
	return run(t, "", os.Getenv("E2E_HELM"), args...)
}

func run(t *testing.T, stdin, program string, args ...string) string {
	t.Helper()
	c := exec.CommandContext(context.WithoutCancel(t.Context()), program, args...)
	c.Env = append(os.Environ(), "KUBECONFIG="+os.Getenv("E2E_KUBECONFIG"))
	c.Stdin = strings.NewReader(stdin)
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %q: %v: %s", program, args, err, out)
	}
	return string(out)
}
