package render

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

func gatewayService(in GatewayInput) Object {
	g := in.Gateway
	s := service(g.Namespace, g.Name, gatewayLabels(componentGateway, g), GatewayPods(g), "http", gatewayPort)
	if g.Spec.Service.Type != "" {
		s.Spec.Type = corev1.ServiceType(g.Spec.Service.Type)
	}
	if g.Spec.Service.Port != 0 {
		s.Spec.Ports[0].Port = g.Spec.Service.Port
	}
	return s
}

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

func ollamaService(in OllamaInput) Object {
	p := in.Provider
	return service(p.Namespace, OllamaName(p.Name), labelsOf(componentOllama, p.Name), OllamaPods(p), "http", ollamaPort)
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
