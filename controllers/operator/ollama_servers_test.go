package operator_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/internal/testkit"
	"github.com/fairlead-dev/fairlead/controllers/render"
	"github.com/fairlead-dev/fairlead/controllers/status"
)

// TestScaleUpTakesNoModelOut: while a second server is filled, the first one has the model, and gateways are told which has what.
// What the spec lists no more is deleted.
func TestScaleUpTakesNoModelOut(t *testing.T) {
	c := needCluster(t)
	ns := c.Namespace(t, nil)
	first, second := testkit.NewOllamaServer(t, "tiny:latest"), testkit.NewOllamaServer(t)
	release := second.Hold()
	o := options(ns)
	o.PodURL = func(p *corev1.Pod) string {
		if p.Name == "local-ollama-0" {
			return first.URL
		}
		return second.URL
	}
	start(t, o)
	provider := testkit.Ollama(ns, "local", []string{"tiny"}, func(p *v1alpha1.ModelProvider) {
		p.Spec.Ollama.Managed.Replicas = new(int32(2))
	})
	c.Create(t, provider)
	testkit.ReadyPod(t, c.Client, ns, "local-ollama-0", render.OllamaPods(provider))
	testkit.ReadyStatefulSet(t, c.Client, ns, "local-ollama")
	expectServers(t, c, provider, v1alpha1.OllamaServer{Name: "local-ollama-0", URL: first.URL})
	testkit.ExpectCondition(t, c.Client, provider, v1alpha1.ConditionReady, yes, v1alpha1.ReasonReady)

	testkit.ReadyPod(t, c.Client, ns, "local-ollama-1", render.OllamaPods(provider))
	expectServers(t, c, provider, v1alpha1.OllamaServer{Name: "local-ollama-0", URL: first.URL},
		v1alpha1.OllamaServer{Name: "local-ollama-1", URL: second.URL, MissingModels: []v1alpha1.ModelName{"tiny"}})
	if m := provider.Status.Models[0]; m.State != v1alpha1.ModelReady || m.Digest != "sha256:"+testkit.Digest("tiny:latest") {
		t.Errorf("the model is %+v while one server has it", m)
	}
	testkit.ExpectCondition(t, c.Client, provider, v1alpha1.ConditionReady, yes, v1alpha1.ReasonReady)
	release()
	expectServers(t, c, provider, v1alpha1.OllamaServer{Name: "local-ollama-0", URL: first.URL},
		v1alpha1.OllamaServer{Name: "local-ollama-1", URL: second.URL})

	testkit.Edit(t, c.Client, provider, func(p *v1alpha1.ModelProvider) { p.Spec.Ollama.Models[0].Name = "other" })
	testkit.Eventually(t, func() error {
		for _, s := range []*testkit.OllamaServer{first, second} {
			if diff := cmp.Diff([]string{"other:latest"}, s.Models()); diff != "" {
				return fmt.Errorf("models (-want +got):\n%s", diff)
			}
		}
		return nil
	})
	expectEvent(t, c, provider, status.EventModelDeleted)
}

func expectServers(t *testing.T, c *testkit.Cluster, p *v1alpha1.ModelProvider, want ...v1alpha1.OllamaServer) {
	t.Helper()
	testkit.Eventually(t, func() error {
		testkit.ExpectThere(t, c.Client, p)
		if diff := cmp.Diff(want, p.Status.Servers); diff != "" {
			return fmt.Errorf("servers (-want +got):\n%s", diff)
		}
		return nil
	})
}

func expectEvent(t *testing.T, c *testkit.Cluster, about client.Object, reason string) {
	t.Helper()
	testkit.Eventually(t, func() error {
		list := &corev1.EventList{}
		if err := c.Client.List(t.Context(), list); err != nil {
			return err
		}
		if !slices.ContainsFunc(list.Items, func(e corev1.Event) bool { return e.InvolvedObject.UID == about.GetUID() && e.Reason == reason }) {
			return fmt.Errorf("no event %s", reason)
		}
		return nil
	})
}

