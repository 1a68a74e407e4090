package server

import (
	"context"
	"encoding/json"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/keystore/sqlite"
	"github.com/fairlead-dev/fairlead/gateway/money"
	"github.com/fairlead-dev/fairlead/gateway/provider/protocols"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
)

// keyInput is what the table of the tests is built of besides the store's keys: the master key testKey and the GatewayKey team-a/ci.
func keyInput() snapshot.Input {
	return snapshot.Input{
		Gateway: "ai/main", Config: &v1alpha1.GatewayConfig{Revision: "sha256:c", KeysMode: v1alpha1.KeysRequired, AllowedNetworks: []v1alpha1.CIDR{"127.0.0.0/8"}},
		Credentials: map[string][]byte{
			v1alpha1.CredentialPepper: []byte(testPepper), v1alpha1.CredentialMasterKey: []byte(digestOf(testKey)),
		},
		Keys: []snapshot.GatewayKey{{Namespace: "team-a", Name: "ci", Policy: &v1alpha1.KeyPolicy{
			Revision: "sha256:k", Generation: 1, Gateway: "ai/main", Digest: v1alpha1.KeyDigest(digestOf(issuedKey)),
		}}},
	}
}

// serveKeys puts a table into service, with the models given.
func serveKeys(tb *table, in snapshot.Input, models ...*snapshot.Model) {
	s := snapshot.Build(in, tb.Load(), protocols.New())
	s.Listed, s.Models = models, map[string]*snapshot.Model{}
	for _, m := range models {
		s.Models[m.Name] = m
	}
	tb.Store(s)
}

// startWithFile serves keys that are kept in a file, as `fairlead run` does.
func startWithFile(t *testing.T, models ...*snapshot.Model) *gateway {
	t.Helper()
	store, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "keys.db"))
	if err != nil {
		t.Fatal(err)
	}
	tb := &table{}
	serveKeys(tb, keyInput(), models...)
	ctx, stop := context.WithCancel(t.Context())
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			select {
			case <-ctx.Done():
				return
			case <-store.Changed():
			}
			in := keyInput()
			in.Keys = append(in.Keys, store.Keys(in.Gateway)...)
			serveKeys(tb, in, models...)
		}
	}()
	t.Cleanup(func() {
		stop()
		<-stopped
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return startWith(t, Options{Snapshots: tb, Keys: store, Usage: func() Usage { return &usageLog{} }})
}

// KeySpend is a quarter of a dollar for every key.
func (u *usageLog) KeySpend(context.Context, string) (money.USD, error) { return 250_000_000, u.err }

// generated is what tests read of the answer of /key/generate.
type generated struct {
	Key     string   `json:"key"`
	Token   string   `json:"token"`
	TokenID string   `json:"token_id"`
	KeyName string   `json:"key_name"`
	Ignored []string `json:"ignored"`
}

// generate makes a key with the master key.
func (g *gateway) generate(body string) generated {
	g.t.Helper()
	r := g.post("/key/generate", body)
	var doc generated
	if err := json.Unmarshal([]byte(r.body), &doc); err != nil || r.StatusCode != http.StatusOK {
		g.t.Fatalf("status %d: %s: %v", r.StatusCode, r.body, err)
	}
	if !strings.HasPrefix(doc.Key, "sk-") || doc.Token == "" || doc.Token != doc.TokenID || strings.Contains(doc.KeyName, doc.Key[3:]) {
		g.t.Errorf("answer %s", r.body)
	}
	return doc
}

// as asks with another key.
func (g *gateway) as(key, method, path, body string) reply {
	g.t.Helper()
	return g.do(g.request(method, path, body, "Authorization", "Bearer "+key))
}
