package command

import (
	"encoding/json"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
)

// manage makes a request of LiteLLM's key management with the master key.
func manage(t *testing.T, base, path, body string) (status int, answer []byte) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, strings.TrimSuffix(base, "/v1")+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer sk-test")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if answer, err = io.ReadAll(resp.Body); err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, answer
}

// TestGeneratedKeyOutlivesTheProcess: a key that was handed out works after a restart, and until it is deleted.
func TestGeneratedKeyOutlivesTheProcess(t *testing.T) {
	url, _ := fakeUpstream(t)
	file, state := filepath.Join(t.TempDir(), "stack.yaml"), t.TempDir()
	save(t, file, stack(url, "one"))
	run := func() (*process, string) {
		return startRun(t, []string{"FAIRLEAD_MASTER_KEY=sk-test"}, "-f", file, "--state-dir", state)
	}
	p, base := run()
	status, answer := manage(t, base, "/key/generate", `{"key_alias":"ci","models":["chat"]}`)
	var made struct{ Key, Token string }
	if err := json.Unmarshal(answer, &made); err != nil || status != http.StatusOK || made.Key == "" {
		t.Fatalf("making a key: %d %s: %v", status, answer, err)
	}
	if status, body := ask(t.Context(), t, base, "chat", made.Key); status != http.StatusOK {
		t.Errorf("a new key: %d %s", status, body)
	}
	p.stop()

	p, base = run()
	if status, body := ask(t.Context(), t, base, "chat", made.Key); status != http.StatusOK {
		t.Errorf("after a restart: %d %s", status, body)
	}
	if status, answer := manage(t, base, "/key/delete", `{"keys":["`+made.Token+`"]}`); status != http.StatusOK {
		t.Errorf("deleting: %d %s", status, answer)
	}
	if status, body := ask(t.Context(), t, base, "chat", made.Key); status != http.StatusUnauthorized {
		t.Errorf("a deleted key: %d %s", status, body)
	}
	p.stop()
}
