package e2e

import (
	"context"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/hack/bench"
	"github.com/fairlead-dev/fairlead/hack/stack"
)

const (
	// killsFor is how long Pods are killed when E2E_KILLS does not say.
	killsFor = 2 * time.Minute
	// betweenKills is the longest time between one thing that is whole again and the next that is killed.
	betweenKills = 5 * time.Second
)

// TestRandomKills kills one Pod after the other, chosen at random among those of Ollama, Redis, PostgreSQL, the gateway and the operator,
// either by deleting it without grace or by killing its processes, and waits each time until everything is whole. Meanwhile three aliases
// are asked, with a key that has limits:
//
//   - one with a hosted target, which is always there: the gateway never answers an error;
//   - one whose first target is Ollama and whose second is hosted: neither does it here;
//   - one with nothing but Ollama: it answers errors only while Ollama is away.
//
// A connection to a gateway Pod that is killed is lost with it, as are those that are opened to it until it is out of the Service; outside
// of these times no connection is lost. At the end every object is ready and nothing is written any more.
func TestRandomKills(t *testing.T) {
	s, c := connect(t)
	hosted := upstream(t, s, "kills-hosted")
	local, both := ollamaAlias(s, "kills-local"), ollamaAlias(s, "kills-both")
	both.Spec.Targets = append(both.Spec.Targets, v1alpha1.Target{
		Name: "hosted", ProviderRef: v1alpha1.ProviderReference{Name: "fake-upstream"}, Model: "first", Priority: new(int32(1)),
	})
	for _, alias := range []*v1alpha1.ModelAlias{local, both} {
		create(t, s, alias)
		if err := s.AwaitReady(t.Context(), alias.Name, limit); err != nil {
			t.Fatal(err)
		}
	}
	key := stack.NewKey(s.Namespace, "e2e-kills")
	key.Spec.RateLimits = []v1alpha1.RateLimit{{Name: "wide", Per: v1alpha1.LimitPerKey, Requests: 1_000_000, Parallel: 1000}}
	w := &witness{client: c.With(issue(t, s, key))}

	loaded, stop := context.WithCancel(t.Context())
	var group sync.WaitGroup
	w.every(loaded, &group, 100*time.Millisecond, hosted)
	w.every(loaded, &group, 250*time.Millisecond, both.Name)
	w.every(loaded, &group, time.Second, local.Name)
	for range streams {
		w.stream(loaded, &group, hosted)
	}
	outages := killAtRandom(t, s)
	stop()
	group.Wait()

	judge(t, w, outages, local.Name)
	awaitReadyObjects(t, s)
	awaitRest(t)
}

// ollamaAlias is an alias for a model of the sample's Ollama.
func ollamaAlias(s *stack.Stack, name string) *v1alpha1.ModelAlias {
	return stack.NewAlias(s.Namespace, name, "local", "llama3.2:3b")
}

// killAtRandom kills until the time is over, and returns when what was away.
func killAtRandom(t *testing.T, s *stack.Stack) []outage {
	t.Helper()
	length, seed := killsFor, time.Now().UnixNano()
	if text := os.Getenv("E2E_KILLS"); text != "" {
		var err error
		if length, err = time.ParseDuration(text); err != nil {
			t.Fatalf("E2E_KILLS: %v", err)
		}
	}
	if text := os.Getenv("E2E_SEED"); text != "" {
		var err error
		if seed, err = strconv.ParseInt(text, 10, 64); err != nil {
			t.Fatalf("E2E_SEED: %v", err)
		}
	}
	t.Logf("killing for %s; E2E_SEED=%d chooses the same", length, seed)
	chance, k := rand.New(rand.NewPCG(uint64(seed), 0)), killer{wounded: map[string]bool{}}
	var outages []outage
	for began := time.Now(); time.Since(began) < length && !t.Failed(); {
		component := victims[chance.IntN(len(victims))]
		o := outage{component: component, from: time.Now()}
		how := k.kill(t, s, component, chance)
		awaitWhole(t, s, s.Namespace)
		awaitWhole(t, s, operatorNamespace)
		o.to = time.Now()
		t.Logf("%s %s; whole after %s", how, component, o.to.Sub(o.from).Round(time.Millisecond))
		outages = append(outages, o)
		pause(t, time.Duration(chance.Int64N(int64(betweenKills))))
	}
	return outages
}

// victims are the components that are killed.
var victims = []string{"ollama", "redis", "postgres", "gateway", "operator"}

// killer remembers the Pods whose processes it has killed: one that dies again and again is started later and later by the kubelet.
type killer struct{ wounded map[string]bool }

// kill kills one Pod of a component, and says how.
func (k killer) kill(t *testing.T, s *stack.Stack, component string, chance *rand.Rand) string {
	t.Helper()
	namespace := s.Namespace
	if component == "operator" {
		namespace = operatorNamespace
	}
	pods := slices.DeleteFunc(podsOf(t, s, namespace), func(p corev1.Pod) bool {
		return p.Labels["app.kubernetes.io/component"] != component
	})
	if len(pods) == 0 {
		t.Fatalf("expected Pods of the %s, found none", component)
	}
	pod := pods[chance.IntN(len(pods))]
	if id := string(pod.UID); chance.IntN(2) == 0 && !k.wounded[id] {
		k.wounded[id] = true
		killProcesses(t, &pod)
		awaitRestart(t, s, &pod)
		return "killed the processes of"
	}
	if err := s.Client.Delete(t.Context(), &pod, client.GracePeriodSeconds(0)); err != nil {
		t.Fatal(err)
	}
	return "deleted without grace"
}

// awaitRestart waits until the kubelet has noticed that the containers of a Pod have ended. Until then the Pod counts as ready.
func awaitRestart(t *testing.T, s *stack.Stack, pod *corev1.Pod) {
	t.Helper()
	await(t, "the restart of "+pod.Name, func(ctx context.Context) (bool, error) {
		var now corev1.Pod
		err := s.Client.Get(ctx, client.ObjectKeyFromObject(pod), &now)
		return err == nil && (now.UID != pod.UID || restarts(&now) > restarts(pod)), client.IgnoreNotFound(err)
	})
}

func restarts(p *corev1.Pod) (n int32) {
	for _, c := range p.Status.ContainerStatuses {
		n += c.RestartCount
	}
	return n
}

// judge prints what was lost, and fails the test where there was no reason for it.
func judge(t *testing.T, w *witness, outages []outage, local string) {
	t.Helper()
	var lost, away, wrong int
	for _, f := range w.failures {
		cause := ""
		switch {
		case f.lost:
			cause = "gateway"
		case f.alias == local:
			cause = "ollama"
		}
		excused := slices.ContainsFunc(outages, func(o outage) bool { return o.component == cause && o.excuses(f) })
		switch {
		case excused && f.lost:
			lost++
		case excused:
			away++
		default:
			wrong++
			t.Errorf("without a reason: %s", f)
		}
	}
	figures := bench.NewFigures(t.Output())
	figures.Print("kills", float64(len(outages)), "Pods")
	figures.Print("kills_requests", float64(w.sent), "requests")
	figures.Print("kills_lost_with_a_gateway", float64(lost), "requests")
	figures.Print("kills_errors_without_a_target", float64(away), "requests")
	figures.Print("kills_errors_without_a_reason", float64(wrong), "requests")
}
