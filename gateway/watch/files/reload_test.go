package files

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

const providerManifest = `apiVersion: fairlead.dev/v1alpha1
kind: ModelProvider
metadata: {name: some}
spec: {type: OpenAICompatible, endpoint: {url: "http://127.0.0.1:9/v1"}}
`

func aliasManifest(name, model string) string {
	return `apiVersion: fairlead.dev/v1alpha1
kind: ModelAlias
metadata: {name: ` + name + `}
spec:
  gatewayRef: {name: main}
  targets: [{name: t, providerRef: {name: some}, model: ` + model + `}]
`
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// replace writes as editors do: a new file beside, renamed over the old one.
func replace(t *testing.T, path, content string) {
	t.Helper()
	write(t, path+"~", content)
	if err := os.Rename(path+"~", path); err != nil {
		t.Fatal(err)
	}
}

func models(r *running, t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	for _, a := range r.input(t).Aliases {
		if a.Route != nil {
			found[a.Name] = string(a.Route.Targets[0].Model)
		}
	}
	return found
}

func TestReload(t *testing.T) {
	dir := t.TempDir()
	aliases := filepath.Join(dir, "aliases.yaml")
	write(t, filepath.Join(dir, "provider.yaml"), providerManifest)
	write(t, aliases, aliasManifest("chat", "one")+"---\n"+aliasManifest("embed", "one"))
	r := start(t, Options{Paths: []string{dir}, Loopback: true}, nil)
	first := r.next(t)
	if !first.First || !first.Open || len(first.Problems) > 0 {
		t.Fatalf("first report: %+v, want it first, open and without problems", first)
	}
	if diff := cmp.Diff(map[string]string{"chat": "one", "embed": "one"}, models(r, t)); diff != "" {
		t.Fatalf("served (-want +got):\n%s", diff)
	}

	steps := []struct {
		reason  string
		change  func()
		served  map[string]string
		printed string
	}{
		{
			"a saved edit is live",
			func() { replace(t, aliases, aliasManifest("chat", "two")+"---\n"+aliasManifest("embed", "one")) },
			map[string]string{"chat": "two", "embed": "one"},
			"12:00:00 reloaded in N ms: ~1 alias (chat)\n",
		},
		{
			"a broken edit keeps the last good version, and the rest goes live",
			func() {
				replace(t, aliases, aliasManifest("chat", "three, wieght: 1")+"---\n"+aliasManifest("embed", "two"))
			},
			map[string]string{"chat": "two", "embed": "two"},
			"aliases.yaml:6: ModelAlias chat: spec.targets[0].wieght: Forbidden: no such field (its last good version stays in service)\n" +
				"12:00:00 reloaded in N ms: ~1 alias (embed)\n",
		},
		{
			"a file that cannot be read as YAML keeps all that it had",
			func() { replace(t, aliases, "{{{") },
			map[string]string{"chat": "two", "embed": "two"},
			"aliases.yaml:1: expected YAML: did not find expected node content (its last good version stays in service)\n",
		},
		{
			"when it is mended, that is said",
			func() { replace(t, aliases, aliasManifest("chat", "two")+"---\n"+aliasManifest("embed", "two")) },
			map[string]string{"chat": "two", "embed": "two"},
			"12:00:00 every manifest is good again\n",
		},
		{
			"an alias whose reference breaks keeps its route and says so",
			func() {
				replace(t, aliases, strings.Replace(aliasManifest("chat", "two"), "name: some", "name: gone", 1)+"---\n"+aliasManifest("more", "one"))
			},
			map[string]string{"chat": "two", "more": "one"},
			"aliases.yaml:1: ModelAlias chat: Target \"t\": no ModelProvider \"gone\" exists in namespace \"default\". Create it, or correct providerRef. Serving the route of generation 2 meanwhile.\n" +
				"12:00:00 reloaded in N ms: +1 alias (more), -1 alias (embed)\n",
		},
	}
	for _, step := range steps {
		step.change()
		report := r.next(t)
		if diff := cmp.Diff(step.printed, printed(t, dir, report)); diff != "" {
			t.Errorf("%s: printed (-want +got):\n%s", step.reason, diff)
		}
		if diff := cmp.Diff(step.served, models(r, t)); diff != "" {
			t.Errorf("%s: served (-want +got):\n%s", step.reason, diff)
		}
	}
}

// TestReloadOfVolume swaps a directory the way that a kubelet updates a mounted ConfigMap: every file is a link through ..data.
func TestReloadOfVolume(t *testing.T) {
	dir := t.TempDir()
	version := func(name, model string) {
		if err := os.Mkdir(filepath.Join(dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(dir, name, "stack.yaml"), providerManifest+"---\n"+aliasManifest("chat", model))
	}
	link := func(target, name string) {
		if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	version("..1", "one")
	link("..1", "..data")
	link("..data/stack.yaml", "stack.yaml")
	r := start(t, Options{Paths: []string{dir}, Loopback: true}, nil)
	r.next(t)
	if got := models(r, t)["chat"]; got != "one" {
		t.Fatalf("served %q, want one", got)
	}
	version("..2", "two")
	link("..2", "..data_tmp")
	if err := os.Rename(filepath.Join(dir, "..data_tmp"), filepath.Join(dir, "..data")); err != nil {
		t.Fatal(err)
	}
	r.next(t)
	if got := models(r, t)["chat"]; got != "two" {
		t.Fatalf("served %q, want two", got)
	}
}

// TestReloadOfADirectoryThatWasReplaced: a checkout of another branch may make it anew, and an editor or a script may move it.
func TestReloadOfADirectoryThatWasReplaced(t *testing.T) {
	away := map[string]func(string) error{
		"Removed": os.RemoveAll,
		"Moved":   func(dir string) error { return os.Rename(dir, dir+".old") },
	}
	for name, away := range away {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "stack")
			makeStack(t, dir, "one")
			r := start(t, Options{Paths: []string{dir}, Loopback: true}, nil)
			r.next(t)
			if got := models(r, t)["chat"]; got != "one" {
				t.Fatalf("serves %q", got)
			}
			if err := away(dir); err != nil {
				t.Fatal(err)
			}
			r.next(t)
			makeStack(t, dir, "two")
			if got := models(r, t)["chat"]; got != "two" {
				t.Errorf("serves %q, want what is there now", got)
			}
		})
	}
}