// TestWake: a provider that sleeps when the operator starts goes on sleeping, its alias is ready, and the first demand that a gateway
// tells of starts its servers.
func TestWake(t *testing.T) {
	c := needCluster(t)
	ns := c.Namespace(t, nil)
	server := testkit.NewOllamaServer(t, "tiny:latest")
	provider := asleep(t, c, ns)
	alias := testkit.Alias(ns, "chat", []string{"local"}, func(a *v1alpha1.ModelAlias) { a.Spec.Targets[0].Model = "tiny" })
	c.Create(t, testkit.Gateway(ns, "main"), alias)
	testkit.StartDataPlane(t, c.Client, ns, "main", 1)
	o := options(ns)
	o.PodURL = podURL(server.URL)
	start(t, o)
	testkit.ExpectCondition(t, c.Client, alias, v1alpha1.ConditionReady, yes, v1alpha1.ReasonScaledToZero)
	testkit.ExpectCondition(t, c.Client, provider, v1alpha1.ConditionReady, yes, v1alpha1.ReasonScaledToZero)
	testkit.ExpectCondition(t, c.Client, provider, v1alpha1.ConditionModelsAvailable, yes, v1alpha1.ReasonModelsAvailable)
	expectSize(t, c, ns, 0)

	demand(t, c, ns, provider)
	expectSize(t, c, ns, 1)
	expectActivation(t, c, provider, v1alpha1.ActivationActivating)
	testkit.ExpectCondition(t, c.Client, provider, v1alpha1.ConditionReady, yes, v1alpha1.ReasonScaledToZero)
	testkit.ReadyPod(t, c.Client, ns, "local-ollama-0", render.OllamaPods(provider))
	testkit.ReadyStatefulSet(t, c.Client, ns, "local-ollama")
	expectActivation(t, c, provider, v1alpha1.ActivationActive)
	testkit.ExpectCondition(t, c.Client, provider, v1alpha1.ConditionReady, yes, v1alpha1.ReasonReady)
	testkit.ExpectCondition(t, c.Client, alias, v1alpha1.ConditionReady, yes, v1alpha1.ReasonReady)
	expectServers(t, c, provider, v1alpha1.OllamaServer{Name: "local-ollama-0", URL: server.URL})
	expectEvent(t, c, provider, status.EventActivated)
	if pulls := server.Requests(); len(pulls) != 0 {
		t.Errorf("the server was asked to %q, and has everything", pulls)
	}
}

// TestBrokenSleeperWakes: an edit that cannot be served does not keep servers asleep that are asked for.
func TestBrokenSleeperWakes(t *testing.T) {
	c := needCluster(t)
	ns := c.Namespace(t, nil)
	provider := asleep(t, c, ns)
	alias := testkit.Alias(ns, "chat", []string{"local"}, func(a *v1alpha1.ModelAlias) { a.Spec.Targets[0].Model = "tiny" })
	c.Create(t, testkit.Gateway(ns, "main"), alias)
	testkit.StartDataPlane(t, c.Client, ns, "main", 1)
	start(t, options(ns))
	testkit.ExpectCondition(t, c.Client, alias, v1alpha1.ConditionReady, yes, v1alpha1.ReasonScaledToZero)
	broken := &v1alpha1.ProviderDefaults{Timeouts: &v1alpha1.Timeouts{Request: "0s"}}
	testkit.Edit(t, c.Client, provider, func(p *v1alpha1.ModelProvider) { p.Spec.Defaults = broken })
	testkit.ExpectCondition(t, c.Client, provider, v1alpha1.ConditionAccepted, no, v1alpha1.ReasonInvalid)
	expectSize(t, c, ns, 0)
	expectActivation(t, c, provider, v1alpha1.ActivationScaledToZero)
	testkit.ExpectCondition(t, c.Client, alias, v1alpha1.ConditionReady, yes, v1alpha1.ReasonScaledToZero)

	demand(t, c, ns, provider)
	expectSize(t, c, ns, 1)
	expectActivation(t, c, provider, v1alpha1.ActivationActivating)
	// What it says of its times cannot be kept: they run on.
	testkit.Edit(t, c.Client, provider, func(p *v1alpha1.ModelProvider) { p.Spec.Ollama.Managed.ScaleToZero.IdleAfter = "1s" })
	testkit.ReadyPod(t, c.Client, ns, "local-ollama-0", render.OllamaPods(provider))
	testkit.Edit(t, c.Client, provider, func(p *v1alpha1.ModelProvider) { p.Spec.Ollama.Managed.ScaleToZero.IdleAfter = "10m" })
	expectActivation(t, c, provider, v1alpha1.ActivationActive)
	if m := provider.Status.Models; len(m) != 1 || m[0].State != v1alpha1.ModelReady || provider.Status.Endpoint == nil {
		t.Errorf("models = %+v, endpoint = %+v", m, provider.Status.Endpoint)
	}
}

