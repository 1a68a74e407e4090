package cluster

import (
	"testing"
	"unsafe"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

// TestRoutesShareTexts: what is alike in two routes is in memory once, and says what it said before.
func TestRoutesShareTexts(t *testing.T) {
	route := func() *v1alpha1.Route {
		return &v1alpha1.Route{
			Gateway: string([]byte("ai/main")), Model: "chat", Strategy: v1alpha1.StrategyWeighted,
			Retry: v1alpha1.RouteRetry{RetryOn: []v1alpha1.RetryCondition{"Timeout"}},
			Targets: []v1alpha1.RouteTarget{{
				Name: "one", Provider: "ai/llm", Model: "llama3", Timeouts: v1alpha1.Timeouts{Request: "10m", FirstByte: "60s"},
			}},
		}
	}
	entry := func() *v1alpha1.Route {
		e, err := aliasEntry(&v1alpha1.ModelAlias{Status: v1alpha1.ModelAliasStatus{Route: route()}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		return e.Route
	}
	a, b := entry(), entry()
	if diff := cmp.Diff(route(), a); diff != "" {
		t.Errorf("the route of an entry (-want +got):\n%s", diff)
	}
	if unsafe.StringData(a.Gateway) != unsafe.StringData(b.Gateway) {
		t.Error("the gateway's name is in memory twice")
	}
}
