package render

import (
	"cmp"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

const (
	// metricInFlight is the number of requests that a replica is serving.
	metricInFlight = "fairlead_requests_in_flight"
	// targetCPU is the use of CPU to keep where the spec names no target, in percent.
	targetCPU = int32(70)
	// calmSeconds is for how long fewer Pods must have been enough before one goes. A Pod that goes takes as long as its longest
	// stream, so it is worth some patience.
	calmSeconds = int32(300)
)

// Replicas bounds the number of a gateway's Pods: both are the same where no autoscaler chooses.
func Replicas(g *v1alpha1.Gateway) (least, most int32) {
	if a := g.Spec.Autoscaling; a != nil {
		least = 2
		if a.MinReplicas != nil {
			least = *a.MinReplicas
		}
		return least, a.MaxReplicas
	}
	n := gatewayReplicas(g)
	return n, n
}

// gatewayAutoscaler grows a gateway at once and shrinks it slowly.
func gatewayAutoscaler(in GatewayInput) Object {
	g := in.Gateway
	if g.Spec.Autoscaling == nil {
		return nil
	}
	least, most := Replicas(g)
	return &autoscalingv2.HorizontalPodAutoscaler{
		ObjectMeta: meta(g.Namespace, g.Name, gatewayLabels(componentGateway, g)),
		Spec: autoscalingv2.HorizontalPodAutoscalerSpec{
			ScaleTargetRef: autoscalingv2.CrossVersionObjectReference{
				APIVersion: appsv1.SchemeGroupVersion.String(), Kind: "Deployment", Name: g.Name,
			},
			MinReplicas: &least,
			MaxReplicas: most,
			Metrics:     []autoscalingv2.MetricSpec{scaleMetric(g.Spec.Autoscaling)},
			Behavior: &autoscalingv2.HorizontalPodAutoscalerBehavior{ScaleDown: &autoscalingv2.HPAScalingRules{
				StabilizationWindowSeconds: new(calmSeconds),
				SelectPolicy:               new(autoscalingv2.MaxChangePolicySelect),
				Policies: []autoscalingv2.HPAScalingPolicy{
					{Type: autoscalingv2.PodsScalingPolicy, Value: 1, PeriodSeconds: 60},
					{Type: autoscalingv2.PercentScalingPolicy, Value: 10, PeriodSeconds: 60},
				},
			}},
		},
	}
}

// scaleMetric is what the autoscaler goes by. CPU is that of the gateway's own container: a sidecar that requests none would make
// the average unknown.
func scaleMetric(a *v1alpha1.Autoscaling) autoscalingv2.MetricSpec {
	if a.TargetInFlight != nil {
		return autoscalingv2.MetricSpec{Type: autoscalingv2.PodsMetricSourceType, Pods: &autoscalingv2.PodsMetricSource{
			Metric: autoscalingv2.MetricIdentifier{Name: metricInFlight},
			Target: autoscalingv2.MetricTarget{
				Type: autoscalingv2.AverageValueMetricType, AverageValue: resource.NewQuantity(int64(*a.TargetInFlight), resource.DecimalSI),
			},
		}}
	}
	return autoscalingv2.MetricSpec{
		Type: autoscalingv2.ContainerResourceMetricSourceType,
		ContainerResource: &autoscalingv2.ContainerResourceMetricSource{
			Name: corev1.ResourceCPU, Container: gatewayContainerName,
			Target: autoscalingv2.MetricTarget{
				Type: autoscalingv2.UtilizationMetricType, AverageUtilization: cmp.Or(a.TargetCPUUtilization, new(targetCPU)),
			},
		},
	}
}
