package server

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
)

func TestModels(t *testing.T) {
	named := model("qwen2.5/coder:1.5b", refusing(t, "a"))
	hidden := model("secret", refusing(t, "b"))
	s := routes(named, hidden)
	s.Listed = s.Listed[:1]
	g := start(t, s)
	const entry = `{"id":"qwen2.5/coder:1.5b","object":"model","created":1700000000,"owned_by":"fairlead"}`
	for path, want := range map[string]string{
		"/v1/models": `{"object":"list","data":[` + entry + `]}`, "/models": `{"object":"list","data":[` + entry + `]}`,
		"/v1//models": `{"object":"list","data":[` + entry + `]}`, "//models/": `{"object":"list","data":[` + entry + `]}`,
		"/v1/models/qwen2.5/coder:1.5b": entry, "/models/qwen2.5%2Fcoder:1.5b": entry,
		"/v1/models/secret": `{"id":"secret","object":"model","created":1700000000,"owned_by":"fairlead"}`,
	} {
		r := g.do(g.request(http.MethodGet, path, ""))
		if r.StatusCode != http.StatusOK || r.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s: status %d", path, r.StatusCode)
		}
		if diff := cmp.Diff(want, r.body); diff != "" {
			t.Errorf("%s (-want +got):\n%s", path, diff)
		}
	}
}

func TestModelsFollowTheSnapshot(t *testing.T) {
	tb := &table{}
	tb.Store(routes(model("old", refusing(t, "a"))))
	g := startWith(t, Options{Snapshots: tb})
	first := g.do(g.request(http.MethodGet, "/v1/models", "")).body
	tb.Store(routes())
	second := g.do(g.request(http.MethodGet, "/v1/models", "")).body
	if first == second || second != `{"object":"list","data":[]}` {
		t.Errorf("first %s, second %s", first, second)
	}
}

func TestHealth(t *testing.T) {
	good, bad, pulling, untried := target(t, "good", answersChat()), refusing(t, "bad"), refusing(t, "pulling"), refusing(t, "untried")
	pulling.Unavailable = "pulling 53 %"
	g := start(t, routes(model("a", good), model("b", bad), model("c", pulling, untried)))
	g.post("/v1/chat/completions", `{"model":"a","messages":[{}]}`)
	g.post("/v1/chat/completions", `{"model":"b","messages":[{}]}`)
	r := g.do(g.request(http.MethodGet, "/health", ""))
	var got healthReport
	if err := json.Unmarshal([]byte(r.body), &got); err != nil || r.StatusCode != http.StatusOK {
		t.Fatalf("status %d %s: %v", r.StatusCode, r.body, err)
	}
	for _, e := range [][]endpoint{got.Healthy, got.Unhealthy} {
		for i := range e {
			e[i].LastSeen = nil
		}
	}
	want := healthReport{
		Healthy: []endpoint{
			{Model: "a", Target: "good", Provider: "ai/good", UpstreamModel: "upstream-good", LastOutcome: "answered"},
			{Model: "c", Target: "untried", Provider: "ai/untried", UpstreamModel: "upstream-untried"},
		},
		Unhealthy: []endpoint{
			{Model: "b", Target: "bad", Provider: "ai/bad", UpstreamModel: "upstream-bad", LastOutcome: "unreachable", Error: "the last attempt ended with unreachable"},
			{Model: "c", Target: "pulling", Provider: "ai/pulling", UpstreamModel: "upstream-pulling", Error: "pulling 53 %"},
		},
		HealthyCount: 2, UnhealthyCount: 2,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if strings.Contains(g.scrape(), `fairlead_target="untried"`) {
		t.Error("asking for health made series of a target that was never tried")
	}
}

// TestMetricsForgetWhatIsNotRouted: targets change their names as releases come and go.
func TestMetricsForgetWhatIsNotRouted(t *testing.T) {
	tb := &table{}
	tb.Store(routes(model("chat", target(t, "v1", answersChat())), model("gone", target(t, "v1", answersChat()))))
	g := startWith(t, Options{Snapshots: tb})
	g.chat(chatRequest)
	g.chat(`{"model":"gone","messages":[{}]}`)
	tb.Store(routes(model("chat", target(t, "v2", answersChat()))))
	g.chat(chatRequest)
	all := g.scrape()
	if strings.Contains(all, `"gone"`) || strings.Contains(all, `fairlead_target="v1"`) || !strings.Contains(all, `fairlead_target="v2"`) {
		t.Errorf("metrics:\n%s", all)
	}
}

// TestListsShowWhatTheKeyMayUse: a model that a key may not use is not there for it, in any protocol.
func TestListsShowWhatTheKeyMayUse(t *testing.T) {
	open, closed, hidden := model("open", refusing(t, "a")), model("closed", refusing(t, "b")), model("hidden", refusing(t, "c"))
	selected := model("selected", refusing(t, "d"))
	wild := model("team-a/*", refusing(t, "e"))
	var err error
	if selected.AllowedKeys, err = labels.Parse("team=b"); err != nil {
		t.Fatal(err)
	}
	tb := &table{}
	in := keyInput()
	in.Keys[0].Policy.AllowedModels = []v1alpha1.ModelPattern{"open", "hidden", "selected", "team-a/x"}
	serveKeys(tb, in, open, closed, selected)
	tb.Load().Models["hidden"], tb.Load().Models["team-a/*"] = hidden, wild
	tb.Load().Wild = []*snapshot.Model{wild}
	g := startWith(t, Options{Snapshots: tb})
	for path, c := range map[string]struct{ key, want, without string }{
		"/v1/models":               {issuedKey, `"open"`, `closed`},
		"/v1/models?":              {issuedKey, `"open"`, `selected`},
		"/health":                  {issuedKey, `"open"`, `closed`},
		"/health?":                 {issuedKey, `"hidden"`, `selected`},
		"/api/tags":                {issuedKey, `"open"`, `closed`},
		"/v1beta/models":           {issuedKey, `models/open"`, `closed`},
		"/v1//models":              {testKey, `"closed"`, `hidden`},
		"/models":                  {testKey, `"selected"`, `team-a`},
		"/v1/models/open":          {issuedKey, `"open"`, `model_not_found`},
		"/v1/models/hidden":        {issuedKey, `"hidden"`, `model_not_found`},
		"/v1/models/closed":        {issuedKey, `model_not_found`, `created`},
		"/v1/models/selected":      {issuedKey, `model_not_found`, `created`},
		"/v1/models/team-a/x":      {issuedKey, `"team-a/x"`, `model_not_found`},
		"/v1/models/team-a/y":      {issuedKey, `model_not_found`, `created`},
		"/v1/models/team-a%2Fy":    {testKey, `"team-a/y"`, `model_not_found`},
		"/v1/models/open%3Alatest": {issuedKey, `model_not_found`, `created`},
	} {
		r := g.as(c.key, http.MethodGet, path, "")
		if !strings.Contains(r.body, c.want) || strings.Contains(r.body, c.without) {
			t.Errorf("%s: %d %s, want %s and no %s", path, r.StatusCode, r.body, c.want, c.without)
		}
	}
	if r := g.as(issuedKey, http.MethodPost, "/api/show", `{"model":"closed:latest"}`); r.StatusCode != http.StatusNotFound {
		t.Errorf("/api/show: %d %s", r.StatusCode, r.body)
	}
	if r := g.as(issuedKey, http.MethodPost, "/api/show", `{"model":"open:latest"}`); r.StatusCode != http.StatusOK {
		t.Errorf("/api/show: %d %s", r.StatusCode, r.body)
	}
}
