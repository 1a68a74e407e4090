package operator_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/discovery"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/internal/testkit"
)

// TestBadPolicies: the same of keys, limits and budgets.
func TestBadPolicies(t *testing.T) {
	c := needCluster(t)
	ns := c.Namespace(t, nil)
	for name, tc := range map[string]struct{ manifest, want string }{
		"KeyWithBoth": {
			`{kind: GatewayKey, metadata: {name: a}, spec: {gatewayRef: {name: m}, secretRef: {name: s}, digest: "` + strings.Repeat("ab", 32) + `"}}`,
			"at most one of secretRef and digest may be set",
		},
		"KeyDigestMalformed": {`{kind: GatewayKey, metadata: {name: a}, spec: {gatewayRef: {name: m}, digest: AB}}`, "spec.digest"},
		"KeyLimitPerAlias": {
			`{kind: GatewayKey, metadata: {name: a}, spec: {gatewayRef: {name: m}, rateLimits: [{name: l, per: Alias, requests: 1}]}}`,
			"the limits of a key are per Key or per User",
		},
		"KeyModelWithTwoStars": {
			`{kind: GatewayKey, metadata: {name: a}, spec: {gatewayRef: {name: m}, allowedModels: ["*a*"]}}`, "spec.allowedModels[0]",
		},
		"KeyModelWithInnerStar": {
			`{kind: GatewayKey, metadata: {name: a}, spec: {gatewayRef: {name: m}, allowedModels: ["a*b"]}}`, "spec.allowedModels[0]",
		},
		"KeyModelTwice": {
			`{kind: GatewayKey, metadata: {name: a}, spec: {gatewayRef: {name: m}, allowedModels: [a, a]}}`, "Duplicate value",
		},
		"KeyBudgetNoAmount": {
			`{kind: GatewayKey, metadata: {name: a}, spec: {gatewayRef: {name: m}, budget: {limitUSD: "1,5"}}}`, "spec.budget.limitUSD",
		},
		"LimitBoundsNothing": {
			`{kind: GatewayKey, metadata: {name: a}, spec: {gatewayRef: {name: m}, rateLimits: [{name: l}]}}`,
			"at least one of requests, tokens and parallel",
		},
		"LimitWindowZero": {
			`{kind: ModelAlias, metadata: {name: a}, spec: {gatewayRef: {name: m}, rateLimits: [{name: l, requests: 1, window: 0s}], targets: [{name: t, model: m, providerRef: {name: p}}]}}`,
			"window must be between 1s and 8784h",
		},
		"LimitWindowTooLong": {
			`{kind: ModelAlias, metadata: {name: a}, spec: {gatewayRef: {name: m}, rateLimits: [{name: l, requests: 1, window: 8785h}], targets: [{name: t, model: m, providerRef: {name: p}}]}}`,
			"window must be between 1s and 8784h",
		},
		"StrategyUnknown": {
			`{kind: ModelAlias, metadata: {name: a}, spec: {gatewayRef: {name: m}, strategy: Best, targets: [{name: t, model: m, providerRef: {name: p}}]}}`,
			"spec.strategy",
		},
		"BudgetTwice": {
			`{kind: Gateway, metadata: {name: a}, spec: {budgets: [{name: b, limitUSD: "1"}, {name: b, limitUSD: "2"}]}}`, "Duplicate value",
		},
	} {
		t.Run(name, func(t *testing.T) {
			expectRefused(t, c, ns, tc.manifest, tc.want)
		})
	}
}

// TestPatterns: an exact name, and a name with one star at its beginning or its end, are patterns.
func TestPatterns(t *testing.T) {
	c := needCluster(t)
	key := testkit.Key(c.Namespace(t, nil), "a", func(k *v1alpha1.GatewayKey) {
		k.Spec.AllowedModels = []v1alpha1.ModelPattern{"a", "chat", "llama3.2:3b", "*", "team-a/*", "gpt-*", "*-mini", "*/chat", "*mini", "a*"}
	})
	c.Create(t, key)
}

// TestColumns: what `kubectl get` shows of a key, and that `kubectl get fairlead` shows every kind.
func TestColumns(t *testing.T) {
	c := needCluster(t)
	ns := c.Namespace(t, nil)
	c.Create(t, testkit.Key(ns, "ci", func(k *v1alpha1.GatewayKey) { k.Spec.AllowedModels = []v1alpha1.ModelPattern{"chat", "team-a/*"} }))
	d, err := discovery.NewDiscoveryClientForConfig(shared.Admin)
	if err != nil {
		t.Fatal(err)
	}
	kinds, err := d.ServerResourcesForGroupVersion(v1alpha1.GroupVersion.String())
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range kinds.APIResources {
		if !strings.Contains(k.Name, "/") && !slices.Contains(k.Categories, "fairlead") {
			t.Errorf("%s has the categories %v", k.Name, k.Categories)
		}
	}
	table := &metav1.Table{}
	err = d.RESTClient().Get().AbsPath("/apis", v1alpha1.Group, v1alpha1.Version, "namespaces", ns, "gatewaykeys").
		SetHeader("Accept", "application/json;as=Table;v=v1;g=meta.k8s.io").Do(t.Context()).Into(table)
	if err != nil {
		t.Fatal(err)
	}
	columns := make([]string, len(table.ColumnDefinitions))
	for i, column := range table.ColumnDefinitions {
		columns[i] = fmt.Sprintf("%s=%v", column.Name, table.Rows[0].Cells[i])
	}
	columns = slices.DeleteFunc(columns, func(c string) bool { return strings.HasPrefix(c, "Age=") })
	want := []string{
		"Name=ci", "Gateway=main", `Models=["chat","team-a/*"]`, "Key ID=<nil>", "Expires=<nil>",
		"Programmed=Unknown", "Ready=Unknown", "Reason=Pending",
	}
	if diff := cmp.Diff(want, columns); diff != "" {
		t.Errorf("columns (-want +got):\n%s", diff)
	}
}
