package gateway

import (
	"context"
	"errors"
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/fairlead-dev/fairlead/api/stores"
	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/password"
	"github.com/fairlead-dev/fairlead/controllers/status"
)

// managedReady: a managed store is ready when its Pod is, and takes the password that everybody is given.
func (r *Reconciler) managedReady(g *v1alpha1.Gateway, workload *appsv1.StatefulSet, k storeKind) metav1.Condition {
	m := k.managed
	reason, message := m.refusal()
	locked := fmt.Sprintf("%s does not take the password in Secret %s. %s", k.title, k.workload(g.Name), k.remedy)
	switch {
	case reason != "":
		return status.False(k.condition, g.Generation, reason, message)
	case workload.Status.ReadyReplicas == 0:
		return status.False(k.condition, g.Generation, v1alpha1.ReasonPending,
			fmt.Sprintf("No Pod of StatefulSet %s is ready.%s", k.workload(g.Name), status.PodTrouble(m.pods)))
	case r.lockedOut(g, k, locked):
		return status.False(k.condition, g.Generation, v1alpha1.ReasonUnavailable, locked)
	}
	message = k.title + " is ready."
	if m.stuck != "" {
		message += fmt.Sprintf(" Its password could not be changed yet: %s.", m.stuck)
	}
	return status.True(k.condition, g.Generation, v1alpha1.ReasonAvailable, message)
}

// lockedOut says whether a managed store does not take the password in its Secret, as when that was deleted and made anew. Before there is
// an answer, it is as the condition says. A store that does not answer is none of that, and while its password is changed, it is not asked.
func (r *Reconciler) lockedOut(g *v1alpha1.Gateway, k storeKind, message string) bool {
	if k.managed.password.Next != "" {
		return false
	}
	answer := r.prober.Answer(client.ObjectKeyFromObject(g), "managed "+k.name, stores.Address{URI: k.uri},
		func(ctx context.Context, _ stores.Address) error {
			if err := k.takes(ctx); errors.Is(err, password.ErrRefused) {
				return err
			}
			return nil
		})
	if !answer.Known {
		c := meta.FindStatusCondition(g.Status.Conditions, k.condition)
		return c != nil && c.Message == message
	}
	return answer.Problem != ""
}
