package modelprovider

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/internal/testkit"
	"github.com/fairlead-dev/fairlead/controllers/ollama"
)

// TestDescribeServers: a server is listed once it has said what it has, and stays listed over a restart of the operator.
func TestDescribeServers(t *testing.T) {
	state := func(asked bool, tiny, big v1alpha1.ModelState) ollama.State {
		return ollama.State{Asked: asked, Models: map[string]ollama.ModelState{"tiny": {State: tiny}, "big": {State: big}}}
	}
	const ready, pulling, pending = v1alpha1.ModelReady, v1alpha1.ModelPulling, v1alpha1.ModelPending
	lacking := func(name, url string, missing ...v1alpha1.ModelName) v1alpha1.OllamaServer {
		return v1alpha1.OllamaServer{Name: name, URL: url, MissingModels: missing}
	}
	type servers = []v1alpha1.OllamaServer
	for name, tc := range map[string]struct {
		last  servers
		known filled
		want  servers
	}{
		"None": {last: servers{lacking("local-ollama-0", "http://a")}},
		"InOrder": {
			known: filled{
				names:  map[string]string{"http://b": "local-ollama-0", "http://a": "local-ollama-1"},
				states: map[string]ollama.State{"http://a": state(true, ready, ready), "http://b": state(true, ready, pulling)},
			},
			want: servers{lacking("local-ollama-0", "http://b", "big"), lacking("local-ollama-1", "http://a")},
		},
		"NotAskedYet": {known: filled{
			names: map[string]string{"http://a": "local-ollama-0"}, states: map[string]ollama.State{"http://a": state(false, pending, pending)},
		}},
		"KnownBefore": {
			last: servers{lacking("local-ollama-0", "http://a", "big")},
			known: filled{
				names: map[string]string{"http://a": "local-ollama-0"}, states: map[string]ollama.State{"http://a": state(false, pending, pending)},
			},
			want: servers{lacking("local-ollama-0", "http://a", "big")},
		},
		"AnotherPodAtTheAddress": {
			last: servers{lacking("local-ollama-0", "http://a")},
			known: filled{
				names: map[string]string{"http://a": "local-ollama-1"}, states: map[string]ollama.State{"http://a": state(false, pending, pending)},
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := testkit.Ollama("ai", "local", []string{"tiny", "big"})
			p.Status.Servers = tc.last
			if diff := cmp.Diff(tc.want, describeServers(p, tc.known)); diff != "" {
				t.Errorf("servers (-want +got):\n%s", diff)
			}
		})
	}
}

// TestModelsAvailable: one server that has everything is enough; what another lacks is said.
func TestModelsAvailable(t *testing.T) {
	failed := ollama.ModelState{State: v1alpha1.ModelFailed, Reason: v1alpha1.ModelDiskFull, Message: "Full."}
	whole := ollama.State{Asked: true, Models: map[string]ollama.ModelState{"tiny": {State: v1alpha1.ModelReady}}}
	lacking := ollama.State{Asked: true, Models: map[string]ollama.ModelState{"tiny": failed}}
	names := map[string]string{"http://a": "local-ollama-0", "http://b": "local-ollama-1"}
	for name, tc := range map[string]struct {
		states          map[string]ollama.State
		drowsing        bool
		last            v1alpha1.ModelState
		reason, message string
	}{
		"Whole":        {states: map[string]ollama.State{"http://a": whole}, reason: v1alpha1.ReasonModelsAvailable, message: "Every listed model is there."},
		"OneLacksIt":   {states: map[string]ollama.State{"http://a": whole, "http://b": lacking}, reason: v1alpha1.ReasonModelsAvailable, message: "Every listed model is there. local-ollama-1 could not pull tiny: DiskFull."},
		"OneIsSilent":  {states: map[string]ollama.State{"http://a": whole, "http://b": {Unreachable: "timeout"}}, reason: v1alpha1.ReasonModelsAvailable, message: "Every listed model is there. local-ollama-1 does not answer."},
		"AllAreSilent": {states: map[string]ollama.State{"http://b": {Unreachable: "timeout"}}, reason: v1alpha1.ReasonServerNotReady, message: "The Ollama at http://b does not answer: timeout."},
		"Failed":       {states: map[string]ollama.State{"http://b": lacking}, reason: v1alpha1.ReasonPullFailed, message: "Could not pull tiny (DiskFull: Full). It is tried again."},
		"NoServer":     {reason: v1alpha1.ReasonServerNotReady, message: "No server that could have the models is ready."},
		"Asleep":       {drowsing: true, last: v1alpha1.ModelReady, reason: v1alpha1.ReasonModelsAvailable, message: "Every listed model is there."},
	} {
		t.Run(name, func(t *testing.T) {
			p := testkit.Ollama("ai", "local", []string{"tiny"})
			if tc.last != "" {
				p.Status.Models = []v1alpha1.ModelStatus{{Name: "tiny", State: tc.last}}
			}
			f := filled{states: tc.states, names: names}
			describeModels(p, f, tc.drowsing)
			got := modelsAvailable(p, true, tc.drowsing, f)
			if got.Reason != tc.reason || got.Message != tc.message {
				t.Errorf("got %s: %s, want %s: %s", got.Reason, got.Message, tc.reason, tc.message)
			}
		})
	}
}

// TestNoModelsListed: a server of the operator's own holds what is listed, and so nothing.
func TestNoModelsListed(t *testing.T) {
	for name, tc := range map[string]struct {
		provider *v1alpha1.ModelProvider
		want     string
	}{
		"Own":     {testkit.Ollama("ai", "local", nil), "The provider lists no models, so its servers hold none. List them in spec.ollama.models."},
		"Foreign": {testkit.OpenAI("ai", "hosted"), "The provider lists no models; whether it has one shows when it is asked."},
	} {
		t.Run(name, func(t *testing.T) {
			if got := modelsAvailable(tc.provider, true, false, filled{}); got.Status != metav1.ConditionTrue || got.Message != tc.want {
				t.Errorf("got %s: %s, want True: %s", got.Status, got.Message, tc.want)
			}
		})
	}
}

// TestIncomplete: a model that a server has yet to pull is a reason to let it run, although another server has the model.
func TestIncomplete(t *testing.T) {
	state := func(s v1alpha1.ModelState, reason string) ollama.State {
		return ollama.State{Asked: true, Models: map[string]ollama.ModelState{"tiny": {State: s, Reason: reason}}}
	}
	there, silent, unasked := state(v1alpha1.ModelReady, ""), state(v1alpha1.ModelPulling, ""), state(v1alpha1.ModelPending, "")
	silent.Unreachable, unasked.Asked = "connection refused", false
	for name, tc := range map[string]struct {
		second ollama.State
		want   bool
	}{
		"There":        {there, false},
		"UpdateFailed": {state(v1alpha1.ModelReady, v1alpha1.ModelRegistryUnreachable), false},
		"Waiting":      {state(v1alpha1.ModelPending, ""), true},
		"Pulling":      {state(v1alpha1.ModelPulling, ""), true},
		"RegistryAway": {state(v1alpha1.ModelFailed, v1alpha1.ModelRegistryUnreachable), true},
		"DiskFull":     {state(v1alpha1.ModelFailed, v1alpha1.ModelDiskFull), false},
		"Silent":       {silent, false},
		"NotAskedYet":  {unasked, false},
	} {
		if got := incomplete(map[string]ollama.State{"a": there, "b": tc.second}); got != tc.want {
			t.Errorf("%s: %v, want %v", name, got, tc.want)
		}
	}
}