// TestAnEditTriesAgainWhatFailed: a model that waits for a person keeps no server awake, and is tried again once the person has done
// something, although nobody asks and it takes a while until a server is there.
func TestAnEditTriesAgainWhatFailed(t *testing.T) {
	c := needCluster(t)
	ns := c.Namespace(t, nil)
	server := testkit.NewOllamaServer(t)
	provider := asleep(t, c, ns)
	provider.Status.Models = []v1alpha1.ModelStatus{{Name: "tiny", State: v1alpha1.ModelFailed, Reason: v1alpha1.ModelUnsupported, Message: "Too old."}}
	provider.Status.ObservedGeneration = provider.Generation
	if err := c.Client.Status().Update(t.Context(), provider); err != nil {
		t.Fatal(err)
	}
	o := options(ns)
	o.PodURL = podURL(server.URL)
	start(t, o)
	testkit.ExpectCondition(t, c.Client, provider, v1alpha1.ConditionReady, no, v1alpha1.ReasonPullFailed)
	expectSize(t, c, ns, 0)
	testkit.Edit(t, c.Client, provider, func(p *v1alpha1.ModelProvider) { p.Spec.Ollama.Managed.Image = "ollama/ollama:newer" })
	expectSize(t, c, ns, 1)
	testkit.ExpectCondition(t, c.Client, provider, v1alpha1.ConditionModelsAvailable, no, v1alpha1.ReasonPulling)
	testkit.ReadyPod(t, c.Client, ns, "local-ollama-0", render.OllamaPods(provider))
	testkit.ReadyStatefulSet(t, c.Client, ns, "local-ollama")
	testkit.ExpectCondition(t, c.Client, provider, v1alpha1.ConditionReady, yes, v1alpha1.ReasonReady)
}

// TestForeignDemandWakesNobody: a Lease in a namespace that the provider does not admit is none of its business.
func TestForeignDemandWakesNobody(t *testing.T) {
	c := needCluster(t)
	ns, foreign := c.Namespace(t, nil), c.Namespace(t, nil)
	provider := asleep(t, c, ns)
	start(t, options(ns, foreign))
	testkit.ExpectCondition(t, c.Client, provider, v1alpha1.ConditionReady, yes, v1alpha1.ReasonScaledToZero)
	demand(t, c, foreign, provider)
	// An edit is reconciled after the Lease was seen, and shows what was made of it.
	testkit.Edit(t, c.Client, provider, func(p *v1alpha1.ModelProvider) { p.Spec.Ollama.Managed.KeepAlive = "1h" })
	testkit.ExpectCondition(t, c.Client, provider, v1alpha1.ConditionReady, yes, v1alpha1.ReasonScaledToZero)
	expectSize(t, c, ns, 0)
	testkit.Edit(t, c.Client, provider, func(p *v1alpha1.ModelProvider) { p.Spec.AllowedNamespaces = testkit.Everyone() })
	expectSize(t, c, ns, 1)
}

