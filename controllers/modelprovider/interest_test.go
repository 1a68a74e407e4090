package modelprovider

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

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
