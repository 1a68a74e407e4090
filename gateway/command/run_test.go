package command

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

// stack is one provider and one alias.
func stack(url, model string) string {
	return `apiVersion: fairlead.dev/v1alpha1
kind: ModelProvider
metadata: {name: up}
spec:
  type: OpenAICompatible
  endpoint: {url: "` + url + `"}
---
apiVersion: fairlead.dev/v1alpha1
kind: ModelAlias
metadata: {name: chat}
spec:
  gatewayRef: {name: main}
  targets:
  - {name: a, providerRef: {name: up}, model: ` + model + `}
`
}

func save(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path+"~", []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+"~", path); err != nil {
		t.Fatal(err)
	}
}

// banner matches the first line of `fairlead run`.
var banner = regexp.MustCompile(`^fairlead test  listening on (https?://\S+/v1)   admin (http://\S+)$`)

// startRun starts `fairlead run` on ports that are free and returns where clients find it.
func startRun(t *testing.T, env []string, args ...string) (p *process, base string) {
	t.Helper()
	p = start(t, env, append([]string{"run", "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"}, args...)...)
	m := banner.FindStringSubmatch(p.line("listening on"))
	if m == nil {
		t.Fatal("the first line is not what it should be")
	}
	return p, m[1]
}

// TestRun is a person's afternoon: start, ask, edit, ask again, make a mistake, mend it, stop.
func TestRun(t *testing.T) {
	url, goOn := fakeUpstream(t)
	dir := t.TempDir()
	file := filepath.Join(dir, "stack.yaml")
	save(t, file, stack(url, "one"))
	p, base := startRun(t, nil, "-f", dir)
	p.line("chat   up/one   ready")
	if status, body := ask(t.Context(), t, base, "chat", ""); status != http.StatusOK || !strings.Contains(body, "I am one") {
		t.Fatalf("got %d %s, want an answer of one", status, body)
	}

	save(t, file, stack(url, "two"))
	p.line("~1 alias (chat)")
	if _, body := ask(t.Context(), t, base, "chat", "any"); !strings.Contains(body, "I am two") {
		t.Errorf("got %s, want an answer of two", body)
	}

	save(t, file, strings.Replace(stack(url, "three"), "providerRef", "provider", 1))
	line := p.line("no such field")
	want := file + `:14: ModelAlias chat: spec.targets[0].provider: Forbidden: no such field (its last good version stays in service)`
	if line != want {
		t.Errorf("got  %s\nwant %s", line, want)
	}
	if _, body := ask(t.Context(), t, base, "chat", ""); !strings.Contains(body, "I am two") {
		t.Errorf("got %s, want the last good version to answer", body)
	}
	if status, body := ask(t.Context(), t, base, "chta", ""); status != http.StatusNotFound || !strings.Contains(body, "chat") {
		t.Errorf("got %d %s, want 404 that names the nearest", status, body)
	}

	// A stream that is under way when the signal comes ends as it should.
	resp := request(t.Context(), t, base, `{"model":"chat","stream":true,"messages":[{"role":"user","content":"hi"}]}`, "")
	defer func() { _ = resp.Body.Close() }()
	if _, err := io.ReadFull(resp.Body, make([]byte, 16)); err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	close(goOn)
	rest, err := io.ReadAll(resp.Body)
	if err != nil || !strings.HasSuffix(string(rest), "data: [DONE]\n\n") {
		t.Errorf("the stream ended with %q, %v", rest, err)
	}
	p.end(true)
}

func TestRunWithKeys(t *testing.T) {
	url, _ := fakeUpstream(t)
	file := filepath.Join(t.TempDir(), "stack.yaml")
	save(t, file, stack(url, "one"))
	p, base := startRun(t, []string{"FAIRLEAD_MASTER_KEY=sk-test"}, "-f", file)
	for _, tc := range []struct {
		key  string
		want int
	}{{"", http.StatusUnauthorized}, {"sk-wrong", http.StatusUnauthorized}, {"sk-test", http.StatusOK}} {
		if status, body := ask(t.Context(), t, base, "chat", tc.key); status != tc.want {
			t.Errorf("key %q: got %d %s, want %d", tc.key, status, body, tc.want)
		}
	}
	p.stop()
}

