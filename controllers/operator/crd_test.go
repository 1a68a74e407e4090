package operator_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
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
