package modelprovider

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/internal/testkit"
)

const (
	asleep     = v1alpha1.ActivationScaledToZero
	activating = v1alpha1.ActivationActivating
	active     = v1alpha1.ActivationActive
)

var noon = time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)

// sleeper is a provider that stops after a minute, whose only model is in a state, and whose servers are.
func sleeper(model v1alpha1.ModelState, servers v1alpha1.ActivationState) *v1alpha1.ModelProvider {
	p := testkit.Ollama("ai", "local", []string{"tiny"}, func(p *v1alpha1.ModelProvider) {
		p.Spec.Ollama.Managed.ScaleToZero = &v1alpha1.ScaleToZero{IdleAfter: "1m", ActivationTimeout: "2m"}
	})
	if model != "" {
		p.Status.Models = []v1alpha1.ModelStatus{{Name: "tiny", State: model}}
	}
	if servers != "" {
		p.Status.Activation = &v1alpha1.Activation{State: servers, Timeout: "2m"}
	}
	return p
}

func TestDecide(t *testing.T) {
	const there, pulling = v1alpha1.ModelReady, v1alpha1.ModelPulling
	ago := func(d time.Duration) time.Time { return noon.Add(-d) }
	for name, tc := range map[string]struct {
		model   v1alpha1.ModelState
		reason  string
		servers v1alpha1.ActivationState
		ready   int32
		known   interest
		want    plan
	}{
		"InUse":         {there, "", active, 1, interest{asked: ago(2 * time.Second)}, plan{state: active, again: 70 * time.Second}},
		"IdleNotLong":   {there, "", active, 1, interest{asked: ago(71 * time.Second)}, plan{state: active, again: time.Second}},
		"Idle":          {there, "", active, 1, interest{asked: ago(72 * time.Second)}, plan{state: asleep}},
		"StaysIdle":     {there, "", asleep, 0, interest{asked: ago(time.Hour), woken: noon}, plan{state: asleep}},
		"IdleAndDead":   {there, "", activating, 0, interest{asked: ago(time.Hour)}, plan{state: asleep}},
		"Asked":         {there, "", asleep, 0, interest{asked: noon, woken: noon}, plan{state: activating, waking: true, again: 72 * time.Second}},
		"Starts":        {there, "", activating, 0, interest{asked: noon, woken: ago(100 * time.Second)}, plan{state: activating, waking: true, again: 20 * time.Second}},
		"StartsTooLong": {there, "", activating, 0, interest{asked: noon, woken: ago(2 * time.Minute)}, plan{state: activating, again: 72 * time.Second}},
		"Died":          {there, "", active, 0, interest{asked: noon}, plan{state: activating, again: 72 * time.Second}},
		"NeverPulled":   {"", "", "", 0, interest{asked: ago(time.Hour)}, plan{state: activating}},
		"IsPulling":     {pulling, "", active, 1, interest{asked: ago(time.Hour)}, plan{state: active}},
		"RegistryAway":  {v1alpha1.ModelFailed, v1alpha1.ModelRegistryUnreachable, active, 1, interest{asked: ago(time.Hour)}, plan{state: active}},
		"NoSuchModel":   {v1alpha1.ModelFailed, v1alpha1.ModelNotFound, active, 1, interest{asked: ago(time.Hour)}, plan{state: asleep}},
	} {
		t.Run(name, func(t *testing.T) {
			p := sleeper(tc.model, tc.servers)
			if tc.reason != "" {
				p.Status.Models[0].Reason = tc.reason
			}
			tc.want.timeout = "2m"
			got := decide(p, tc.ready, tc.known, noon)
			if diff := cmp.Diff(tc.want, got, cmp.AllowUnexported(plan{})); diff != "" {
				t.Errorf("plan (-want +got):\n%s", diff)
			}
		})
	}
}

// TestDecideNothing: what does not scale to zero is left alone, and so is what shall have no servers at all.
func TestDecideNothing(t *testing.T) {
	plain := testkit.Ollama("ai", "local", nil)
	none := sleeper(v1alpha1.ModelReady, "")
	none.Spec.Ollama.Managed.Replicas = new(int32(0))
	for _, p := range []*v1alpha1.ModelProvider{plain, none, testkit.OpenAI("ai", "hosted")} {
		if got := decide(p, 0, interest{}, noon); got != (plan{}) {
			t.Errorf("plan = %+v", got)
		}
	}
}

// TestInterest follows what is known of one provider from the operator's start.
func TestInterest(t *testing.T) {
	long := noon.Add(-time.Hour).Unix()
	woken := sleeper(v1alpha1.ModelReady, activating)
	woken.Status.Conditions = []metav1.Condition{{Type: v1alpha1.ConditionReady, Status: metav1.ConditionTrue, Reason: v1alpha1.ReasonScaledToZero}}
	for name, tc := range map[string]struct {
		provider *v1alpha1.ModelProvider
		known    *interest
		newest   int64
		ready    int32
		want     interest
	}{
		"NewOne":             {provider: sleeper("", ""), want: interest{asked: noon}},
		"RunsAtStart":        {provider: sleeper(v1alpha1.ModelReady, active), newest: long, ready: 1, want: interest{newest: long, asked: noon}},
		"SleepsAtStart":      {provider: sleeper(v1alpha1.ModelReady, asleep), newest: long, want: interest{newest: long, asked: time.Unix(long, 0), woken: noon}},
		"AskedWhileWeSlept":  {provider: sleeper(v1alpha1.ModelReady, asleep), newest: noon.Unix() - 5, want: interest{newest: noon.Unix() - 5, asked: noon.Add(-5 * time.Second), woken: noon}},
		"ClockAhead":         {provider: sleeper(v1alpha1.ModelReady, asleep), newest: noon.Unix() + 500, want: interest{newest: noon.Unix() + 500, asked: noon, woken: noon}},
		"WasStarting":        {provider: woken, want: interest{asked: noon, woken: noon}},
		"NewDemand":          {provider: sleeper(v1alpha1.ModelReady, active), known: &interest{newest: 5, asked: noon.Add(-time.Minute)}, newest: 6, ready: 1, want: interest{newest: 6, asked: noon}},
		"NoNewDemand":        {provider: sleeper(v1alpha1.ModelReady, active), known: &interest{newest: 6, asked: noon.Add(-time.Minute)}, newest: 6, ready: 1, want: interest{newest: 6, asked: noon.Add(-time.Minute)}},
		"GatewayGone":        {provider: sleeper(v1alpha1.ModelReady, active), known: &interest{newest: 6, asked: noon.Add(-time.Minute)}, ready: 1, want: interest{newest: 6, asked: noon.Add(-time.Minute)}},
		"PullingIsUse":       {provider: sleeper(v1alpha1.ModelPulling, active), known: &interest{asked: noon.Add(-time.Hour)}, ready: 1, want: interest{asked: noon}},
		"FirstServerIsReady": {provider: sleeper(v1alpha1.ModelReady, activating), known: &interest{asked: noon, woken: noon}, ready: 1, want: interest{asked: noon}},
	} {
		t.Run(name, func(t *testing.T) {
			var all interests
			if tc.known != nil {
				all.of = map[types.NamespacedName]interest{client.ObjectKeyFromObject(tc.provider): *tc.known}
			}
			got := all.note(tc.provider, tc.newest, tc.ready, noon)
			if diff := cmp.Diff(tc.want, got, cmp.AllowUnexported(interest{})); diff != "" {
				t.Errorf("interest (-want +got):\n%s", diff)
			}
		})
	}
}