func makeStack(t *testing.T, dir, model string) {
	t.Helper()
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	replace(t, filepath.Join(dir, "stack.yaml"), providerManifest+"---\n"+aliasManifest("chat", model))
}

func TestReloadKeepsServingWhenTheGatewayCannotBeServed(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "stack.yaml"), providerManifest+"---\n"+aliasManifest("chat", "one"))
	r := start(t, Options{Paths: []string{dir}, Loopback: true}, nil)
	r.next(t)
	r.input(t)
	write(t, filepath.Join(dir, "gateway.yaml"), "apiVersion: fairlead.dev/v1alpha1\nkind: Gateway\nmetadata: {name: main}\nspec: {keys: {mode: Required}}\n")
	report := r.next(t)
	if len(report.Problems) != 1 || !report.Problems[0].Kept || !report.Open {
		t.Errorf("report %+v, want one problem that keeps what was served", report)
	}
	if len(r.inputs) > 0 {
		t.Error("an input was delivered for a gateway that nobody could call")
	}
}

func TestAdmission(t *testing.T) {
	gateway := func(keys string) string {
		return "apiVersion: fairlead.dev/v1alpha1\nkind: Gateway\nmetadata: {name: main}\nspec: {keys: " + keys + "}\n"
	}
	const keySecret = "---\napiVersion: v1\nkind: Secret\nmetadata: {name: mk}\nstringData: {api-key: \"${MK}\"}\n"
	env := map[string]string{MasterKeyVariable: "sk-env"}
	cases := map[string]struct {
		manifest string
		env      map[string]string
		loopback bool
		mode     v1alpha1.KeysMode
		failure  string
	}{
		"ImpliedOnLoopback":    {providerManifest, nil, true, v1alpha1.KeysOptional, ""},
		"ImpliedElsewhere":     {providerManifest, nil, false, "", "expected a master key"},
		"KeyFromEnvironment":   {providerManifest, env, false, v1alpha1.KeysRequired, ""},
		"ManifestSilent":       {gateway("{}"), nil, true, v1alpha1.KeysOptional, ""},
		"ManifestRequires":     {gateway("{mode: Required}"), nil, true, "", "expected a master key"},
		"ManifestOptional":     {gateway("{mode: Optional}"), nil, false, v1alpha1.KeysOptional, ""},
		"KeyFromSecret":        {gateway("{masterKeySecretRef: {name: mk}}") + keySecret, map[string]string{"MK": "sk-mk"}, false, v1alpha1.KeysRequired, ""},
		"SecretVariableNotSet": {gateway("{masterKeySecretRef: {name: mk}}") + keySecret, nil, true, "", "expected a key in $MK, found none"},
		"SecretMissing":        {gateway("{masterKeySecretRef: {name: mk}}"), nil, true, "", `expected Secret "mk", found no manifest of it`},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "stack.yaml")
			write(t, path, tc.manifest)
			r := start(t, Options{Paths: []string{path}, Loopback: tc.loopback}, tc.env)
			select {
			case err := <-r.ended:
				if tc.failure == "" || !strings.Contains(err.Error(), tc.failure) || strings.Contains(err.Error(), "sk-") {
					t.Errorf("ended with %v, want %q", err, tc.failure)
				}
			case in := <-r.inputs:
				if in.Config.KeysMode != tc.mode || tc.failure != "" {
					t.Errorf("keys are %s, want %s%s", in.Config.KeysMode, tc.mode, tc.failure)
				}
				if _, has := in.Credentials[v1alpha1.CredentialMasterKey]; has != (tc.mode == v1alpha1.KeysRequired) {
					t.Errorf("a digest of the master key is there: %v", has)
				}
			}
		})
	}
}

func TestNewNeedsAPath(t *testing.T) {
	if _, err := New(Options{}); err == nil {
		t.Error("want an error")
	}
}

func TestRunNamesAPathThatIsNotThere(t *testing.T) {
	path := filepath.Join(t.TempDir(), "nowhere")
	r := start(t, Options{Paths: []string{path}}, nil)
	if err := <-r.ended; err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("got %v, want the path named", err)
	}
}
