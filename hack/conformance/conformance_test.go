package conformance

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestEveryClientHasItsScript(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, c := range clients() {
		if seen[c.name] {
			t.Errorf("two clients are called %s", c.name)
		}
		seen[c.name] = true
		command := c.command("clients", &tools{goClients: "goclients"})
		if c.kind == kindGo {
			command = []string{"", filepath.Join("goclients", command[1]+".go")}
		}
		if _, err := os.Stat(command[1]); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestScenarioAndManifestsAgree(t *testing.T) {
	t.Parallel()
	s, err := readScenario()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range s.Features {
		for _, p := range s.providers(f, nil) {
			if !strings.Contains(manifests, "metadata: {name: "+f.model(p)+"}") {
				t.Errorf("feature %s: no alias %s in stack.yaml", f.Name, f.model(p))
			}
		}
	}
	if !slices.ContainsFunc(s.Features, func(f feature) bool { return f.Name == cancelFeature }) {
		t.Errorf("the scenario has no feature %q, after which the gateway has to be idle", cancelFeature)
	}
}

func TestProvidersOfAFeature(t *testing.T) {
	t.Parallel()
	s := &scenario{Providers: []string{"a", "b", "c"}}
	for name, tc := range map[string]struct {
		feature, client, want []string
	}{
		"All":     {want: []string{"a", "b", "c"}},
		"Feature": {feature: []string{"c", "a"}, want: []string{"a", "c"}},
		"Client":  {client: []string{"b"}, want: []string{"b"}},
		"Both":    {feature: []string{"a", "b"}, client: []string{"b", "c"}, want: []string{"b"}},
		"None":    {client: []string{}, want: []string{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := s.providers(feature{Providers: tc.feature}, tc.client)
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("providers() (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWhatIsOutsideOfTheProject(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		output string
		want   string
	}{
		"NoRegistry":  {"npm error code ENOTFOUND\nnpm error network request failed", "sh: npm error code ENOTFOUND"},
		"NoVersion":   {"ERROR: No matching distribution found for openai==99", "sh: ERROR: No matching distribution found for openai==99"},
		"BrokenLock":  {"npm error `npm ci` can only install packages when package.json and package-lock.json are in sync", ""},
		"SyntaxError": {"SyntaxError: invalid syntax", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := run(t.Context(), t.TempDir(), "sh", "-c", `printf '%s\n' "$1"; exit 1`, "-", tc.output)
			tools := &tools{missing: map[kind]string{}}
			rest := tools.lacks(err, kindNode)
			if got := tools.missing[kindNode]; got != tc.want {
				t.Errorf("missing = %q, want %q", got, tc.want)
			}
			if (rest == nil) != (tc.want != "") {
				t.Errorf("lacks() = %v; only what is outside is no error", rest)
			}
		})
	}
}

func TestBusy(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		metrics string
		want    bool
	}{
		"Idle":   {"# HELP fairlead_requests_in_flight Requests.\nfairlead_requests_in_flight 0\n", false},
		"Busy":   {"fairlead_requests_in_flight 2\n", true},
		"Labels": {"fairlead_requests_in_flight{operation=\"chat\"} 1\n", true},
		"Other":  {"fairlead_attempts_total 7\n", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := busy.MatchString(tc.metrics); got != tc.want {
				t.Errorf("busy = %t, want %t", got, tc.want)
			}
		})
	}
}
