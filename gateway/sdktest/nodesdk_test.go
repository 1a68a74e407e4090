package sdktest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
)

// unreachable are the codes by which npm says that there is no registry to be had.
var unreachable = regexp.MustCompile(`ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ENOTCACHED`)

// TestNode runs node/sdk.test.mjs with the official Node SDK against a gateway. It needs Node 20 and, the first time, the npm
// registry; it skips, naming the reason, where there is none.
func TestNode(t *testing.T) {
	for _, tool := range []string{"node", "npm"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("SKIP: the Node SDK is not tested: %v", err)
		}
	}
	old := exec.CommandContext(t.Context(), "node", "-e", "process.exit(+(parseInt(process.versions.node) < 20))")
	if err := old.Run(); err != nil {
		t.Skip("SKIP: the Node SDK is not tested: it needs Node 20 or later")
	}
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("node")); err != nil {
		t.Fatal(err)
	}
	if reason, err := install(t, dir); err != nil {
		t.Fatal(err)
	} else if reason != "" {
		t.Skipf("SKIP: the Node SDK is not tested: %s", reason)
	}
	testdata, err := filepath.Abs("testdata")
	if err != nil {
		t.Fatal(err)
	}
	g := start(t)
	run := exec.CommandContext(t.Context(), "node", "--test", "sdk.test.mjs")
	run.Dir = dir
	run.Env = append(os.Environ(), "GATEWAY_URL="+g.url, "GATEWAY_KEY="+key, "GATEWAY_TESTDATA=file://"+testdata+"/")
	out, err := run.CombinedOutput()
	if err != nil {
		t.Errorf("node --test: %v", err)
	}
	t.Logf("%s", out)
}

// install gets the SDK in the version of the lock file. The reason says why it cannot be had, without that being anybody's fault.
func install(t *testing.T, dir string) (reason string, err error) {
	t.Helper()
	npm := exec.CommandContext(t.Context(), "npm", "ci", "--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund")
	npm.Dir = dir
	out, err := npm.CombinedOutput()
	if _, failed := errors.AsType[*exec.ExitError](err); failed && unreachable.Match(out) {
		return "no npm registry: " + unreachable.FindString(string(out)), nil
	}
	if err != nil {
		return "", fmt.Errorf("npm ci: %w\n%s", err, out)
	}
	return "", nil
}
