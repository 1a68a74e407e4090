package server

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/explain"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
)

// ask asks the admin port.
func (g *gateway) ask(method, path string) (status int, body string) {
	w := httptest.NewRecorder()
	g.AdminHandler().ServeHTTP(w, httptest.NewRequestWithContext(g.t.Context(), method, path, nil))
	return w.Code, w.Body.String()
}

// explaining serves the models chat and code, of which clients are told of the first only, to the key team-a/ci.
func explaining(t *testing.T) *gateway {
	t.Helper()
	s := withKeys(v1alpha1.KeysRequired)
	chat, code := model("chat", refusing(t, "a"), refusing(t, "b")), model("code", refusing(t, "c"))
	s.Models, s.Listed = map[string]*snapshot.Model{"chat": chat, "code": code}, []*snapshot.Model{chat}
	return start(t, s)
}

func TestExplain(t *testing.T) {
	cases := map[string]struct{ query, first, key string }{
		"Master":   {"model=chat", "a", "master"},
		"KeyName":  {"model=chat&key=team-a/ci", "a", "team-a/ci"},
		"KeyID":    {"model=chat&key=" + issuedID(), "a", "team-a/ci"},
		"Targets":  {"model=chat&targets=b,a&user=ann", "b", "master"},
		"Unlisted": {"model=code", "c", "master"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			status, body := explaining(t).ask(http.MethodGet, "/admin/explain?"+c.query)
			var got explain.Explanation
			if err := json.Unmarshal([]byte(body), &got); err != nil || status != http.StatusOK {
				t.Fatalf("status %d, %v: %s", status, err, body)
			}
			if got.Targets[0].Name != c.first || got.Caller.Key != c.key || got.Verdict.Status != http.StatusOK {
				t.Errorf("want %s first for %s: %s", c.first, c.key, body)
			}
			if strings.Contains(body, upstreamAuth) || strings.Contains(body, issuedKey) {
				t.Errorf("a secret: %s", body)
			}
		})
	}
}

func TestExplainRefuses(t *testing.T) {
	cases := map[string]struct {
		query  string
		status int
		want   string
	}{
		"NoModel":      {"", 400, "'model' is missing"},
		"UnknownModel": {"model=cood", 404, "Did you mean 'code'"},
		"UnknownKey":   {"model=chat&key=team-a/nobody", 404, "no GatewayKey 'team-a/nobody'"},
		"Secret":       {"model=chat&key=" + issuedKey, 400, "Replace that key"},
		"Target":       {"model=chat&targets=x", 400, "'x'"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			status, body := explaining(t).ask(http.MethodGet, "/admin/explain?"+c.query)
			if status != c.status || !strings.Contains(body, c.want) || strings.Contains(body, issuedKey) {
				t.Errorf("status %d, want %d and %q: %s", status, c.status, c.want, body)
			}
		})
	}
}

func TestExplainBeforeThereAreRoutes(t *testing.T) {
	g := startWith(t, Options{Snapshots: &table{}})
	if status, body := g.ask(http.MethodGet, "/admin/explain?model=chat"); status != http.StatusServiceUnavailable {
		t.Errorf("status %d: %s", status, body)
	}
}

// TestExplainIsNotForClients: it names keys and targets.
func TestExplainIsNotForClients(t *testing.T) {
	g := explaining(t)
	if r := g.get("/admin/explain?model=chat"); r.StatusCode != http.StatusNotFound {
		t.Errorf("status %d on the data port", r.StatusCode)
	}
	if status, _ := g.ask(http.MethodPost, "/admin/explain?model=chat"); status != http.StatusMethodNotAllowed {
		t.Errorf("status %d to a POST", status)
	}
}
