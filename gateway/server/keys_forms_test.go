package server

import (
	"net/http"
	"testing"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/admission"
	"github.com/fairlead-dev/fairlead/gateway/limit"
)

// keyForms are the headers in which clients send their keys.
func keyForms(key string) map[string]string {
	return map[string]string{"Authorization": "Bearer " + key, "X-Api-Key": key, "X-Goog-Api-Key": key, "Api-Key": key}
}

// in asks with the key in one header only.
func (g *gateway) in(header, value, body string) reply {
	g.t.Helper()
	r := g.request(http.MethodPost, "/v1/chat/completions", body)
	r.Header.Del("Authorization")
	r.Header.Set(header, value)
	return g.do(r)
}

// TestPermissionsAndLimitsHoldForEveryHeader: a limit that looked at one header was passed by with another, CVE-2026-45339 of Open
// WebUI. One key is one caller, however it is sent: the limit counts all forms together.
func TestPermissionsAndLimitsHoldForEveryHeader(t *testing.T) {
	tb := &table{}
	in := keyInput()
	forms := keyForms(issuedKey)
	in.Keys[0].Policy.AllowedModels = []v1alpha1.ModelPattern{"chat"}
	in.Keys[0].Policy.RateLimits = []v1alpha1.RateLimit{
		{Name: "day", Per: v1alpha1.LimitPerKey, Requests: int64(len(forms)), Window: "24h"},
	}
	serveKeys(tb, in, model("chat", target(t, "a", answersChat())), model("other", target(t, "b", answersChat())))
	limits := limit.New(limit.Options{})
	g := startWith(t, Options{Snapshots: tb, Desk: admission.New(admission.Options{Limits: limits})})
	for header, value := range forms {
		if r := g.in(header, value, `{"model":"other","messages":[{"role":"user","content":"hi"}]}`); r.StatusCode != http.StatusNotFound {
			t.Errorf("%s: a model that the key may not use: %d %s", header, r.StatusCode, r.body)
		}
		if r := g.in(header, value, chatRequest); r.StatusCode != http.StatusOK {
			t.Errorf("%s: within the limit: %d %s", header, r.StatusCode, r.body)
		}
	}
	for header, value := range forms {
		if r := g.in(header, value, chatRequest); r.StatusCode != http.StatusTooManyRequests {
			t.Errorf("%s: above the limit: %d %s", header, r.StatusCode, r.body)
		}
	}
	if r := g.chat(chatRequest); r.StatusCode != http.StatusOK {
		t.Errorf("the master key shares the limit of another: %d %s", r.StatusCode, r.body)
	}
}
