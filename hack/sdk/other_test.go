package sdk

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestModels(t *testing.T) {
	g := start(t)
	want := make([]string, 0, len(g.upstreams)*len(scenarios()))
	for name := range g.upstreams {
		for _, scenario := range scenarios() {
			want = append(want, name+"-"+scenario)
		}
	}
	slices.Sort(want)
	for _, s := range sdks() {
		t.Run(s.name, func(t *testing.T) {
			got, err := g.pair(t, s, "openai").models(t.Context())
			if err != nil {
				t.Fatalf("models: %v", err)
			}
			slices.Sort(got)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

// TestEmbeddings asks for two vectors, in their order. Anthropic has none.
func TestEmbeddings(t *testing.T) {
	pairs(t, is[embedder], func(t *testing.T, p *pair) {
		got, err := p.client.(embedder).embed(t.Context(), p.model("text"), []string{"one", "two"})
		if p.upstream.name == "anthropic" {
			if r, ok := p.refusal(err); !ok || r.status != 400 {
				t.Errorf("embed: %v, want the SDK's own error of status 400", err)
			}
			return
		}
		if err != nil {
			t.Fatalf("embed: %v", err)
		}
		if diff := cmp.Diff([][]float64{{0.5, -0.25}, {0.125, 1}}, got); diff != "" {
			t.Errorf("-want +got\n%s", diff)
		}
	})
}

// TestCounts asks what a question would cost. Who cannot tell says so.
func TestCounts(t *testing.T) {
	pairs(t, is[counter], func(t *testing.T, p *pair) {
		got, err := p.client.(counter).count(t.Context(), &question{model: p.model("text")})
		switch able := p.isNative() || p.upstream.name == "anthropic" || p.upstream.name == "gemini"; {
		case able && (err != nil || got != 24):
			t.Errorf("count: %d, %v, want 24", got, err)
		case !able:
			if r, ok := p.refusal(err); !ok || r.status != 400 {
				t.Errorf("count: %v, want the SDK's own error of status 400", err)
			}
		}
	})
}
