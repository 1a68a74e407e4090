package e2e

import (
	"os"
	"os/exec"
	"testing"
)

// kubectl runs the cluster's kubectl and returns what it printed.
func kubectl(t *testing.T, args ...string) string {
	t.Helper()
	c := exec.CommandContext(t.Context(), os.Getenv("E2E_KUBECTL"), args...)
	c.Env = append(os.Environ(), "KUBECONFIG="+os.Getenv("E2E_KUBECONFIG"))
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("kubectl %q: %v: %s", args, err, out)
	}
	return string(out)
}
