package modelprovider

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

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
		"Idle":          {there, "", active, 1, interest{asked: ago(72 * time.Second)}, plan{state: asleep, leaving: true, again: grace}},
		"StaysIdle":     {there, "", asleep, 0, interest{asked: ago(time.Hour), woken: noon}, plan{state: asleep}},
		"IdleAndDead":   {there, "", activating, 0, interest{asked: ago(time.Hour)}, plan{state: asleep, leaving: true, again: grace}},
		"AskedInTime":   {there, "", asleep, 1, interest{asked: noon, woken: noon}, plan{state: active, again: 72 * time.Second}},
		"Asked":         {there, "", asleep, 0, interest{asked: noon, woken: noon}, plan{state: activating, waking: true, again: 72 * time.Second}},
		"Starts":        {there, "", activating, 0, interest{asked: noon, woken: ago(100 * time.Second)}, plan{state: activating, waking: true, again: 20 * time.Second}},
		"StartsTooLong": {there, "", activating, 0, interest{asked: noon, woken: ago(2 * time.Minute)}, plan{state: activating, again: 72 * time.Second}},
		"Died":          {there, "", active, 0, interest{asked: noon}, plan{state: activating, again: 72 * time.Second}},
		"NeverPulled":   {"", "", "", 0, interest{asked: ago(time.Hour)}, plan{state: activating}},
		"IsPulling":     {pulling, "", active, 1, interest{asked: ago(time.Hour)}, plan{state: active}},
		"RegistryAway":  {v1alpha1.ModelFailed, v1alpha1.ModelRegistryUnreachable, active, 1, interest{asked: ago(time.Hour)}, plan{state: active}},
		"NoSuchModel":   {v1alpha1.ModelFailed, v1alpha1.ModelNotFound, active, 1, interest{asked: ago(time.Hour)}, plan{state: asleep, leaving: true, again: grace}},
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

// TestWhatKeepsServersRunning: a model that has yet to be pulled does, and one that waits for a person only once the person has done
// something.
func TestWhatKeepsServersRunning(t *testing.T) {
	const failed = v1alpha1.ModelFailed
	for name, tc := range map[string]struct {
		state  v1alpha1.ModelState
		reason string
		edited bool
		want   bool
	}{
		"There":          {state: v1alpha1.ModelReady},
		"ThereAndEdited": {state: v1alpha1.ModelReady, edited: true},
		"Pulling":        {state: v1alpha1.ModelPulling, want: true},
		"PullingAgain":   {state: v1alpha1.ModelPulling, reason: v1alpha1.ModelDiskFull, want: true},
		"Away":           {state: failed, reason: v1alpha1.ModelRegistryUnreachable, want: true},
		"DiskFull":       {state: failed, reason: v1alpha1.ModelDiskFull},
		"DiskFullEdited": {state: failed, reason: v1alpha1.ModelDiskFull, edited: true, want: true},
		"New":            {want: true},
	} {
		p := sleeper(tc.state, asleep)
		p.Generation, p.Status.ObservedGeneration = 2, 2
		if tc.edited {
			p.Generation++
		}
		if tc.reason != "" {
			p.Status.Models[0].Reason = tc.reason
		}
		if got := unfilled(p); got != tc.want {
			t.Errorf("%s: %v, want %v", name, got, tc.want)
		}
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

// TestFilledServersAreDecidedAboutAtOnce: the status that says that the models are there is written by the reconcile that planned while
// they were missing, and its own write is no event.
func TestFilledServersAreDecidedAboutAtOnce(t *testing.T) {
	pulling, there := sleeper(v1alpha1.ModelPulling, active), sleeper(v1alpha1.ModelReady, active)
	planned := decide(pulling, 1, interest{asked: noon}, noon)
	for name, tc := range map[string]struct {
		before, after *v1alpha1.ModelProvider
		plan          plan
		want          time.Duration
	}{
		"JustFilled":   {pulling, there, planned, soon},
		"StillPulling": {pulling, pulling, planned, 0},
		"Filled":       {there, there, plan{state: active, again: time.Second}, time.Second},
		"AlwaysRuns":   {pulling, there, plan{}, 0},
	} {
		if got := tc.plan.next(tc.before, tc.after); got != tc.want {
			t.Errorf("%s: decided again after %s, want %s", name, got, tc.want)
		}
	}
}
