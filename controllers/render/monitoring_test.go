package render_test

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/render"
)

// rule is one alert of a PrometheusRule.
type rule struct {
	Alert, Expr, For    string
	Labels, Annotations map[string]string
}

// watched renders the case of everything that can be watched.
func watched(t *testing.T) (rules []rule, expressions []string) {
	t.Helper()
	const name = "gateway-exposed"
	for _, o := range renderFile(t, "testdata/"+name+"/in.yaml", name) {
		switch o := o.(type) {
		case *unstructured.Unstructured:
			if o.GetKind() == "PrometheusRule" {
				rules = rulesOf(t, o)
			}
		case *corev1.ConfigMap:
			for _, board := range o.Data {
				expressions = append(expressions, dashboardExpressions(t, board)...)
			}
		}
	}
	if len(rules) == 0 || len(expressions) == 0 {
		t.Fatalf("%d alerts and %d expressions of a dashboard were rendered", len(rules), len(expressions))
	}
	for _, r := range rules {
		expressions = append(expressions, r.Expr)
	}
	return rules, expressions
}

func rulesOf(t *testing.T, o *unstructured.Unstructured) []rule {
	t.Helper()
	var content struct {
		Spec struct{ Groups []struct{ Rules []rule } }
	}
	encoded, err := yaml.Marshal(o.Object)
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(encoded, &content); err != nil {
		t.Fatal(err)
	}
	return content.Spec.Groups[0].Rules
}

func dashboardExpressions(t *testing.T, board string) []string {
	t.Helper()
	var content struct {
		UID    string
		Panels []struct {
			ID      int
			Title   string
			GridPos struct{ X, Y, W, H int }
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal([]byte(board), &content); err != nil {
		t.Fatal(err)
	}
	if len(content.UID) > 40 {
		t.Errorf("Grafana takes no uid of more than 40 characters: %q", content.UID)
	}
	var expressions []string
	ids, places := map[int]bool{}, map[[2]int]string{}
	for _, p := range content.Panels {
		at := [2]int{p.GridPos.X, p.GridPos.Y}
		if ids[p.ID] || places[at] != "" || p.GridPos.X+p.GridPos.W > 24 {
			t.Errorf("panel %d %q is where %q is, or beyond the grid", p.ID, p.Title, places[at])
		}
		ids[p.ID], places[at] = true, p.Title
		for _, q := range p.Targets {
			expressions = append(expressions, q.Expr)
		}
	}
	return expressions
}

var metricName = regexp.MustCompile(`\b(fairlead|gen_ai|process)_[a-z0-9_]+\b`)

// TestEveryMetricExists: no alert and no panel waits for a metric that no gateway exports. The list is written by a test of the gateway.
func TestEveryMetricExists(t *testing.T) {
	list, err := os.ReadFile("../../gateway/command/testdata/metrics.txt")
	if err != nil {
		t.Fatal(err)
	}
	exported := strings.Fields(string(list))
	_, expressions := watched(t)
	for _, e := range expressions {
		for _, metric := range metricName.FindAllString(withoutLabels(e), -1) {
			for _, suffix := range []string{"_bucket", "_count", "_sum"} {
				if base, found := strings.CutSuffix(metric, suffix); found && slices.Contains(exported, base) {
					metric = base
				}
			}
			if !slices.Contains(exported, metric) {
				t.Errorf("%s asks for %s, which no gateway exports", e, metric)
			}
		}
	}
}

var labelLists = regexp.MustCompile(`\{[^}]*\{5\}[^}]*\}|\{[^}]*\}|by \([^)]*\)`)

// withoutLabels leaves of an expression what cannot be the name of a label.
func withoutLabels(expression string) string { return labelLists.ReplaceAllString(expression, "") }

// TestEveryAlertIsExplained: it says what is wrong and how bad that is, and the page that it leads to has a section for it.
func TestEveryAlertIsExplained(t *testing.T) {
	page, err := os.ReadFile("../../docs/production.md")
	if err != nil {
		t.Fatal(err)
	}
	rules, _ := watched(t)
	seen := map[string]bool{}
	for _, r := range rules {
		if seen[r.Alert] {
			t.Errorf("two alerts are called %s", r.Alert)
		}
		seen[r.Alert] = true
		if !slices.Contains([]string{"critical", "warning"}, r.Labels["severity"]) || r.Labels["gateway"] != "main" || r.Labels["namespace"] != "ai" {
			t.Errorf("%s has the labels %v", r.Alert, r.Labels)
		}
		if r.Annotations["summary"] == "" || r.Annotations["description"] == "" {
			t.Errorf("%s says %v", r.Alert, r.Annotations)
		}
		if !strings.HasSuffix(r.Annotations["runbook_url"], "docs/production.md#"+strings.ToLower(r.Alert)) {
			t.Errorf("%s leads to %s", r.Alert, r.Annotations["runbook_url"])
		}
		if !strings.Contains(string(page), "\n#### "+r.Alert+"\n") {
			t.Errorf("docs/production.md has no section %s", r.Alert)
		}
	}
}

// TestAlertsAreAboutWhatThereIs: a gateway without stores and certificate has no alert about either, and one that is switched off none at all.
func TestAlertsAreAboutWhatThereIs(t *testing.T) {
	g := &v1alpha1.Gateway{}
	g.Namespace, g.Name = "ai", "main"
	g.Spec.Monitoring = &v1alpha1.Monitoring{PrometheusRule: &v1alpha1.Monitor{}}
	names := func() string {
		var all []string
		for _, o := range render.GatewayExtras(render.GatewayInput{Gateway: g}) {
			if u, ok := o.(*unstructured.Unstructured); ok {
				for _, r := range rulesOf(t, u) {
					all = append(all, r.Alert)
				}
			}
		}
		return strings.Join(all, " ")
	}
	const bare = "FairleadGatewayDown FairleadReplicaMissing FairleadReplicasDisagree FairleadAccessLogLost FairleadErrors FairleadModelDown FairleadTargetFailing"
	if got := names(); got != bare {
		t.Errorf("a gateway without anything has the alerts %s", got)
	}
	g.Spec.Redis = &v1alpha1.Store{Mode: v1alpha1.StoreExternal}
	if got := names(); got != bare+" FairleadStoreDown FairleadLimitsDegraded FairleadCacheNotShared FairleadCacheUnreadable" {
		t.Errorf("a gateway with Redis has the alerts %s", got)
	}
	g.Spec.Replicas = new(int32(0))
	if got := names(); got != "" {
		t.Errorf("a gateway that is switched off has the alerts %s", got)
	}
}

// TestAlike: the series of a gateway are not those of another one whose name begins alike, nor of its stores.
func TestAlike(t *testing.T) {
	rules, _ := watched(t)
	m := regexp.MustCompile(`pod=~"([^"]+)"`).FindStringSubmatch(rules[0].Expr)
	if m == nil {
		t.Fatalf("%s selects no Pods", rules[0].Expr)
	}
	pods := regexp.MustCompile("^(?:" + m[1] + ")$")
	for pod, want := range map[string]bool{
		"main-7d4b9c8f6-x2x9q": true, "main-2-7d4b9c8f6-x2x9q": false, "main-redis-0": false, "domain-7d4b9c8f6-x2x9q": false,
	} {
		if got := pods.MatchString(pod); got != want {
			t.Errorf("Pod %s is selected: %v, want %v", pod, got, want)
		}
	}
}
