package modelprovider

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/status"
)

// announce records what has changed for a person.
func (r *Reconciler) announce(before, after *v1alpha1.ModelProvider) {
	status.Announce(r.Events, after, before.Status.Conditions, after.Status.Conditions)
	was := map[v1alpha1.ModelName]v1alpha1.ModelStatus{}
	for _, m := range before.Status.Models {
		was[m.Name] = m
	}
	for _, m := range after.Status.Models {
		for _, n := range newsOf(was[m.Name], m) {
			status.Tell(r.Events, after, n.kind, n.reason, n.message)
		}
	}
	for _, name := range r.Filler.Deleted(client.ObjectKeyFromObject(after)) {
		status.Tell(r.Events, after, corev1.EventTypeNormal, status.EventModelDeleted,
			fmt.Sprintf("Model %s was deleted: the spec does not list it.", name))
	}
	r.announceActivation(before, after)
}

// news is one event.
type news struct{ kind, reason, message string }

// newsOf lists what is news about one model. A try that fails as the one before did is none.
func newsOf(was, is v1alpha1.ModelStatus) []news {
	list := moves(was, is)
	if is.Reason != "" && is.Reason != was.Reason {
		list = append(list, news{
			corev1.EventTypeWarning, v1alpha1.ReasonPullFailed, fmt.Sprintf("Model %s could not be pulled: %s. %s", is.Name, is.Reason, is.Message),
		})
	}
	if is.AvailableDigest != "" && is.AvailableDigest != was.AvailableDigest {
		list = append(list, news{
			corev1.EventTypeNormal, status.EventModelUpdateAvailable,
			fmt.Sprintf("The registry has another version of model %s, %s.", is.Name, is.AvailableDigest),
		})
	}
	return list
}

// moves lists the beginning and the end of pulls.
func moves(was, is v1alpha1.ModelStatus) []news {
	const ready, pulling, failed = v1alpha1.ModelReady, v1alpha1.ModelPulling, v1alpha1.ModelFailed
	one := func(reason, format string, args ...any) []news {
		return []news{{corev1.EventTypeNormal, reason, fmt.Sprintf(format, args...)}}
	}
	switch {
	case is.State == ready && (was.State == pulling || was.State == failed):
		return one(status.EventModelPulled, "Model %s was pulled.", is.Name)
	case is.State == ready && was.State == ready && was.Digest != "" && was.Digest != is.Digest:
		return one(status.EventModelPulled, "Model %s was replaced by another version, %s.", is.Name, is.Digest)
	case is.State == pulling && was.State != pulling && was.State != failed:
		return one(status.EventPullStarted, "Model %s is being pulled.", is.Name)
	}
	return nil
}

// announceActivation tells when servers that scale to zero stop, and when they start again.
func (r *Reconciler) announceActivation(before, after *v1alpha1.ModelProvider) {
	const asleep = v1alpha1.ActivationScaledToZero
	was, is := published(before), published(after)
	switch {
	case was == is || was == "":
	case is == asleep:
		status.Tell(r.Events, after, corev1.EventTypeNormal, v1alpha1.ReasonScaledToZero, "Stopping the servers: nobody has asked for a while.")
	case was == asleep && is != "":
		status.Tell(r.Events, after, corev1.EventTypeNormal, status.EventActivated, "Starting the servers: they are needed.")
	}
}
