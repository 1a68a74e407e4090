package gateway

import (
	"cmp"
	"fmt"
	"math"
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/compile"
	"github.com/fairlead-dev/fairlead/controllers/confirm"
	"github.com/fairlead-dev/fairlead/controllers/render"
	"github.com/fairlead-dev/fairlead/controllers/status"
)

// never is later than any other time after which to look again.
const never = time.Duration(math.MaxInt64)

// describe writes into after's status what is known of the gateway, and returns when it has more to say. before is what was
// published: a configuration that is not published yet cannot have been confirmed.
func (r *Reconciler) describe(after, before *v1alpha1.Gateway, compiled compile.GatewayResult, s surroundings) time.Duration {
	st := &after.Status
	st.ObservedGeneration = after.Generation
	st.Address = compiled.Address
	st.Config = compiled.Config
	st.Selector = labels.SelectorFromSet(render.GatewayPods(after)).String()
	st.Replicas, st.ReadyReplicas = s.deployment.Status.Replicas, s.deployment.Status.ReadyReplicas
	later := r.count(st, client.ObjectKeyFromObject(after), s)
	programmed := r.programmed(after, before, s)
	accepted := compiled.Accepted.Condition(v1alpha1.ConditionAccepted, after.Generation,
		v1alpha1.ReasonAccepted, "The spec can be served.")
	resolved := compiled.ResolvedRefs.Condition(v1alpha1.ConditionResolvedRefs, after.Generation,
		v1alpha1.ReasonResolvedRefs, strings.TrimSpace("Every reference was found. "+compiled.Notice))
	redis, postgres := r.redisReady(after, s), s.postgresHeld(after, r.Installation.Images, r.postgresReady(after, s))
	s.describeStores(st, before)
	status.Set(&st.Conditions, accepted, resolved, redis, postgres, programmed,
		ready(after, s, accepted, resolved, programmed, redis, postgres))
	return later
}

// count writes how many aliases there are, at most once a second: while many are applied, each would otherwise cost a write
// here. It returns when to look again for those that it left out.
func (r *Reconciler) count(st *v1alpha1.GatewayStatus, name client.ObjectKey, s surroundings) time.Duration {
	if st.AttachedAliases == s.accepted && st.RejectedAliases == s.refused {
		return never
	}
	if wait := r.memory.count(name, time.Now()); wait > 0 {
		return wait
	}
	st.AttachedAliases, st.RejectedAliases = s.accepted, s.refused
	return never
}

// programmed counts the ready replicas that have confirmed the configuration, and says whether these are all.
func (r *Reconciler) programmed(after, before *v1alpha1.Gateway, s surroundings) metav1.Condition {
	const kind = v1alpha1.ConditionProgrammed
	st := &after.Status
	st.ProgrammedReplicas = 0
	if configOf(after) == configOf(before) && st.Config != nil {
		version := r.memory.since(before)
		for _, replica := range s.replicas {
			if replica.Confirmation != nil && confirm.Includes(replica.Confirmation.Gateways, version) {
				st.ProgrammedReplicas++
			}
		}
	}
	st.Programmed = fmt.Sprintf("%d/%d", st.ProgrammedReplicas, st.Replicas)
	switch {
	case st.Config == nil:
		return status.False(kind, after.Generation, v1alpha1.ReasonNotAccepted, "No generation of the spec could be served yet.")
	case len(s.replicas) == 0:
		return status.False(kind, after.Generation, v1alpha1.ReasonNoReadyReplicas, "No replica is ready.")
	case int(st.ProgrammedReplicas) < len(s.replicas):
		return status.False(kind, after.Generation, v1alpha1.ReasonPending, "Waiting for every ready replica to confirm the configuration.")
	default:
		return status.True(kind, after.Generation, v1alpha1.ReasonProgrammed, "Every ready replica serves the configuration.")
	}
}

// ready sums up. A store that does not answer degrades the gateway: it serves without.
func ready(g *v1alpha1.Gateway, s surroundings, accepted, resolved, programmed, redis, postgres metav1.Condition) metav1.Condition {
	const kind = v1alpha1.ConditionReady
	for _, c := range []metav1.Condition{accepted, resolved} {
		if c.Status != metav1.ConditionTrue {
			return status.Because(kind, c)
		}
	}
	if g.Status.ReadyReplicas == 0 {
		message := "No replica is ready." + s.replicaTrouble()
		if g.Spec.Autoscaling == nil && g.Spec.Replicas != nil && *g.Spec.Replicas == 0 {
			message = "No replica is wanted: spec.replicas is 0."
		}
		return status.False(kind, g.Generation, v1alpha1.ReasonWorkloadNotReady, message)
	}
	if programmed.Status != metav1.ConditionTrue {
		return status.False(kind, g.Generation, v1alpha1.ReasonNotProgrammed, programmed.Message)
	}
	for _, c := range []metav1.Condition{redis, postgres} {
		if c.Status != metav1.ConditionTrue {
			return status.True(kind, g.Generation, v1alpha1.ReasonDegraded, withoutStore(c.Message))
		}
	}
	if s.routeMissing {
		return status.True(kind, g.Generation, v1alpha1.ReasonDegraded,
			"spec.httpRoute waits for the definitions of the Gateway API: the cluster has no HTTPRoute in version v1.")
	}
	if missing := s.replicasMissing(g); missing != "" {
		return status.True(kind, g.Generation, v1alpha1.ReasonDegraded, missing)
	}
	return status.True(kind, g.Generation, v1alpha1.ReasonReady, "Every replica serves.")
}

// replicasMissing says which replicas are not there; empty where all are. While they are replaced, old ones may be as many as are wanted.
func (s surroundings) replicasMissing(g *v1alpha1.Gateway) string {
	if all := max(g.Status.Replicas, s.wantedReplicas()); g.Status.ReadyReplicas < all {
		return fmt.Sprintf("%d of %d replicas are ready.%s", g.Status.ReadyReplicas, all, s.replicaTrouble())
	}
	if trouble := podDenied(s.deployment); trouble != "" {
		return "The newest replicas are missing." + trouble
	}
	return ""
}

// replicaTrouble says what keeps replicas from being there, as a sentence; empty where nothing is known.
func (s surroundings) replicaTrouble() string {
	return cmp.Or(podDenied(s.deployment), status.PodTrouble(s.pods))
}

// podDenied says why a Pod of a Deployment cannot be made: a quota, or a policy. The Deployment repeats what it was first told, so
// that the message stays the same.
func podDenied(d *appsv1.Deployment) string {
	for _, c := range d.Status.Conditions {
		if c.Type == appsv1.DeploymentReplicaFailure && c.Status == corev1.ConditionTrue {
			return " A Pod cannot be made: " + strings.TrimRight(c.Message, ". ") + "."
		}
	}
	return ""
}