// TestRunWithAGatewayKey: a key of the manifests works without any other, until it is taken out.
func TestRunWithAGatewayKey(t *testing.T) {
	const key = "sk-team-0123456789-0123456789"
	url, _ := fakeUpstream(t)
	file := filepath.Join(t.TempDir(), "stack.yaml")
	save(t, file, stack(url, "one")+`---
apiVersion: fairlead.dev/v1alpha1
kind: GatewayKey
metadata: {name: team}
spec: {gatewayRef: {name: main}, allowedModels: [chat]}
---
apiVersion: v1
kind: Secret
metadata: {name: team}
stringData: {api-key: "${TEAM_KEY}"}
`)
	p, base := startRun(t, []string{"TEAM_KEY=" + key}, "-f", file)
	p.line("team  chat    never    works")
	for _, tc := range []struct {
		key  string
		want int
	}{{"", http.StatusUnauthorized}, {"sk-wrong", http.StatusUnauthorized}, {key, http.StatusOK}} {
		if status, body := ask(t.Context(), t, base, "chat", tc.key); status != tc.want {
			t.Errorf("key %q: got %d %s, want %d", tc.key, status, body, tc.want)
		}
	}
	save(t, file, stack(url, "one"))
	p.line("-1 key (team)")
	for _, value := range []string{"", key} {
		if status, body := ask(t.Context(), t, base, "chat", value); status != http.StatusUnauthorized {
			t.Errorf("key %q after the end of the last key: got %d %s, want 401", value, status, body)
		}
	}
	p.stop()
}

func TestRunWarnsOfAnOpenDoor(t *testing.T) {
	file := filepath.Join(t.TempDir(), "stack.yaml")
	save(t, file, "apiVersion: fairlead.dev/v1alpha1\nkind: Gateway\nmetadata: {name: main}\nspec: {keys: {mode: Optional}}\n")
	p := start(t, nil, "run", "-f", file, "--listen", "0.0.0.0:0", "--admin", "127.0.0.1:0")
	p.line("WARNING: keys are optional: whoever reaches")
	p.stop()
}

// TestCommandsSayWhatIsWrong: what was expected, what was found, and no trace of a stack.
func TestCommandsSayWhatIsWrong(t *testing.T) {
	dir := t.TempDir()
	save(t, filepath.Join(dir, "stack.yaml"), stack("http://127.0.0.1:9/v1", "one"))
	cases := map[string]struct {
		args []string
		want string
	}{
		"NoFile":       {[]string{"run"}, `fairlead: required flag(s) "filename" not set`},
		"NoSuchFile":   {[]string{"run", "-f", dir + "/none", "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"}, "none: no such file or directory"},
		"PortTaken":    {[]string{"run", "-f", dir, "--listen", "256.0.0.1:1"}, "fairlead: listening for clients (--listen):"},
		"AdminTaken":   {[]string{"run", "-f", dir, "--listen", "127.0.0.1:0", "--admin", "256.0.0.1:1"}, "fairlead: listening for probes and metrics (--admin):"},
		"Level":        {[]string{"run", "-f", dir, "--log-level", "loud"}, `expected debug, info, warn or error, found "loud"`},
		"Unprotected":  {[]string{"run", "-f", dir, "--listen", "0.0.0.0:0", "--admin", "127.0.0.1:0"}, "expected a master key for Gateway default/main, found none: set $FAIRLEAD_MASTER_KEY"},
		"StateInAFile": {[]string{"run", "-f", dir, "--state-dir", dir + "/stack.yaml"}, "fairlead: opening the state (--state-dir): making the directory:"},
		"GatewayName":  {[]string{"gateway", "--gateway", "main"}, `fairlead: reading --gateway: expected NAMESPACE/NAME, found "main"`},
		"RunGateway":   {[]string{"run", "-f", dir, "--gateway", "a/b/c"}, `fairlead: reading --gateway: expected NAMESPACE/NAME, found "a/b/c"`},
		"NoKubeconfig": {[]string{"gateway", "--gateway", "ai/main", "--kubeconfig", dir + "/none"}, "fairlead: finding the API server (--kubeconfig, or run inside a Pod):"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			p := start(t, nil, tc.args...)
			line := p.line(tc.want)
			if strings.Contains(line, "goroutine") {
				t.Error("a stack trace is in the message")
			}
			p.end(false)
		})
	}
}
