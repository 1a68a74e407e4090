package snapshot

import (
	"testing"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

func TestBuildKeepsWhatDidNotChange(t *testing.T) {
	chat, embed := testRoute("chat"), testRoute("embed")
	in := testInput(testAlias("chat", chat), testAlias("embed", embed))
	first := Build(in, nil, testProtocols())

	edited := testRoute("chat", testTarget("other"))
	edited.Revision = "sha256:edited"
	in.Aliases = []Alias{testAlias("embed", embed), testAlias("chat", edited)}
	in.Versions.ModelAliases = "4"
	second := Build(in, first, testProtocols())

	if second.Models["embed"] != first.Models["embed"] {
		t.Error("the unchanged model was built anew")
	}
	if second.Models["chat"] == first.Models["chat"] || second.Models["chat"].Tiers[0][0].Name != "other" {
		t.Error("the changed model was taken over")
	}
	if second.Models["chat"].Tiers[0][0].Upstream != first.Models["chat"].Tiers[0][0].Upstream {
		t.Error("the unchanged upstream was built anew: its connections are lost")
	}
	if second.Digest == first.Digest || second.Confirmation.ModelAliases != "4" {
		t.Errorf("digest %s, version %s: want a new one and 4", second.Digest, second.Confirmation.ModelAliases)
	}
}

func TestDigest(t *testing.T) {
	base := func() Input { return testInput(testAlias("chat", testRoute("chat"))) }
	first := Build(base(), nil, testProtocols())
	cases := map[string]struct {
		reason string
		edit   func(*Input)
		same   bool
	}{
		"Nothing":    {"the same input read again", func(*Input) {}, true},
		"Conditions": {"a status write that changes no route", func(in *Input) { in.Versions.ModelAliases = "9" }, true},
		"Progress": {"percent of a pull", func(in *Input) {
			in.Providers[0].Models = []v1alpha1.ModelStatus{{Name: "other", State: v1alpha1.ModelPulling, Percent: 5}}
		}, true},
		"Generation": {"the operator waits for it", func(in *Input) { in.Aliases[0].Route.Generation = 2 }, false},
		"Visibility": {"the model leaves the list", func(in *Input) { in.Aliases[0].Route.Visibility = v1alpha1.VisibilityHidden }, false},
		"Weight":     {"another share of the requests", func(in *Input) { in.Aliases[0].Route.Targets[0].Weight = 2 }, false},
		"URL":        {"another upstream", func(in *Input) { in.Providers[0].Endpoint.URL = "https://example.com" }, false},
		"RotatedKey": {"another credential", func(in *Input) { in.Credentials["provider.ai.openai"] = []byte("sk-other") }, false},
		"RemovedKey": {"no credential", func(in *Input) { delete(in.Credentials, "provider.ai.openai") }, false},
		"MasterKey":  {"another key may call", func(in *Input) { delete(in.Credentials, v1alpha1.CredentialMasterKey) }, false},
		"Config":     {"the operator waits for it", func(in *Input) { in.Config.Revision = "sha256:other" }, false},
		"ModelState": {"the target cannot answer", func(in *Input) {
			in.Providers[0].Models = []v1alpha1.ModelStatus{{Name: "gpt-4o-mini", State: v1alpha1.ModelPulling}}
		}, false},
		"Rejected":   {"the operator waits for it", func(in *Input) { in.Aliases[0].Route.Targets = nil }, false},
		"AliasMoved": {"another object answers for the name", func(in *Input) { in.Aliases[0].Name = "other" }, false},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			in := base()
			tc.edit(&in)
			if got := Build(in, first, testProtocols()); (got.Digest == first.Digest) != tc.same {
				t.Errorf("equal digests: %v, want %v: %s", got.Digest == first.Digest, tc.same, tc.reason)
			}
		})
	}
}

func TestDigestTellsOneBrokenEditFromTheNext(t *testing.T) {
	bad := testRoute("chat")
	bad.Targets = nil
	first := Build(testInput(testAlias("chat", bad)), nil, testProtocols())
	again := testRoute("chat")
	again.Targets, again.Revision = nil, "sha256:again"
	if second := Build(testInput(testAlias("chat", again)), first, testProtocols()); second.Digest == first.Digest {
		t.Error("equal digests: the operator would wait for a confirmation that is not written")
	}
}
