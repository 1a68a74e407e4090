package status

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/tools/events"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

// Reasons of events that are not the reason of a condition.
const (
	// EventResolved: a problem that an earlier event told of is gone.
	EventResolved = "Resolved"
	// EventPullStarted: a model is being pulled.
	EventPullStarted = "PullStarted"
	// EventModelPulled: a model is there, or another version of it.
	EventModelPulled = "ModelPulled"
	// EventModelDeleted: a model that the spec does not list was deleted from a server.
	EventModelDeleted = "ModelDeleted"
	// EventModelUpdateAvailable: the registry has another version of a model than the servers.
	EventModelUpdateAvailable = "ModelUpdateAvailable"
	// EventActivated: servers that were scaled to zero are started.
	EventActivated = "Activated"
	// EventBackupFailed: the last backup of a PostgreSQL was not made.
	EventBackupFailed = "BackupFailed"
	// EventSecretCreated: a Secret with a random key was made.
	EventSecretCreated = "SecretCreated"
)

// action is what all events of the operator come from.
const action = "Reconcile"

// maxNote is how long the text of an event may be, in bytes.
const maxNote = 1024

// Announce records an event for every problem that appeared between before and after, and for every one that went away. What
// is merely not there yet is no news: the conditions say it.
func Announce(r events.EventRecorder, object runtime.Object, before, after []metav1.Condition) {
	for _, c := range after {
		old := meta.FindStatusCondition(before, c.Type)
		was, is := old != nil && problem(*old), problem(c)
		switch {
		case is && (!was || old.Reason != c.Reason):
			r.Eventf(object, nil, corev1.EventTypeWarning, c.Reason, action, "%s", cut(c.Message, maxNote))
		case was && c.Status == metav1.ConditionTrue:
			r.Eventf(object, nil, corev1.EventTypeNormal, EventResolved, action, "%s is true again.", c.Type)
		}
	}
}

// Tell records one event.
func Tell(r events.EventRecorder, object runtime.Object, kind, reason, message string) {
	r.Eventf(object, nil, kind, reason, action, "%s", cut(message, maxNote))
}

// problem says whether a condition tells of something that a person should know of. Ready repeats what others say, and failed pulls
// are told of one by one.
func problem(c metav1.Condition) bool {
	if c.Status != metav1.ConditionFalse || c.Type == v1alpha1.ConditionReady {
		return false
	}
	switch c.Reason {
	case v1alpha1.ReasonPending, v1alpha1.ReasonPulling, v1alpha1.ReasonServerNotReady, v1alpha1.ReasonPullFailed,
		v1alpha1.ReasonNotAccepted, v1alpha1.ReasonNoRoute, v1alpha1.ReasonNoPolicy, v1alpha1.ReasonNoReadyReplicas:
		return false
	}
	return true
}
