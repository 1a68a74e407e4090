package modelprovider

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/internal/testkit"
	"github.com/fairlead-dev/fairlead/controllers/ollama"
)

// TestDescribeModels: a model is as far as on the server that is nearest to having it, and one that was there stays there until a
// server says otherwise.
func TestDescribeModels(t *testing.T) {
	const ready, pulling, pending, failed = v1alpha1.ModelReady, v1alpha1.ModelPulling, v1alpha1.ModelPending, v1alpha1.ModelFailed
	server := func(asked bool, state v1alpha1.ModelState) ollama.State {
		return ollama.State{Asked: asked, Models: map[string]ollama.ModelState{"tiny": {State: state}}}
	}
	type servers = map[string]ollama.State
	for name, tc := range map[string]struct {
		last      v1alpha1.ModelState
		states    servers
		drowsing  bool
		want      v1alpha1.ModelState
		wantReady string
	}{
		"NoServerYet":      {want: pending, wantReady: "0/1"},
		"NoServerNow":      {last: ready, want: ready, wantReady: "1/1"},
		"ServerGone":       {last: pulling, want: pending, wantReady: "0/1"},
		"NotAskedYet":      {last: ready, states: servers{"a": server(false, pending)}, want: ready, wantReady: "1/1"},
		"Lost":             {last: ready, states: servers{"a": server(true, pending)}, want: pending, wantReady: "0/1"},
		"There":            {last: pulling, states: servers{"a": server(true, ready)}, want: ready, wantReady: "1/1"},
		"OneOfTwoHasIt":    {last: ready, states: servers{"a": server(true, ready), "b": server(true, pulling)}, want: ready, wantReady: "1/1"},
		"OneOfTwoHasBegun": {states: servers{"a": server(true, pending), "b": server(true, pulling)}, want: pulling, wantReady: "0/1"},
		"OneOfTwoFailed":   {states: servers{"a": server(true, pending), "b": server(true, failed)}, want: failed, wantReady: "0/1"},
		"FailedAndAsleep":  {last: failed, drowsing: true, want: failed, wantReady: "0/1"},
		"ReadyAndAsleep":   {last: ready, drowsing: true, want: ready, wantReady: "1/1"},
		"NewAndAsleep":     {drowsing: true, want: pending, wantReady: "0/1"},
	} {
		t.Run(name, func(t *testing.T) {
			p := testkit.Ollama("ai", "local", []string{"tiny"})
			if tc.last != "" {
				p.Status.Models = []v1alpha1.ModelStatus{{Name: "tiny", State: tc.last}}
			}
			describeModels(p, filled{states: tc.states}, tc.drowsing)
			if got := p.Status.Models[0].State; got != tc.want {
				t.Errorf("state = %s, want %s", got, tc.want)
			}
			if diff := cmp.Diff(tc.wantReady, p.Status.ModelsReady); diff != "" {
				t.Errorf("modelsReady (-want +got):\n%s", diff)
			}
		})
	}
}

// TestAvailable: another version in the registry is told of until the servers have it, over a restart of the operator as well.
func TestAvailable(t *testing.T) {
	const here, there = "sha256:aa", "sha256:bb"
	type versions = map[string]ollama.Version
	for name, tc := range map[string]struct {
		updates  v1alpha1.ModelUpdates
		digest   string
		last     v1alpha1.ModelStatus
		versions versions
		want     string
	}{
		"NotAsked":        {digest: here},
		"Same":            {digest: here, versions: versions{"tiny": {Digest: here}}},
		"Another":         {digest: here, versions: versions{"tiny": {Digest: there}}, want: there},
		"Pulled":          {updates: v1alpha1.UpdatesPull, digest: here, versions: versions{"tiny": {Digest: there}}, want: there},
		"NotWanted":       {updates: v1alpha1.UpdatesIgnore, digest: here, versions: versions{"tiny": {Digest: there}}},
		"NotThere":        {versions: versions{"tiny": {Digest: there}}},
		"GoneThere":       {digest: here, versions: versions{"tiny": {}}, last: v1alpha1.ModelStatus{Digest: here, AvailableDigest: there}},
		"KnownBefore":     {digest: here, last: v1alpha1.ModelStatus{Digest: here, AvailableDigest: there}, want: there},
		"PulledSinceThen": {digest: there, last: v1alpha1.ModelStatus{Digest: here, AvailableDigest: there}},
	} {
		t.Run(name, func(t *testing.T) {
			p := testkit.Ollama("ai", "local", []string{"tiny"}, func(p *v1alpha1.ModelProvider) { p.Spec.Ollama.Updates = tc.updates })
			got := available(p, v1alpha1.ModelStatus{Name: "tiny", Digest: tc.digest}, tc.last, tc.versions)
			if got != tc.want {
				t.Errorf("available = %q, want %q", got, tc.want)
			}
		})
	}
}
