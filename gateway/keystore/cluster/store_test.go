package cluster

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/keystore"
	"github.com/fairlead-dev/fairlead/gateway/watch/cluster/testcluster"
)

const digest = v1alpha1.KeyDigest("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef")

func testKey(name string) *keystore.Key {
	return &keystore.Key{
		Record: keystore.Record{Alias: "CI " + name, Metadata: json.RawMessage(`{"a":1}`)}, Name: name, Digest: digest,
		Models: []v1alpha1.ModelPattern{"chat"},
		Limit:  &v1alpha1.RateLimit{Name: "key", Per: v1alpha1.LimitPerKey, Requests: 10, Window: "1m"},
		Budget: &v1alpha1.Budget{LimitUSD: "1.5", Window: v1alpha1.BudgetDay, OnExceeded: v1alpha1.BudgetReject},
		Owner:  "ann", Team: "a", Expires: time.Unix(1_900_000_000, 0),
	}
}

// kit is a store, the API server behind it, and the way between the two.
type kit struct {
	*Store
	client client.Client
	link   *testcluster.Link
}

func TestStore(t *testing.T) {
	config, c := testcluster.Start(t)
	o := testcluster.NewOperator(t, c)
	link, through := testcluster.NewLink(t, config)
	s, err := New(through, o.Gateway())
	if err != nil {
		t.Fatal(err)
	}
	k := &kit{Store: s, client: c, link: link}
	t.Run("Created", k.testCreated)
	t.Run("Refused", k.testRefused)
	t.Run("Awaited", k.testAwaited)
	t.Run("Deleted", k.testDeleted)
	t.Run("APIServerAway", k.testAway)
}

func (k *kit) testCreated(t *testing.T) {
	if err := k.Create(t.Context(), testKey("ci")); err != nil {
		t.Fatal(err)
	}
	o := k.object(t)
	if o.Spec.Digest != digest || o.Spec.GatewayRef.Name != "main" || o.Labels[keystore.LabelTeam] != "a" || o.Spec.ExpiresAt.Unix() != 1_900_000_000 {
		t.Errorf("%+v", o)
	}
	got, err := k.Get(t.Context(), "ci")
	if err != nil || got.Alias != "CI ci" || string(got.Metadata) != `{"a":1}` || got.Created.IsZero() {
		t.Errorf("record %+v: %v", got, err)
	}
}

func (k *kit) testRefused(t *testing.T) {
	if err := k.Create(t.Context(), testKey("ci")); !errors.Is(err, keystore.ErrExists) {
		t.Errorf("a name that is taken: %v", err)
	}
	bad := testKey("bad")
	bad.Digest = "no digest"
	if err := k.Create(t.Context(), bad); !errors.Is(err, keystore.ErrRefused) {
		t.Errorf("what the schema does not admit: %v", err)
	}
}

func (k *kit) testAwaited(t *testing.T) {
	short, cancel := context.WithTimeout(t.Context(), 3*lookEvery)
	defer cancel()
	if err := k.Await(short, "ci"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("nobody judges: %v", err)
	}
	k.judge(t, v1alpha1.ConditionAccepted, metav1.ConditionFalse)
	if err := k.Await(t.Context(), "ci"); !errors.Is(err, keystore.ErrRefused) {
		t.Errorf("not accepted: %v", err)
	}
	k.judge(t, v1alpha1.ConditionProgrammed, metav1.ConditionTrue)
	if err := k.Await(t.Context(), "ci"); err != nil {
		t.Errorf("programmed: %v", err)
	}
}

func (k *kit) testDeleted(t *testing.T) {
	if err := k.Delete(t.Context(), "ci"); err != nil {
		t.Fatal(err)
	}
	_, missing := k.Get(t.Context(), "ci")
	for _, err := range []error{missing, k.Delete(t.Context(), "ci"), k.Await(t.Context(), "ci")} {
		if !errors.Is(err, keystore.ErrNotFound) {
			t.Errorf("after its end: %v", err)
		}
	}
}

func (k *kit) testAway(t *testing.T) {
	k.link.Cut()
	for _, err := range []error{k.Create(t.Context(), testKey("away")), k.Delete(t.Context(), "away")} {
		if err == nil || errors.Is(err, keystore.ErrNotFound) || errors.Is(err, keystore.ErrRefused) {
			t.Errorf("without an API server: %v", err)
		}
	}
}

// object is the GatewayKey of the tests.
func (k *kit) object(t *testing.T) *v1alpha1.GatewayKey {
	t.Helper()
	var o v1alpha1.GatewayKey
	if err := k.client.Get(t.Context(), client.ObjectKey{Namespace: k.Namespace(), Name: "ci"}, &o); err != nil {
		t.Fatal(err)
	}
	return &o
}

// judge writes a condition as the operator would.
func (k *kit) judge(t *testing.T, condition string, status metav1.ConditionStatus) {
	t.Helper()
	o := k.object(t)
	o.Status.Conditions = []metav1.Condition{{Type: condition, Status: status, Reason: "Test", LastTransitionTime: metav1.Now()}}
	if err := k.client.Status().Update(t.Context(), o); err != nil {
		t.Fatal(err)
	}
}
