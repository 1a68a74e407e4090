package compile

import (
	"cmp"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

// Bounds of scaling to zero, and what applies where nothing is said. Gateways tell what they were asked for every ten seconds: a
// shorter time would stop servers that are in use.
const (
	defaultIdleAfter         = v1alpha1.Duration("15m")
	defaultActivationTimeout = v1alpha1.Duration("5m")
	shortestIdleAfter        = 10 * time.Second
	longestActivation        = time.Hour
)

// Sleep says when the servers of a provider stop for want of requests.
type Sleep struct {
	// IdleAfter is how long nobody has asked before they stop.
	IdleAfter time.Duration
	// Timeout is how long a request waits for one to start, as the status says it and as a time.
	Timeout  v1alpha1.Duration
	WaitsFor time.Duration
}

// SleepOf returns when the servers of p stop; nil where they do not by themselves, because it does not scale to zero or is to have no
// servers at all.
func SleepOf(p *v1alpha1.ModelProvider) *Sleep {
	if p.Spec.Ollama == nil || p.Spec.Ollama.Managed == nil {
		return nil
	}
	m := p.Spec.Ollama.Managed
	if m.ScaleToZero == nil || (m.Replicas != nil && *m.Replicas == 0) {
		return nil
	}
	timeout := cmp.Or(m.ScaleToZero.ActivationTimeout, defaultActivationTimeout)
	return &Sleep{IdleAfter: span(cmp.Or(m.ScaleToZero.IdleAfter, defaultIdleAfter)), Timeout: timeout, WaitsFor: span(timeout)}
}

// Kept says whether these times can be kept.
func (s *Sleep) Kept() bool {
	return s.IdleAfter >= shortestIdleAfter && s.WaitsFor > 0 && s.WaitsFor <= longestActivation
}

// sleepBound finds times of scaling to zero that could not be kept.
func sleepBound(p *v1alpha1.ModelProvider) *Problem {
	s := SleepOf(p)
	switch {
	case s == nil || s.Kept():
		return nil
	case s.IdleAfter < shortestIdleAfter:
		return invalid("spec.ollama.managed.scaleToZero.idleAfter must be %s or more: gateways tell every 10s whether a model is in use.", shortestIdleAfter)
	default:
		return invalid("spec.ollama.managed.scaleToZero.activationTimeout must be more than 0s and at most 1h: a client would not wait any longer.")
	}
}

// Asleep says whether the servers of p do not run now because nobody asks, or are being started because somebody does: it can answer,
// after a while. So can one whose spec is refused, unless it is refused for its times.
func Asleep(p *v1alpha1.ModelProvider) bool {
	if a, s := p.Status.Activation, SleepOf(p); a != nil && a.State == v1alpha1.ActivationScaledToZero && s != nil && s.Kept() {
		return true
	}
	ready := meta.FindStatusCondition(p.Status.Conditions, v1alpha1.ConditionReady)
	return p.Status.Activation != nil && ready != nil && ready.Status == metav1.ConditionTrue && ready.Reason == v1alpha1.ReasonScaledToZero
}

// Admits says whether the policy of the provider p admits gateways of a namespace.
func (n Namespaces) Admits(p *v1alpha1.ModelProvider, namespace string) bool {
	return n.admits(p.Spec.AllowedNamespaces, p.Namespace, namespace)
}
