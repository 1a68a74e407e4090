package render

import (
	"cmp"
	"maps"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

// Names of a gateway Pod's ports: what clients call, and what probes and Prometheus do.
const (
	portHTTP  = "http"
	portAdmin = "admin"
)

func gatewayService(in GatewayInput) Object {
	g := in.Gateway
	wanted := g.Spec.Service
	s := service(g.Namespace, g.Name, gatewayLabels(componentGateway, g), GatewayPods(g), portHTTP, gatewayPort)
	s.Annotations = maps.Clone(wanted.Annotations)
	s.Spec.Type = cmp.Or(corev1.ServiceType(wanted.Type), corev1.ServiceTypeClusterIP)
	s.Spec.LoadBalancerClass = wanted.LoadBalancerClass
	s.Spec.ExternalTrafficPolicy = wanted.ExternalTrafficPolicy
	s.Spec.Ports[0].Port = servicePort(g)
	s.Spec.Ports[0].NodePort = wanted.NodePort
	if g.Spec.TLS != nil {
		// Service meshes and some controllers of Ingresses go by this; the port's own name says what it was before.
		s.Spec.Ports[0].AppProtocol = new("https")
	}
	return s
}

func servicePort(g *v1alpha1.Gateway) int32 { return cmp.Or(g.Spec.Service.Port, gatewayPort) }

func redisService(in GatewayInput) Object {
	g := in.Gateway
	if !managed(g.Spec.Redis) {
		return nil
	}
	return service(g.Namespace, RedisName(g.Name), gatewayLabels(componentRedis, g), selectorOf(componentRedis, g.Name), "redis", 6379)
}

func postgresService(in GatewayInput) Object {
	g := in.Gateway
	if !managed(g.Spec.Postgres.AsStore()) {
		return nil
	}
	return service(g.Namespace, PostgresName(g.Name), gatewayLabels(componentPostgres, g),
		selectorOf(componentPostgres, g.Name), "postgres", 5432)
}

// ollamaService leads to servers that are not ready as well: gateways ask it where they know of none that is, and wait for the first
// that answers.
func ollamaService(in OllamaInput) Object {
	p := in.Provider
	s := service(p.Namespace, OllamaName(p.Name), labelsOf(componentOllama, p.Name), OllamaPods(p), portHTTP, ollamaPort)
	s.Spec.PublishNotReadyAddresses = true
	return s
}

// service is a cluster-internal Service of one TCP port, which the Pods give a name to.
func service(namespace, name string, labels, pods map[string]string, portName string, port int32) *corev1.Service {
	return &corev1.Service{
		ObjectMeta: meta(namespace, name, labels),
		Spec: corev1.ServiceSpec{
			Type:     corev1.ServiceTypeClusterIP,
			Selector: pods,
			Ports: []corev1.ServicePort{{
				Name: portName, Port: port, TargetPort: intstr.FromString(portName), Protocol: corev1.ProtocolTCP,
			}},
		},
	}
}
