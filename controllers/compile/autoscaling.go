package compile

import (
	corev1 "k8s.io/api/core/v1"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

// leastAutoscaled is how many gateway Pods an autoscaler keeps where the spec does not say.
const leastAutoscaled = int32(2)

// replicas is the number of gateway Pods that are wanted: what an autoscaler wants, as the Deployment says it, and as many as it will keep
// at least where there is no Deployment yet.
func replicas(in GatewayInput) int32 {
	spec := &in.Gateway.Spec
	switch {
	case spec.Autoscaling != nil && in.Replicas > 0:
		return in.Replicas
	case spec.Autoscaling != nil && spec.Autoscaling.MinReplicas != nil:
		return *spec.Autoscaling.MinReplicas
	case spec.Autoscaling != nil:
		return leastAutoscaled
	case spec.Replicas != nil:
		return *spec.Replicas
	default:
		return defaultReplicas
	}
}

// checkAutoscaling: what is used is measured in percent of what is requested. Of nothing there is no percentage.
func checkAutoscaling(spec *v1alpha1.GatewaySpec) *Problem {
	if spec.Autoscaling == nil || spec.Autoscaling.TargetInFlight != nil || spec.Resources == nil {
		return nil
	}
	_, requested := spec.Resources.Requests[corev1.ResourceCPU]
	_, limited := spec.Resources.Limits[corev1.ResourceCPU] // a limit alone is a request as well
	if requested || limited {
		return nil
	}
	return invalid("spec.autoscaling goes by the use of CPU in percent of what a Pod requests, and spec.resources requests none. Set spec.resources.requests.cpu, or spec.autoscaling.targetInFlight.")
}
