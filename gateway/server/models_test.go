package server

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
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
