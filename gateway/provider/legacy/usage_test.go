package provider_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-dev/fairlead/gateway/openai"
	"github.com/fairlead-dev/fairlead/gateway/provider/legacy"
)

func TestUsageOf(t *testing.T) {
	cases := map[string]struct {
		in   openai.Usage
		want provider.Usage
	}{
		"Plain": {openai.Usage{PromptTokens: 6, CompletionTokens: 2, TotalTokens: 8}, provider.Usage{Known: true, InputTokens: 6, OutputTokens: 2}},
		"Details": {
			openai.Usage{
				PromptTokens: 6, CompletionTokens: 2, PromptTokensDetails: &openai.PromptDetails{CachedTokens: 4},
				CompletionTokensDetails: &openai.CompletionDetails{ReasoningTokens: 1},
			},
			provider.Usage{Known: true, InputTokens: 6, OutputTokens: 2, CachedInputTokens: 4, ReasoningTokens: 1},
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, provider.UsageOf(c.in)); diff != "" {
				t.Errorf("UsageOf: -want +got\n%s", diff)
			}
		})
	}
}
