package chaos

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// refusedWithin is how soon a key is refused that has ended.
const refusedWithin = time.Second

// TestKeysFromTheFirstToTheLastSecond: a key works as soon as its maker has it, for what it may do and no more, survives the death of the
// gateway, and is refused as soon as it is deleted or has expired.
func TestKeysFromTheFirstToTheLastSecond(t *testing.T) {
	t.Parallel()
	g := newGateway(t, stack{upstream: newUpstream(t, brisk).url}.String())
	c, asked := newClients(g.url()), 0
	works := func(key, model string, want int) {
		t.Helper()
		asked++
		o := c.ask(t.Context(), question{id: fmt.Sprintf("k-%d", asked), key: key, model: model, prompt: "hello"})
		if o.status != want {
			t.Errorf("got %v, want %d", &o, want)
		}
	}
	key := g.generate(t, masterKey, `{"models":["chat"]}`)
	works(key, "chat", http.StatusOK)
	works(key, "large", http.StatusNotFound)
	g.kill()
	g.mustStart()
	works(key, "chat", http.StatusOK)
	if status, body := g.post(t, "/key/delete", masterKey, fmt.Sprintf(`{"keys":[%q]}`, key)); status != http.StatusOK {
		t.Fatalf("deleting a key: got %d %s", status, body)
	}
	works(key, "chat", http.StatusUnauthorized)
	if status, body := g.post(t, "/key/generate", keyA, `{}`); status != http.StatusForbidden {
		t.Errorf("a key made a key: got %d %s, want 403", status, body)
	}

	const lasts = 2 * time.Second
	made := time.Now()
	brief := g.generate(t, masterKey, `{"duration":"2s"}`)
	works(brief, "chat", http.StatusOK)
	pause(t, time.Until(made.Add(lasts)))
	eventually(t, "the key that has expired is refused", refusedWithin, func() bool {
		status, _, err := get(t.Context(), g.url()+"/v1/models", brief)
		return err == nil && status == http.StatusUnauthorized
	})
	g.kill()
	g.mustStart()
	works(key, "chat", http.StatusUnauthorized)
	works(brief, "chat", http.StatusUnauthorized)
	works(keyA, "chat", http.StatusOK)
}

// generate makes a key with the master key.
func (g *gateway) generate(t *testing.T, master, body string) string {
	t.Helper()
	status, text := g.post(t, "/key/generate", master, body)
	var made struct {
		Key string `json:"key"`
	}
	if err := json.Unmarshal([]byte(text), &made); err != nil || status != http.StatusOK || made.Key == "" {
		t.Fatalf("making a key: got %d %s", status, text)
	}
	return made.Key
}

func (g *gateway) post(t *testing.T, path, key, body string) (status int, text string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, g.url()+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+key)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	got, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(got)
}
