package operator_test

import (
	"flag"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/internal/testkit"
	"github.com/fairlead-dev/fairlead/controllers/render"
	"github.com/fairlead-dev/fairlead/controllers/secrets"
)

var everyWrite = flag.Bool("every-write", false, "let the operator die at each of its writes instead of some")

// stack applies one of everything and returns what waits until all of it is ready.
func stack(t *testing.T, c *testkit.Cluster, ns string) (ready func()) {
	t.Helper()
	gateway := testkit.Gateway(ns, "main", func(g *v1alpha1.Gateway) {
		g.Spec.Redis = &v1alpha1.Store{Mode: v1alpha1.StoreManaged}
		g.Spec.Postgres = &v1alpha1.Postgres{
			Store: v1alpha1.Store{Mode: v1alpha1.StoreManaged}, Backup: &v1alpha1.Backup{Schedule: "0 3 * * *"},
		}
		g.Spec.Autoscaling = &v1alpha1.Autoscaling{MaxReplicas: 4}
		g.Spec.Ingress = &v1alpha1.Ingress{Hosts: []v1alpha1.Hostname{"ai.example.com"}}
		g.Spec.Monitoring = &v1alpha1.Monitoring{GrafanaDashboard: &v1alpha1.Monitor{}}
	})
	local, cloud := testkit.Ollama(ns, "local", []string{"model"}), testkit.OpenAI(ns, "openai")
	key := testkit.Key(ns, "ci", func(k *v1alpha1.GatewayKey) { k.Spec.Budget = &v1alpha1.Budget{LimitUSD: "5"} })
	chat, code := testkit.Alias(ns, "chat", []string{"local", "openai"}), testkit.Alias(ns, "code", []string{"local"})
	c.Create(t, testkit.Secret(ns, "openai", map[string]string{"api-key": "k"}), gateway, local, cloud, chat, code, key)
	testkit.StartDataPlane(t, c.Client, ns, "main", 2)
	testkit.ReadyPod(t, c.Client, ns, "local-ollama-0", render.OllamaPods(local))
	return func() {
		t.Helper()
		testkit.ReadyDeployment(t, c.Client, ns, "main")
		for _, name := range []string{"main-redis", "main-postgres", "local-ollama"} {
			testkit.ReadyStatefulSet(t, c.Client, ns, name)
		}
		for _, o := range []client.Object{local, cloud, chat, code, key, gateway} {
			testkit.ExpectCondition(t, c.Client, o, v1alpha1.ConditionReady, yes, v1alpha1.ReasonReady)
		}
		testkit.Eventually(t, func() error {
			testkit.ExpectThere(t, c.Client, gateway)
			if gateway.Status.AttachedAliases != 2 {
				return fmt.Errorf("attachedAliases = %d", gateway.Status.AttachedAliases)
			}
			return nil
		})
	}
}

// TestNothingIsWrittenAtRest: once everything is ready, the operator writes nothing, and a restarted one finds nothing to write.
func TestNothingIsWrittenAtRest(t *testing.T) {
	c := needCluster(t)
	ns := c.Namespace(t, nil)
	o := options(ns)
	o.PodURL = podURL(testkit.NewOllamaServer(t).URL)
	first := &writes{}
	stop := startAs(t, first.through(shared.Operator), o)
	stack(t, c, ns)()
	settle(t, first) // counts in a status are debounced: the last may come after everything is ready
	settled := first.count(t)
	window := 2*secrets.ReadAgain + time.Second
	<-time.After(window)
	if extra := first.list()[settled:]; len(extra) > 0 {
		t.Errorf("%d writes at rest in %s: %q", len(extra), window, extra)
	}
	stop()
	second := &writes{}
	startAs(t, second.through(shared.Operator), o)
	<-time.After(secrets.ReadAgain + time.Second)
	if extra := second.list(); len(extra) > 0 {
		t.Errorf("%d writes after a restart: %q", len(extra), extra)
	}
}

// TestDeathAtAWrite lets the operator die at one of its writes, before or after that took effect, and starts another: each
// time everything becomes ready, and the same objects exist. With -every-write that is tried for each write.
func TestDeathAtAWrite(t *testing.T) {
	c := needCluster(t)
	server := testkit.NewOllamaServer(t)
	step := 5
	if *everyWrite {
		step = 1
	}
	var reference []string
	for k, died := 1, true; died; k += step {
		t.Run(strconv.Itoa(k), func(t *testing.T) {
			ns := c.Namespace(t, nil)
			o := options(ns)
			o.PodURL = podURL(server.URL)
			mortal := &writes{dieAt: k, after: k%2 == 0}
			stop := startAs(t, mortal.through(shared.Operator), o)
			ready := stack(t, c, ns)
			died = settle(t, mortal)
			stop()
			stop = start(t, o)
			ready()
			stop()
			got := inventory(t, c, ns)
			if reference == nil {
				reference = got
			}
			if diff := cmp.Diff(reference, got); diff != "" {
				t.Errorf("after these writes there is something else (-want +got):\n%s\n%q", diff, mortal.list())
			}
		})
	}
}

// settle waits until the process has nothing more to write, or has died, and says whether it has.
func settle(t *testing.T, w *writes) (died bool) {
	t.Helper()
	last := -1
	for {
		select {
		case <-w.dead:
			return true
		case <-time.After(2 * time.Second):
			now := w.count(t)
			if now == last {
				return false
			}
			last = now
		}
	}
}

// inventory lists everything in a namespace that the operator made, as "Kind name".
func inventory(t *testing.T, c *testkit.Cluster, ns string) []string {
	t.Helper()
	found := map[string]bool{}
	for _, gvk := range []schema.GroupVersionKind{
		{Version: "v1", Kind: "ConfigMap"},
		{Version: "v1", Kind: "PersistentVolumeClaim"},
		{Version: "v1", Kind: "Secret"},
		{Version: "v1", Kind: "Service"},
		{Version: "v1", Kind: "ServiceAccount"},
		{Version: "v1", Kind: "PersistentVolumeClaim"},
		{Group: "batch", Version: "v1", Kind: "CronJob"},
		{Group: "apps", Version: "v1", Kind: "Deployment"},
		{Group: "apps", Version: "v1", Kind: "StatefulSet"},
		{Group: "autoscaling", Version: "v2", Kind: "HorizontalPodAutoscaler"},
		{Group: "batch", Version: "v1", Kind: "CronJob"},
		{Group: "rbac.authorization.k8s.io", Version: "v1", Kind: "Role"},
		{Group: "rbac.authorization.k8s.io", Version: "v1", Kind: "RoleBinding"},
		{Group: "networking.k8s.io", Version: "v1", Kind: "Ingress"},
		{Group: "networking.k8s.io", Version: "v1", Kind: "NetworkPolicy"},
		{Group: "policy", Version: "v1", Kind: "PodDisruptionBudget"},
	} {
		list := &unstructured.UnstructuredList{}
		list.SetGroupVersionKind(gvk)
		if err := c.Client.List(t.Context(), list, client.InNamespace(ns)); err != nil {
			t.Fatal(err)
		}
		for _, o := range list.Items {
			found[gvk.Kind+" "+strings.ReplaceAll(o.GetName(), ns, "NS")] = true
		}
	}
	return slices.Sorted(maps.Keys(found))
}
