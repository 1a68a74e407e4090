package ollama

import (
	"testing"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

func TestCanonical(t *testing.T) {
	for given, want := range map[string]string{
		"tiny":                               "registry.ollama.ai/library/tiny:latest",
		"Tiny:3B":                            "registry.ollama.ai/library/tiny:3b",
		"me/tiny":                            "registry.ollama.ai/me/tiny:latest",
		"registry.ollama.ai/library/tiny":    "registry.ollama.ai/library/tiny:latest",
		"hf.co/Some-One/Model-GGUF:Q4_K_M":   "hf.co/some-one/model-gguf:q4_k_m",
		"mirror:5000/library/tiny":           "mirror:5000/library/tiny:latest",
		"mirror.example:5000/library/tiny:1": "mirror.example:5000/library/tiny:1",
	} {
		if got := canonical(given); got != want {
			t.Errorf("canonical(%q) = %q, want %q", given, got, want)
		}
	}
}

func TestSource(t *testing.T) {
	mirror := &v1alpha1.OllamaRegistry{Host: "mirror:5000"}
	for name, tc := range map[string]struct {
		model    string
		registry *v1alpha1.OllamaRegistry
		want     string
	}{
		"NoRegistry":   {"tiny", nil, "tiny"},
		"Plain":        {"tiny:1b", mirror, "mirror:5000/library/tiny:1b"},
		"OfSomebody":   {"me/tiny", mirror, "mirror:5000/me/tiny"},
		"OfElsewhere":  {"hf.co/me/tiny", mirror, "hf.co/me/tiny"},
		"WithADefault": {"library/tiny", mirror, "mirror:5000/library/tiny"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := source(tc.model, tc.registry); got != tc.want {
				t.Errorf("source = %q, want %q", got, tc.want)
			}
		})
	}
}

// FuzzCanonical: a canonical name is its own canonical name, and adding what is left out makes no other model of it.
func FuzzCanonical(f *testing.F) {
	f.Add("a/b/c:d")
	f.Add("a:1/b")
	f.Fuzz(func(t *testing.T, model string) {
		once := canonical(model)
		if twice := canonical(once); twice != once && parse(model).model != "" {
			t.Errorf("%q becomes %q, and that %q", model, once, twice)
		}
	})
}
