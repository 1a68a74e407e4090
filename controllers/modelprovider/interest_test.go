package modelprovider

import (
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

// by is what replicas tell, each by its own clock.
func by(clocks ...int64) demands {
	d := demands{}
	for i, at := range clocks {
		d[types.NamespacedName{Namespace: "ai", Name: "main-" + strconv.Itoa(i)}] = at
	}
	return d
}

// TestInterest follows what is known of one provider from the operator's start.
func TestInterest(t *testing.T) {
	long := noon.Add(-time.Hour).Unix()
	woken := sleeper(v1alpha1.ModelReady, activating)
	woken.Status.Conditions = []metav1.Condition{{Type: v1alpha1.ConditionReady, Status: metav1.ConditionTrue, Reason: v1alpha1.ReasonScaledToZero}}
	for name, tc := range map[string]struct {
		provider *v1alpha1.ModelProvider
		known    *interest
		told     demands
		ready    int32
		want     interest
	}{
		"NewOne":             {provider: sleeper("", ""), want: interest{asked: noon}},
		"RunsAtStart":        {provider: sleeper(v1alpha1.ModelReady, active), told: by(long), ready: 1, want: interest{told: by(long), asked: noon}},
		"SleepsAtStart":      {provider: sleeper(v1alpha1.ModelReady, asleep), told: by(long), want: interest{told: by(long), asked: time.Unix(long, 0), woken: noon}},
		"AskedWhileWeSlept":  {provider: sleeper(v1alpha1.ModelReady, asleep), told: by(noon.Unix() - 5), want: interest{told: by(noon.Unix() - 5), asked: noon.Add(-5 * time.Second), woken: noon}},
		"ClockAhead":         {provider: sleeper(v1alpha1.ModelReady, asleep), told: by(noon.Unix() + 500), want: interest{told: by(noon.Unix() + 500), asked: noon, woken: noon}},
		"WasStarting":        {provider: woken, want: interest{asked: noon, woken: noon}},
		"NewDemand":          {provider: sleeper(v1alpha1.ModelReady, active), known: &interest{told: by(5), asked: noon.Add(-time.Minute)}, told: by(6), ready: 1, want: interest{told: by(6), asked: noon}},
		"NoNewDemand":        {provider: sleeper(v1alpha1.ModelReady, active), known: &interest{told: by(6), asked: noon.Add(-time.Minute)}, told: by(6), ready: 1, want: interest{told: by(6), asked: noon.Add(-time.Minute)}},
		"GatewayGone":        {provider: sleeper(v1alpha1.ModelReady, active), known: &interest{told: by(6), asked: noon.Add(-time.Minute)}, told: demands{}, ready: 1, want: interest{told: demands{}, asked: noon.Add(-time.Minute)}},
		"OtherClockIsAhead":  {provider: sleeper(v1alpha1.ModelReady, active), known: &interest{told: by(900, 5), asked: noon.Add(-time.Minute)}, told: by(900, 6), ready: 1, want: interest{told: by(900, 6), asked: noon}},
		"NewReplicaIsBehind": {provider: sleeper(v1alpha1.ModelReady, active), known: &interest{told: by(900), asked: noon.Add(-time.Minute)}, told: by(900, 6), ready: 1, want: interest{told: by(900, 6), asked: noon}},
		"PullingIsUse":       {provider: sleeper(v1alpha1.ModelPulling, active), known: &interest{asked: noon.Add(-time.Hour)}, ready: 1, want: interest{asked: noon}},
		"FirstServerIsReady": {provider: sleeper(v1alpha1.ModelReady, activating), known: &interest{asked: noon, woken: noon}, ready: 1, want: interest{asked: noon}},
	} {
		t.Run(name, func(t *testing.T) {
			var all interests
			if tc.known != nil {
				all.of = map[types.NamespacedName]interest{client.ObjectKeyFromObject(tc.provider): *tc.known}
			}
			got := all.note(tc.provider, tc.told, tc.ready, noon)
			if diff := cmp.Diff(tc.want, got, cmp.AllowUnexported(interest{})); diff != "" {
				t.Errorf("interest (-want +got):\n%s", diff)
			}
		})
	}
}
