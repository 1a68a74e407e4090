package operator_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/discovery"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/internal/testkit"
)

// TestCRDsAreSmall: an object that is larger than this cannot be applied by clients that keep it in an annotation.
func TestCRDsAreSmall(t *testing.T) {
	files, err := filepath.Glob("../../config/crd/fairlead.dev_*.yaml")
	if err != nil || len(files) != 4 {
		t.Fatalf("found %d CRDs, want 4: %v", len(files), err)
	}
	for _, f := range files {
		info, err := os.Stat(f)
		if err != nil {
			t.Fatal(err)
		}
		if info.Size() >= 256<<10 {
			t.Errorf("%s has %d bytes, want less than 256 KiB", f, info.Size())
		}
	}
}

// TestBadManifests: what the schema refuses, and what it says.
func TestBadManifests(t *testing.T) {
	c := needCluster(t)
	ns := c.Namespace(t, nil)
	for name, tc := range map[string]struct{ manifest, want string }{
		"GatewayNameTooLong": {`{kind: Gateway, metadata: {name: ` + strings.Repeat("a", 44) + `}}`, "no more than 43 characters"},
		"GatewayNameWithDot": {`{kind: Gateway, metadata: {name: a.b}}`, "must not contain a dot"},
		"StoreWithoutSecret": {
			`{kind: Gateway, metadata: {name: a}, spec: {redis: {mode: External}}}`,
			"external must be set if and only if mode is External",
		},
		"StoreManagedTwice": {
			`{kind: Gateway, metadata: {name: a}, spec: {redis: {mode: Disabled, managed: {}}}}`,
			"managed may be set only when mode is Managed",
		},
		"SelectorMissing": {
			`{kind: Gateway, metadata: {name: a}, spec: {allowedNamespaces: {from: Selector}}}`,
			"selector must be set if and only if from is Selector",
		},
		"FieldUnknown": {`{kind: Gateway, metadata: {name: a}, spec: {replica: 2}}`, `unknown field "spec.replica"`},
		"OllamaWithoutServer": {
			`{kind: ModelProvider, metadata: {name: a}, spec: {type: Ollama}}`, "exactly one of endpoint and ollama.managed",
		},
		"OllamaWithBoth": {
			`{kind: ModelProvider, metadata: {name: a}, spec: {type: Ollama, endpoint: {url: "http://a"}, ollama: {managed: {}}}}`,
			"exactly one of endpoint and ollama.managed",
		},
		"CompatibleWithoutEndpoint": {
			`{kind: ModelProvider, metadata: {name: a}, spec: {type: OpenAICompatible}}`, "endpoint must be set",
		},
		"URLRelative": {
			`{kind: ModelProvider, metadata: {name: a}, spec: {type: OpenAI, endpoint: {url: "localhost:80"}}}`,
			"url must be an absolute http or https URL",
		},
		"URLWithKey": {
			`{kind: ModelProvider, metadata: {name: a}, spec: {type: OpenAI, endpoint: {url: "https://h/?key=1"}}}`,
			"a key belongs in auth.secretRef",
		},
		"HeaderReserved": {
			`{kind: ModelProvider, metadata: {name: a}, spec: {type: OpenAI, endpoint: {url: "https://h", headers: [{name: Authorization, value: x}]}}}`,
			"this header is set by the gateway itself",
		},
		"TypeUnknown":    {`{kind: ModelProvider, metadata: {name: a}, spec: {type: Gopher}}`, "Unsupported value"},
		"TargetsMissing": {`{kind: ModelAlias, metadata: {name: a}, spec: {gatewayRef: {name: m}, targets: []}}`, "spec.targets"},
		"TargetTwice": {
			`{kind: ModelAlias, metadata: {name: a}, spec: {gatewayRef: {name: m}, targets: [{name: t, model: m, providerRef: {name: p}}, {name: t, model: m, providerRef: {name: p}}]}}`,
			"Duplicate value",
		},
		"DurationWithoutUnit": {
			`{kind: ModelAlias, metadata: {name: a}, spec: {gatewayRef: {name: m}, timeouts: {request: "10"}, targets: [{name: t, model: m, providerRef: {name: p}}]}}`,
			"spec.timeouts.request",
		},
	} {
		t.Run(name, func(t *testing.T) {
			expectRefused(t, c, ns, tc.manifest, tc.want)
		})
	}
}

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

// expectRefused creates what a manifest without apiVersion says, and expects the API server to refuse it with want.
func expectRefused(t *testing.T, c *testkit.Cluster, namespace, manifest, want string) {
	t.Helper()
	o := &unstructured.Unstructured{}
	if err := yaml.Unmarshal([]byte(manifest), &o.Object); err != nil {
		t.Fatal(err)
	}
	o.SetAPIVersion(v1alpha1.GroupVersion.String())
	o.SetNamespace(namespace)
	err := c.Client.Create(t.Context(), o, client.FieldValidation("Strict"))
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("err = %v, want one with %q", err, want)
	}
}

// TestTypeIsImmutable: the type of a provider cannot be changed.
func TestTypeIsImmutable(t *testing.T) {
	c := needCluster(t)
	ns := c.Namespace(t, nil)
	p := testkit.OpenAI(ns, "a")
	c.Create(t, p)
	p.Spec.Type = v1alpha1.ProviderOpenAICompatible
	p.Spec.Endpoint = &v1alpha1.Endpoint{URL: "https://h"}
	if err := c.Client.Update(t.Context(), p); err == nil || !strings.Contains(err.Error(), "type is immutable") {
		t.Errorf("err = %v, want one that says that the type is immutable", err)
	}
}

// TestUnseenObjectsSaySo: an object that no operator has looked at shows Unknown for everything.
func TestUnseenObjectsSaySo(t *testing.T) {
	c := needCluster(t)
	ns := c.Namespace(t, nil)
	for _, o := range []client.Object{testkit.Gateway(ns, "main"), testkit.OpenAI(ns, "openai"), testkit.Alias(ns, "chat", []string{"openai"}), testkit.Key(ns, "ci")} {
		c.Create(t, o)
		conditions := testkit.Conditions(o)
		if len(conditions) < 4 {
			t.Errorf("%T has the conditions %v", o, conditions)
		}
		for _, cond := range conditions {
			if cond.Status != "Unknown" || cond.Reason != v1alpha1.ReasonPending {
				t.Errorf("%T: %s is %s %s", o, cond.Type, cond.Status, cond.Reason)
			}
		}
	}
}
