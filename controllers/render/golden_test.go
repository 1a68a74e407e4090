package render_test

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client/apiutil"
	"sigs.k8s.io/yaml"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/render"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// TestGolden renders every testdata/<case>/in.yaml and compares each object with the file beside it that has its kind and name.
func TestGolden(t *testing.T) {
	for name, objects := range cases(t) {
		t.Run(name, func(t *testing.T) {
			got := map[string]string{}
			for _, o := range objects {
				file, content := encode(t, o)
				got[file] = content
			}
			dir := filepath.Join("testdata", name)
			if *update {
				rewrite(t, dir, got)
			}
			if diff := cmp.Diff(golden(t, dir), got); diff != "" {
				t.Errorf("%s differs (-want +got), run with -update to accept:\n%s", dir, diff)
			}
		})
	}
}

// TestSecretsStayInSecrets: no password is in an object that is not a Secret.
func TestSecretsStayInSecrets(t *testing.T) {
	for name, objects := range cases(t) {
		for _, o := range objects {
			file, content := encode(t, o)
			if !strings.HasPrefix(file, "secret-") && strings.Contains(content, "canary") {
				t.Errorf("%s/%s holds a secret value", name, file)
			}
		}
	}
}

// cases renders every case of testdata.
func cases(t *testing.T) map[string][]render.Object {
	t.Helper()
	files, err := filepath.Glob("testdata/*/in.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("listing cases: %v, %d found", err, len(files))
	}
	rendered := map[string][]render.Object{}
	for _, f := range files {
		name := filepath.Base(filepath.Dir(f))
		rendered[name] = renderFile(t, f, name)
	}
	return rendered
}

func renderFile(t *testing.T, path, name string) []render.Object {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	installed := render.Installation{
		Images: render.Images{
			Gateway: "example.com/fairlead:1", Ollama: "example.com/ollama:1",
			Redis: "example.com/redis:1", Postgres: "example.com/postgres:1",
		},
		ClusterDomain: "cluster.local", OperatorNamespace: "fairlead-system", APIServerPort: 6443, ReaderRole: "fairlead:fairlead-system:gateway-reader",
	}
	if strings.HasPrefix(name, "ollama") {
		p := &v1alpha1.ModelProvider{}
		read(t, data, p)
		return render.Ollama(render.OllamaInput{Provider: p, Installation: installed})
	}
	if strings.HasSuffix(name, "namespaced") {
		installed.Namespaces = []string{"ai", "team-a"}
	}
	g := &v1alpha1.Gateway{}
	read(t, data, g)
	in := render.GatewayInput{
		Gateway: g, Installation: installed,
		Credentials: map[string][]byte{v1alpha1.CredentialPepper: []byte("canary-pepper")},
		MasterKey:   "sk-canary", RedisPassword: render.Password{Value: "canary-redis"}, PostgresPassword: render.Password{Value: "canary-postgres"},
	}
	if g.Spec.Postgres != nil {
		in.BacklogBytes = 256 << 20
	}
	if strings.HasSuffix(name, "rotating") {
		in.RedisPassword = render.Password{Value: "canary-redis", Version: 3, Previous: "canary-previous"}
		in.PostgresPassword = render.Password{Value: "canary-postgres", Version: 2, Next: "canary-next"}
		in.HeldPostgresImage = "example.com/postgres:held"
	}
	return slices.Concat(render.Gateway(in), render.ReaderBindings(in), render.GatewayExtras(in))
}

func read(t *testing.T, data []byte, into any) {
	t.Helper()
	if err := yaml.UnmarshalStrict(data, into); err != nil {
		t.Fatal(err)
	}
}

// encode returns the file name and the YAML of an object, with its apiVersion and kind.
func encode(t *testing.T, o render.Object) (file, content string) {
	t.Helper()
	gvk, err := apiutil.GVKForObject(o, scheme.Scheme)
	if err != nil {
		t.Fatal(err)
	}
	fields, err := runtime.DefaultUnstructuredConverter.ToUnstructured(o)
	if err != nil {
		t.Fatal(err)
	}
	fields["apiVersion"], fields["kind"] = gvk.ToAPIVersionAndKind()
	delete(fields, "status")
	data, err := yaml.Marshal(fields)
	if err != nil {
		t.Fatal(err)
	}
	name := strings.NewReplacer(":", "_").Replace(o.GetName())
	if o.GetNamespace() != "" && o.GetNamespace() != "ai" {
		name += "-in-" + o.GetNamespace()
	}
	return strings.ToLower(gvk.Kind) + "-" + name + ".yaml", string(data)
}

func golden(t *testing.T, dir string) map[string]string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*-*.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	content := map[string]string{}
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		content[filepath.Base(f)] = string(data)
	}
	return content
}

func rewrite(t *testing.T, dir string, content map[string]string) {
	t.Helper()
	for f := range golden(t, dir) {
		if err := os.Remove(filepath.Join(dir, f)); err != nil {
			t.Fatal(err)
		}
	}
	for f, c := range content {
		if err := os.WriteFile(filepath.Join(dir, f), []byte(c), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
