package cluster

import (
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/resourceversion"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
	"github.com/fairlead-dev/fairlead/gateway/watch/cluster/testcluster"
)

func covers(t *testing.T, version, object string) bool {
	t.Helper()
	order, err := resourceversion.CompareResourceVersion(version, object)
	if err != nil {
		t.Fatal(err)
	}
	return order >= 0
}

// TestSource follows one gateway's part of a real API server.
func TestSource(t *testing.T) {
	config, c := testcluster.Start(t)
	for name, test := range map[string]func(*testing.T, *rest.Config, client.Client){
		"DeliversWhatIsPublished":                    testDeliversWhatIsPublished,
		"KeepsTheRouteWhenOnlyConditionsChange":      testKeepsTheRouteWhenOnlyConditionsChange,
		"FollowsCredentials":                         testFollowsCredentials,
		"KeepsTheLastConfigurationOfADeletedGateway": testKeepsTheLastConfigurationOfADeletedGateway,
		"GoesOnWhenTheAPIServerIsBack":               testGoesOnWhenTheAPIServerIsBack,
		"DropsADeletedKeyEverywhereWithinASecond":    testDropsADeletedKey,
		"DropsAKeyThatIsBeingDeleted":                testDropsAKeyThatIsBeingDeleted,
		"KeepsThePolicyWhenOnlyConditionsChange":     testKeepsThePolicy,
		"WaitsForTheKindOfKeys":                      testWaitsForTheKindOfKeys,
		"Confirmer":                                  testConfirmer,
	} {
		t.Run(name, func(t *testing.T) { test(t, config, c) })
	}
}

func testDeliversWhatIsPublished(t *testing.T, config *rest.Config, c client.Client) {
	o := testcluster.NewOperator(t, c)
	inputs := watchInputs(t, Options{Config: config, Gateway: o.Gateway()})
	o.PublishProvider("https://api.openai.com/v1")
	alias := o.CreateAlias("chat")
	o.PublishRoute(alias, "gpt-4o-mini")
	g := o.PublishGateway(testcluster.Pepper())
	in := until(t, inputs, "the route", func(in snapshot.Input) bool { return targetModel(in, "chat") != "" })

	if in.Gateway != o.Gateway().String() || in.Config.Revision != "sha256:config" || len(in.Credentials) != 1 {
		t.Errorf("gateway %s, config %+v, %d credentials", in.Gateway, in.Config, len(in.Credentials))
	}
	if in.Versions.Gateways != g.ResourceVersion || !covers(t, in.Versions.ModelAliases, alias.ResourceVersion) {
		t.Errorf("versions %+v, want Gateway %s and alias %s in them", in.Versions, g.ResourceVersion, alias.ResourceVersion)
	}

	o.PublishRoute(alias, "gpt-4o")
	in = until(t, inputs, "the edited route", func(in snapshot.Input) bool { return targetModel(in, "chat") == "gpt-4o" })
	if in.Versions.ModelAliases != alias.ResourceVersion {
		t.Errorf("version %s, want %s", in.Versions.ModelAliases, alias.ResourceVersion)
	}
	o.Must(c.Delete(t.Context(), alias))
	last := until(t, inputs, "the deleted alias", func(in snapshot.Input) bool { return targetModel(in, "chat") == "" })
	if !covers(t, last.Versions.ModelAliases, in.Versions.ModelAliases) {
		t.Errorf("version went back from %s to %s", in.Versions.ModelAliases, last.Versions.ModelAliases)
	}
}

func testKeepsTheRouteWhenOnlyConditionsChange(t *testing.T, config *rest.Config, c client.Client) {
	o := testcluster.NewOperator(t, c)
	inputs := watchInputs(t, Options{Config: config, Gateway: o.Gateway()})
	o.PublishGateway(testcluster.Pepper())
	alias := o.CreateAlias("chat")
	o.PublishRoute(alias, "gpt-4o-mini")
	first := until(t, inputs, "the route", func(in snapshot.Input) bool { return targetModel(in, "chat") != "" })
	alias.Status.Conditions = []metav1.Condition{{
		Type: v1alpha1.ConditionReady, Status: metav1.ConditionTrue, Reason: v1alpha1.ReasonReady, LastTransitionTime: metav1.Now(),
	}}
	o.Must(c.Status().Update(t.Context(), alias))
	second := until(t, inputs, "the conditions", func(in snapshot.Input) bool {
		return in.Versions.ModelAliases == alias.ResourceVersion
	})
	if routeOf(first, "chat") != routeOf(second, "chat") {
		t.Error("the route is another pointer: the model is built anew for nothing")
	}
}

func testFollowsCredentials(t *testing.T, config *rest.Config, c client.Client) {
	o := testcluster.NewOperator(t, c)
	inputs := watchInputs(t, Options{Config: config, Gateway: o.Gateway(), Namespaces: []string{o.Namespace, "default"}})
	before := o.PublishGateway(testcluster.Pepper())
	until(t, inputs, "the first credentials", func(in snapshot.Input) bool { return len(in.Credentials) == 1 })
	rotated := testcluster.Pepper()
	rotated[v1alpha1.CredentialMasterKey] = []byte("digest")
	after := o.PublishGateway(rotated)
	in := until(t, inputs, "the rotated credentials", func(in snapshot.Input) bool {
		has := len(in.Credentials) == 2
		if !has && in.Versions.Gateways != before.ResourceVersion {
			t.Errorf("version %s is claimed without its credentials", in.Versions.Gateways)
		}
		return has
	})
	if in.Versions.Gateways != after.ResourceVersion {
		t.Errorf("version %s, want %s", in.Versions.Gateways, after.ResourceVersion)
	}
}

func testKeepsTheLastConfigurationOfADeletedGateway(t *testing.T, config *rest.Config, c client.Client) {
	o := testcluster.NewOperator(t, c)
	inputs := watchInputs(t, Options{Config: config, Gateway: o.Gateway()})
	g := o.PublishGateway(testcluster.Pepper())
	until(t, inputs, "the gateway", func(in snapshot.Input) bool { return in.Config != nil })
	o.Must(c.Delete(t.Context(), g))
	o.PublishRoute(o.CreateAlias("chat"), "gpt-4o-mini")
	in := until(t, inputs, "a route after the deletion", func(in snapshot.Input) bool { return targetModel(in, "chat") != "" })
	if in.Config == nil || len(in.Credentials) == 0 {
		t.Error("the gateway's configuration is gone")
	}
}

func testGoesOnWhenTheAPIServerIsBack(t *testing.T, config *rest.Config, c client.Client) {
	link, through := testcluster.NewLink(t, config)
	o := testcluster.NewOperator(t, c)
	inputs := watchInputs(t, Options{Config: through, Gateway: o.Gateway()})
	o.PublishGateway(testcluster.Pepper())
	alias, gone := o.CreateAlias("chat"), o.CreateAlias("gone")
	o.PublishRoute(gone, "gpt-4o-mini")
	o.PublishRoute(alias, "gpt-4o-mini")
	until(t, inputs, "the route", func(in snapshot.Input) bool {
		return targetModel(in, "chat") != "" && targetModel(in, "gone") != ""
	})
	link.Cut()
	o.PublishRoute(alias, "gpt-4o")
	o.Must(c.Delete(t.Context(), gone, client.GracePeriodSeconds(0)))
	link.Mend()
	until(t, inputs, "what happened meanwhile", func(in snapshot.Input) bool {
		return targetModel(in, "chat") == "gpt-4o" && targetModel(in, "gone") == ""
	})
}
