package modelprovider

import (
	"fmt"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	coordinationv1 "k8s.io/api/coordination/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

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

// six is what was heard of the first replica 50 seconds before noon.
func six() map[types.NamespacedName]hearing {
	return map[types.NamespacedName]hearing{{Namespace: "ai", Name: "main-0"}: {6, noon.Add(-50 * time.Second)}}
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
		filling  bool
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
		"ClockIsSetBack":     {provider: sleeper(v1alpha1.ModelReady, active), known: &interest{told: by(900), asked: noon.Add(-time.Minute)}, told: by(6), ready: 1, want: interest{told: by(6), asked: noon}},
		"HeardSince":         {provider: sleeper(v1alpha1.ModelReady, active), known: &interest{told: by(5), asked: noon.Add(-time.Minute), heard: six()}, told: by(6), ready: 1, want: interest{told: by(6), asked: noon.Add(-50 * time.Second)}},
		"HeardLess":          {provider: sleeper(v1alpha1.ModelReady, active), known: &interest{told: by(5), asked: noon.Add(-time.Minute), heard: six()}, told: by(7), ready: 1, want: interest{told: by(7), asked: noon}},
		"HeardOfOneOfTwo":    {provider: sleeper(v1alpha1.ModelReady, active), known: &interest{told: by(5, 5), asked: noon.Add(-time.Minute), heard: six()}, told: by(6, 7), ready: 1, want: interest{told: by(6, 7), asked: noon}},
		"HeardOfAForeigner":  {provider: sleeper(v1alpha1.ModelReady, active), known: &interest{told: by(), asked: noon.Add(-time.Minute), heard: six()}, told: by(), ready: 1, want: interest{told: by(), asked: noon.Add(-time.Minute)}},
		"NewReplicaIsBehind": {provider: sleeper(v1alpha1.ModelReady, active), known: &interest{told: by(900), asked: noon.Add(-time.Minute)}, told: by(900, 6), ready: 1, want: interest{told: by(900, 6), asked: noon}},
		"PullingIsUse":       {provider: sleeper(v1alpha1.ModelPulling, active), known: &interest{asked: noon.Add(-time.Hour)}, ready: 1, want: interest{asked: noon}},
		"SecondServerPulls":  {provider: sleeper(v1alpha1.ModelReady, active), known: &interest{asked: noon.Add(-time.Hour)}, ready: 2, filling: true, want: interest{asked: noon}},
		"FirstServerIsReady": {provider: sleeper(v1alpha1.ModelReady, activating), known: &interest{asked: noon, woken: noon}, ready: 1, want: interest{asked: noon}},
	} {
		t.Run(name, func(t *testing.T) {
			var all interests
			if tc.known != nil {
				all.of = map[types.NamespacedName]interest{client.ObjectKeyFromObject(tc.provider): *tc.known}
			}
			got := all.note(tc.provider, sight{tc.told, tc.ready, tc.filling}, noon)
			if diff := cmp.Diff(tc.want, got, cmp.AllowUnexported(interest{}, hearing{})); diff != "" {
				t.Errorf("interest (-want +got):\n%s", diff)
			}
		})
	}
}

// TestServersStopAfterTheLastRequest: when it came is what counts, and not when the operator looks next.
func TestServersStopAfterTheLastRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, p := &Reconciler{}, sleeper(v1alpha1.ModelReady, active)
		name, began := client.ObjectKeyFromObject(p), time.Now()
		look := func(told demands) plan {
			return decide(p, 1, r.interests.note(p, sight{told: told, ready: 1}, time.Now()), time.Now())
		}
		q := workqueue.NewTypedRateLimitingQueue(workqueue.DefaultTypedControllerRateLimiter[reconcile.Request]())
		defer q.ShutDown()
		first := look(by(1))
		<-time.After(5 * time.Second)
		r.idleAsked().Update(t.Context(), event.UpdateEvent{ObjectOld: leaseOf(name, 1), ObjectNew: leaseOf(name, 2)}, q)
		<-time.After(first.again - 5*time.Second)
		second := look(by(2))
		<-time.After(second.again)
		if last := look(by(2)); last.state != asleep || time.Since(began) != 5*time.Second+time.Minute+toldWithin {
			t.Errorf("%s after a request 5s after the first: %+v, want the servers stopped %s after that", time.Since(began), last, time.Minute+toldWithin)
		}
		p.Status.Activation.State = asleep
		if !look(by(2)).stopped() {
			t.Error("the servers run on although it was said that they stop")
		}
		if q.Len() != 0 {
			t.Error("a provider that runs is reconciled for each request")
		}
	})
}

// leaseOf is that of a replica that was asked for a provider.
func leaseOf(provider types.NamespacedName, at int64) *coordinationv1.Lease {
	return &coordinationv1.Lease{ObjectMeta: metav1.ObjectMeta{
		Namespace: "ai", Name: "main-0",
		Annotations: map[string]string{v1alpha1.AnnotationDemand: fmt.Sprintf(`[{"provider":%q,"lastRequest":%d}]`, provider, at)},
	}}
}
