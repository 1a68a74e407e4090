package e2e

import (
	"net/http"
	"testing"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

// TestHeadersTell: a client learns from headers how it was served, in Fairlead's words and in LiteLLM's, whether the answer was passed
// on as it came or translated.
func TestHeadersTell(t *testing.T) {
	s, c := connect(t)
	passed := upstream(t, s, "headers", func(a *v1alpha1.ModelAlias) {
		a.Spec.Targets[0].Pricing = &v1alpha1.Pricing{InputPerMillionTokens: "10"}
	})
	for alias, want := range map[string]map[string]string{
		// The fake upstream counts 200 tokens of every prompt.
		passed: {
			"X-Fairlead-Target": "only", "X-Fairlead-Attempts": "1", "X-Fairlead-Cost": "0.002",
			"X-Litellm-Model-Id": "only", "X-Litellm-Model-Group": passed, "X-Litellm-Attempted-Retries": "0", "X-Litellm-Response-Cost": "0.002",
		},
		"llama3": {"X-Fairlead-Target": "local", "X-Fairlead-Attempts": "1", "X-Litellm-Model-Group": "llama3"},
	} {
		answer, err := c.Chat(t.Context(), alias, "hi")
		if err != nil || answer.Status != http.StatusOK {
			t.Fatalf("%s: expected 200, found %+v (%v)", alias, answer, err)
		}
		for header, value := range want {
			if got := answer.Header.Get(header); got != value {
				t.Errorf("%s: expected %s: %s, found %q", alias, header, value, got)
			}
		}
	}
}
