package render

import (
	"maps"

	networkingv1 "k8s.io/api/networking/v1"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

// gatewayIngress leads everything below its hosts to the Service.
func gatewayIngress(in GatewayInput) Object {
	g := in.Gateway
	wanted := g.Spec.Ingress
	if wanted == nil {
		return nil
	}
	i := &networkingv1.Ingress{
		ObjectMeta: meta(g.Namespace, g.Name, gatewayLabels(componentGateway, g)),
		Spec:       networkingv1.IngressSpec{IngressClassName: wanted.ClassName},
	}
	i.Annotations = ingressAnnotations(g)
	hosts := make([]string, len(wanted.Hosts))
	for n, host := range wanted.Hosts {
		hosts[n] = string(host)
		i.Spec.Rules = append(i.Spec.Rules, ingressRule(g, string(host)))
	}
	if wanted.TLSSecretName != "" {
		i.Spec.TLS = []networkingv1.IngressTLS{{Hosts: hosts, SecretName: string(wanted.TLSSecretName)}}
	}
	return i
}

func ingressRule(g *v1alpha1.Gateway, host string) networkingv1.IngressRule {
	path := networkingv1.HTTPIngressPath{
		Path: "/", PathType: new(networkingv1.PathTypePrefix),
		Backend: networkingv1.IngressBackend{Service: &networkingv1.IngressServiceBackend{
			Name: g.Name, Port: networkingv1.ServiceBackendPort{Name: portHTTP},
		}},
	}
	return networkingv1.IngressRule{Host: host, IngressRuleValue: networkingv1.IngressRuleValue{
		HTTP: &networkingv1.HTTPIngressRuleValue{Paths: []networkingv1.HTTPIngressPath{path}},
	}}
}

// ingressAnnotations keep controllers from holding streams back, from cutting answers that take longer than a minute and from
// refusing bodies that the gateway takes: it bounds all three itself. A controller ignores the annotations of the others. What is said
// for several Ingresses at once, as an ALB's attributes are, is not among them. What the spec says wins.
//
// Sources: https://kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/annotations/,
// https://docs.nginx.com/nginx-ingress-controller/configuration/ingress-resources/advanced-configuration-with-annotations/,
// https://www.haproxy.com/documentation/kubernetes-ingress/community/configuration-reference/ingress/,
// https://haproxy-ingress.github.io/docs/configuration/keys/
func ingressAnnotations(g *v1alpha1.Gateway) map[string]string {
	annotations := map[string]string{
		"nginx.ingress.kubernetes.io/proxy-body-size":         "0",
		"nginx.ingress.kubernetes.io/proxy-buffering":         "off",
		"nginx.ingress.kubernetes.io/proxy-read-timeout":      "3600",
		"nginx.ingress.kubernetes.io/proxy-request-buffering": "off",
		"nginx.ingress.kubernetes.io/proxy-send-timeout":      "3600",
		"nginx.org/client-max-body-size":                      "0",
		"nginx.org/proxy-buffering":                           "False",
		"nginx.org/proxy-read-timeout":                        "3600s",
		"nginx.org/proxy-send-timeout":                        "3600s",
		"haproxy.org/timeout-server":                          "1h",
		"haproxy-ingress.github.io/timeout-server":            "1h",
	}
	if g.Spec.TLS != nil {
		maps.Copy(annotations, map[string]string{
			"nginx.ingress.kubernetes.io/backend-protocol": "HTTPS",
			"nginx.org/ssl-services":                       g.Name,
			"haproxy.org/server-ssl":                       "true",
			"haproxy-ingress.github.io/secure-backends":    "true",
		})
	}
	maps.Copy(annotations, g.Spec.Ingress.Annotations)
	return annotations
}
