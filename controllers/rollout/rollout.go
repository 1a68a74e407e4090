package rollout

import (
	"context"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/confirm"
	"github.com/fairlead-dev/fairlead/controllers/status"
)

// Soon is when an object that has begun to wait looks at the Leases once more.
const Soon = 5 * time.Millisecond

// Kind is what is particular to the objects of one kind.
type Kind struct {
	// Name of the kind, as a Rejection says it.
	Name string
	// Part is what is compiled for an object, as messages say it: "route".
	Part string
	// Seen is the highest version of this kind that a replica has confirmed.
	Seen func(*v1alpha1.Confirmation) string
}

// Object is what a rollout looks at of an object.
type Object struct {
	// Name of the object, and of the gateway that serves it.
	Name, Gateway types.NamespacedName
	// Generation of the spec.
	Generation int64
	// Version is the resourceVersion of the object.
	Version string
	// Published is the revision of what the object's status publishes; empty where that is nothing.
	Published string
	// Conditions that the object has now.
	Conditions []metav1.Condition
}

// Rollout follows the objects of one kind. It is safe for concurrent use.
type Rollout struct {
	kind    Kind
	client  client.Reader
	waiting *waiting
}

// New returns a Rollout that reads Pods and Leases through c.
func New(c client.Reader, k Kind) *Rollout {
	return &Rollout{kind: k, client: c, waiting: newWaiting(k)}
}

// Forget drops what is known of an object that is gone.
func (r *Rollout) Forget(name types.NamespacedName) { r.waiting.withdrawn(name) }

// Wait notes what an object waits for now, after its status has been written, and returns when to look again in any case, 0 for not
// at all: a confirmation that came between reading the Leases and this note would otherwise go unseen.
func (r *Rollout) Wait(o Object) time.Duration {
	if o.Published == "" {
		r.waiting.withdrawn(o.Name)
		return 0
	}
	if !expected(o.Conditions) {
		r.waiting.rest(o.Name)
		return 0
	}
	version := r.waiting.since(o.Name, o.Published, o.Version)
	if r.waiting.wait(o.Name, o.Gateway, version) {
		return Soon
	}
	return 0
}

// expected says whether a confirmation could change an object's state for the better.
func expected(conditions []metav1.Condition) bool {
	c := meta.FindStatusCondition(conditions, v1alpha1.ConditionProgrammed)
	if c == nil {
		return false
	}
	switch c.Reason {
	case v1alpha1.ReasonPending, v1alpha1.ReasonNoReadyReplicas, v1alpha1.ReasonRejected:
		return true
	}
	return false
}

// OfLease finds the objects that a replica's confirmation is news for.
func (r *Rollout) OfLease(_ context.Context, o client.Object) []reconcile.Request {
	lease, ok := o.(*coordinationv1.Lease)
	if !ok {
		return nil
	}
	said := confirm.Parse(lease)
	if said == nil {
		return nil
	}
	return Requests(r.waiting.concerned(gatewayOf(o), said))
}

// OfPod finds the objects that wait for a gateway whose replicas are other ones now.
func (r *Rollout) OfPod(_ context.Context, o client.Object) []reconcile.Request {
	return Requests(r.waiting.all(gatewayOf(o)))
}

// ReadinessChanged passes gateway Pods that came, went, or became ready or not.
func ReadinessChanged() predicate.Predicate {
	ofGateway := predicate.NewPredicateFuncs(func(o client.Object) bool { return o.GetLabels()[v1alpha1.LabelGateway] != "" })
	return predicate.And(ofGateway, predicate.Funcs{UpdateFunc: func(e event.UpdateEvent) bool {
		before, ok := e.ObjectOld.(*corev1.Pod)
		after, ok2 := e.ObjectNew.(*corev1.Pod)
		return ok && ok2 && status.PodReady(before) != status.PodReady(after)
	}})
}

// Requests asks for a reconcile of each name.
func Requests(names []types.NamespacedName) []reconcile.Request {
	reqs := make([]reconcile.Request, len(names))
	for i, n := range names {
		reqs[i] = reconcile.Request{NamespacedName: n}
	}
	return reqs
}

// gatewayOf is the Gateway that a Pod or a Lease belongs to.
func gatewayOf(o metav1.Object) types.NamespacedName {
	return types.NamespacedName{Namespace: o.GetNamespace(), Name: o.GetLabels()[v1alpha1.LabelGateway]}
}