// TestEditOfIdleAfterWakesNobody: servers that sleep start when somebody asks, and not because they would be awake by an edit.
func TestEditOfIdleAfterWakesNobody(t *testing.T) {
	c := needCluster(t)
	ns := c.Namespace(t, nil)
	provider := asleep(t, c, ns)
	demandAt(t, c, ns, provider, time.Now().Add(-20*time.Minute))
	start(t, options(ns))
	testkit.ExpectCondition(t, c.Client, provider, v1alpha1.ConditionReady, yes, v1alpha1.ReasonScaledToZero)
	testkit.Edit(t, c.Client, provider, func(p *v1alpha1.ModelProvider) { p.Spec.Ollama.Managed.ScaleToZero.IdleAfter = "1h" })
	testkit.ExpectCondition(t, c.Client, provider, v1alpha1.ConditionReady, yes, v1alpha1.ReasonScaledToZero)
	expectActivation(t, c, provider, v1alpha1.ActivationScaledToZero)
	expectSize(t, c, ns, 0)
}

// asleep makes a provider as an operator before left it: scaled to zero, with a model on its volume.
func asleep(t *testing.T, c *testkit.Cluster, ns string) *v1alpha1.ModelProvider {
	t.Helper()
	provider := testkit.Ollama(ns, "local", []string{"tiny"}, func(p *v1alpha1.ModelProvider) {
		p.Spec.Ollama.Managed.ScaleToZero = &v1alpha1.ScaleToZero{IdleAfter: "10m", ActivationTimeout: "5m"}
	})
	c.Create(t, provider)
	provider.Status.Models = []v1alpha1.ModelStatus{{Name: "tiny", State: v1alpha1.ModelReady, Percent: 100}}
	provider.Status.Activation = &v1alpha1.Activation{State: v1alpha1.ActivationScaledToZero, Timeout: "5m"}
	if err := c.Client.Status().Update(t.Context(), provider); err != nil {
		t.Fatal(err)
	}
	return provider
}

// demand writes the Lease of a gateway replica that was asked for a provider just now.
func demand(t *testing.T, c *testkit.Cluster, ns string, p *v1alpha1.ModelProvider) {
	t.Helper()
	demandAt(t, c, ns, p, time.Now())
}

// demandAt writes that of one that was asked some time ago.
func demandAt(t *testing.T, c *testkit.Cluster, ns string, p *v1alpha1.ModelProvider, at time.Time) {
	t.Helper()
	said, err := json.Marshal([]v1alpha1.Demand{{Provider: client.ObjectKeyFromObject(p).String(), LastRequest: at.Unix()}})
	if err != nil {
		t.Fatal(err)
	}
	lease := &coordinationv1.Lease{ObjectMeta: metav1.ObjectMeta{
		Namespace: ns, Name: "asker", Labels: map[string]string{v1alpha1.LabelGateway: "asking"},
		Annotations: map[string]string{v1alpha1.AnnotationDemand: string(said)},
	}}
	if err := c.Client.Create(t.Context(), lease); err != nil {
		t.Fatal(err)
	}
}

func expectSize(t *testing.T, c *testkit.Cluster, ns string, want int32) {
	t.Helper()
	testkit.Eventually(t, func() error {
		s := &appsv1.StatefulSet{ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: "local-ollama"}}
		if err := c.Client.Get(t.Context(), client.ObjectKeyFromObject(s), s); err != nil {
			return err
		}
		if *s.Spec.Replicas != want {
			return fmt.Errorf("replicas = %d, want %d", *s.Spec.Replicas, want)
		}
		return nil
	})
}

func expectActivation(t *testing.T, c *testkit.Cluster, p *v1alpha1.ModelProvider, want v1alpha1.ActivationState) {
	t.Helper()
	testkit.Eventually(t, func() error {
		testkit.ExpectThere(t, c.Client, p)
		if p.Status.Activation == nil {
			return errors.New("no activation is told of")
		}
		if got := p.Status.Activation.State; got != want {
			return fmt.Errorf("activation is %s, want %s", got, want)
		}
		return nil
	})
}
