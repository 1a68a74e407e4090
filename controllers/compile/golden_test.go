package compile_test

import (
	"bytes"
	"flag"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/yaml"

	"github.com/fairlead-dev/fairlead/api/egress"
	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/compile"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// world is the content of one in.yaml. The first document is what is compiled.
type world struct {
	subject    string
	aliases    []*v1alpha1.ModelAlias
	providers  []*v1alpha1.ModelProvider
	gateways   []*v1alpha1.Gateway
	keys       []*v1alpha1.GatewayKey
	secrets    compile.Secrets
	namespaces compile.Namespaces
	// networks that the cluster's administrator allows.
	networks []netip.Prefix
}

// installation is the document that says what the cluster's administrator does.
type installation struct {
	metav1.TypeMeta
	AllowedNetworks []string `json:"allowedNetworks"`
}

func TestGolden(t *testing.T) {
	cases, err := filepath.Glob("testdata/*/in.yaml")
	if err != nil || len(cases) == 0 {
		t.Fatalf("listing cases: %v, %d found", err, len(cases))
	}
	for _, in := range cases {
		t.Run(filepath.Base(filepath.Dir(in)), func(t *testing.T) {
			got, err := yaml.Marshal(load(t, in).compile(t))
			if err != nil {
				t.Fatal(err)
			}
			out := filepath.Join(filepath.Dir(in), "out.yaml")
			if *update {
				if err := os.WriteFile(out, got, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(out)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(got)); diff != "" {
				t.Errorf("%s differs (-want +got), run with -update to accept:\n%s", out, diff)
			}
			if strings.Contains(string(got), "canary") {
				t.Error("a secret value is in the compiled result")
			}
		})
	}
}

// compile compiles the subject, whatever its kind.
func (w *world) compile(t *testing.T) any {
	t.Helper()
	switch w.subject {
	case v1alpha1.KindModelAlias:
		return compile.Alias(w.alias())
	case v1alpha1.KindModelProvider:
		return compile.Provider(compile.ProviderInput{
			Provider: w.providers[0], Secrets: w.secrets, ClusterDomain: "cluster.local", AllowedNetworks: w.networks,
		})
	case v1alpha1.KindGateway:
		return compile.Gateway(compile.GatewayInput{
			Gateway: w.gateways[0], Secrets: w.secrets, ClusterDomain: "cluster.local", AllowedNetworks: w.networks,
		})
	case v1alpha1.KindGatewayKey:
		return compile.GatewayKey(w.key())
	}
	t.Fatalf("the first document is a %q", w.subject)
	return nil
}

func (w *world) alias() compile.AliasInput {
	in := compile.AliasInput{
		Alias: w.aliases[0], Rivals: w.aliases, Namespaces: w.namespaces,
		Providers: map[types.NamespacedName]*v1alpha1.ModelProvider{},
	}
	for _, g := range w.gateways {
		if compile.GatewayOf(in.Alias) == nameOf(g) {
			in.Gateway = g
		}
	}
	for _, p := range w.providers {
		in.Providers[nameOf(p)] = p
	}
	return in
}

// key takes the pepper of the gateway from where the operator does.
func (w *world) key() compile.KeyInput {
	in := compile.KeyInput{Key: w.keys[0], Rivals: w.keys, Secrets: w.secrets, Namespaces: w.namespaces}
	for _, g := range w.gateways {
		if compile.GatewayOfKey(in.Key) == nameOf(g) {
			in.Gateway = g
			in.Pepper = w.secrets[v1alpha1.CredentialsSecretName(g.Name)][v1alpha1.CredentialPepper]
		}
	}
	return in
}

func nameOf(o metav1.Object) types.NamespacedName {
	return types.NamespacedName{Namespace: o.GetNamespace(), Name: o.GetName()}
}

// load reads the documents of a file, strictly: a misspelt field would make a case say something else than it seems to.
func load(t *testing.T, path string) *world {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{secrets: compile.Secrets{}, namespaces: compile.Namespaces{}}
	for _, doc := range bytes.Split(data, []byte("\n---\n")) {
		var kind metav1.TypeMeta
		if err := yaml.Unmarshal(doc, &kind); err != nil {
			t.Fatalf("reading %s: %v", path, err)
		}
		if w.subject == "" {
			w.subject = kind.Kind
		}
		w.add(t, kind.Kind, doc)
	}
	return w
}

func (w *world) add(t *testing.T, kind string, doc []byte) {
	t.Helper()
	switch kind {
	case v1alpha1.KindModelAlias:
		w.aliases = append(w.aliases, strict[v1alpha1.ModelAlias](t, doc))
	case v1alpha1.KindModelProvider:
		w.providers = append(w.providers, strict[v1alpha1.ModelProvider](t, doc))
	case v1alpha1.KindGateway:
		w.gateways = append(w.gateways, strict[v1alpha1.Gateway](t, doc))
	case v1alpha1.KindGatewayKey:
		w.keys = append(w.keys, strict[v1alpha1.GatewayKey](t, doc))
	case "Secret":
		s := strict[corev1.Secret](t, doc)
		entries := map[string][]byte{}
		for k, v := range s.StringData {
			entries[k] = []byte(v)
		}
		w.secrets[s.Name] = entries
	case "Namespace":
		n := strict[corev1.Namespace](t, doc)
		w.namespaces[n.Name] = n.Labels
	case "Installation":
		var err error
		if w.networks, err = egress.ParseNetworks(strict[installation](t, doc).AllowedNetworks); err != nil {
			t.Fatal(err)
		}
	default:
		t.Fatalf("kind %q is not known", kind)
	}
}

func strict[T any](t *testing.T, doc []byte) *T {
	t.Helper()
	v := new(T)
	if err := yaml.UnmarshalStrict(doc, v); err != nil {
		t.Fatalf("reading %s: %v", doc, err)
	}
	return v
}
