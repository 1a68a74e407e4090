package render

import (
	"net"
	"slices"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

// gatewayNetworkPolicy admits clients to the port that they call, and whoever collects metrics to the other one. The kubelet, which asks
// the probes there, is always admitted: it is on the Pod's own node.
func gatewayNetworkPolicy(in GatewayInput) Object {
	g := in.Gateway
	if !guarded(g.Spec.NetworkPolicy.Mode) {
		return nil
	}
	return policy(g.Namespace, g.Name, gatewayLabels(componentGateway, g), GatewayPods(g),
		[]networkingv1.NetworkPolicyIngressRule{
			{Ports: tcp(gatewayPort), From: peers(g.Spec.NetworkPolicy.Clients)},
			{Ports: tcp(adminPort), From: monitors(g)},
		}, gatewayEgress(in))
}

// monitors are who may read the metrics, and all else that the port explains: who the spec names, or what is known to collect metrics.
func monitors(g *v1alpha1.Gateway) []networkingv1.NetworkPolicyPeer {
	if named := g.Spec.NetworkPolicy.Monitors; len(named) > 0 {
		return peers(named)
	}
	return []networkingv1.NetworkPolicyPeer{{
		NamespaceSelector: &metav1.LabelSelector{},
		PodSelector: &metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{{
			Key: labelName, Operator: metav1.LabelSelectorOpIn,
			Values: []string{"alloy", "grafana-agent", "opentelemetry-collector", "prometheus", "victoria-metrics-agent", "vmagent"},
		}}},
	}}
}

func peers(named []networkingv1.NetworkPolicyPeer) []networkingv1.NetworkPolicyPeer {
	copied := make([]networkingv1.NetworkPolicyPeer, len(named))
	for i := range named {
		copied[i] = *named[i].DeepCopy()
	}
	return copied
}

func redisNetworkPolicy(in GatewayInput) Object {
	return storeNetworkPolicy(in, in.Gateway.Spec.Redis, componentRedis, RedisName(in.Gateway.Name), redisPort)
}

func postgresNetworkPolicy(in GatewayInput) Object {
	g := in.Gateway
	var backups []networkingv1.NetworkPolicyPeer
	if backupOf(g) != nil {
		backups = append(backups, networkingv1.NetworkPolicyPeer{PodSelector: &metav1.LabelSelector{MatchLabels: BackupJobs(g)}})
	}
	return storeNetworkPolicy(in, g.Spec.Postgres.AsStore(), componentPostgres, PostgresName(g.Name), postgresPort, backups...)
}

// storeNetworkPolicy admits the gateway's own Pods, the operator, which changes passwords, and others that are named. A store calls
// nobody.
func storeNetworkPolicy(
	in GatewayInput, s *v1alpha1.Store, storeComponent, name string, port int32, others ...networkingv1.NetworkPolicyPeer,
) Object {
	g := in.Gateway
	if !managed(s) || !guarded(g.Spec.NetworkPolicy.Mode) {
		return nil
	}
	from := slices.Concat([]networkingv1.NetworkPolicyPeer{
		{PodSelector: &metav1.LabelSelector{MatchLabels: GatewayPods(g)}},
		{NamespaceSelector: namespaceNamed(in.OperatorNamespace), PodSelector: component(componentOperator)},
	}, others)
	return policy(g.Namespace, name, gatewayLabels(storeComponent, g), selectorOf(storeComponent, g.Name),
		[]networkingv1.NetworkPolicyIngressRule{{Ports: tcp(port), From: from}},
		[]networkingv1.NetworkPolicyEgressRule{})
}

// ollamaNetworkPolicy admits the gateways of the namespaces that the provider admits, and the operator, which fills the server.
// Nobody else: the server has no authentication of its own. It may resolve names and download from its registry.
func ollamaNetworkPolicy(in OllamaInput) Object {
	p := in.Provider
	return policy(p.Namespace, OllamaName(p.Name), labelsOf(componentOllama, p.Name), OllamaPods(p),
		[]networkingv1.NetworkPolicyIngressRule{{Ports: tcp(ollamaPort), From: append(admittedGateways(p), networkingv1.NetworkPolicyPeer{
			NamespaceSelector: namespaceNamed(in.OperatorNamespace), PodSelector: component(componentOperator),
		})}},
		append(dnsRules(), networkingv1.NetworkPolicyEgressRule{Ports: tcp(registryPorts(p.Spec.Ollama.Registry)...), To: anywhere()}))
}

// registryPorts are those that a server downloads from. Registries send it on to where their blobs are, most often at 443.
func registryPorts(r *v1alpha1.OllamaRegistry) []int32 {
	ports := []int32{portHTTPS}
	if r == nil {
		return ports
	}
	if r.Insecure {
		ports = append(ports, 80)
	}
	if _, text, err := net.SplitHostPort(r.Host); err == nil {
		if port, err := strconv.ParseUint(text, 10, 16); err == nil {
			ports = append(ports, int32(port))
		}
	}
	slices.Sort(ports)
	return slices.Compact(ports)
}

// admittedGateways are those that a provider's consent extends to. Its own namespace is always among them; a selector that
// cannot be read adds nothing.
func admittedGateways(p *v1alpha1.ModelProvider) []networkingv1.NetworkPolicyPeer {
	gateways := component(componentGateway)
	own := networkingv1.NetworkPolicyPeer{PodSelector: gateways}
	allowed := p.Spec.AllowedNamespaces
	switch {
	case allowed == nil:
	case allowed.From == v1alpha1.NamespacesAll:
		return []networkingv1.NetworkPolicyPeer{{NamespaceSelector: &metav1.LabelSelector{}, PodSelector: gateways}}
	case allowed.From == v1alpha1.NamespacesSelector && allowed.Selector != nil:
		if _, err := metav1.LabelSelectorAsSelector(allowed.Selector); err == nil {
			return []networkingv1.NetworkPolicyPeer{own, {NamespaceSelector: allowed.Selector.DeepCopy(), PodSelector: gateways}}
		}
	}
	return []networkingv1.NetworkPolicyPeer{own}
}

// dnsRules let names be resolved, wherever the cluster does that: on many a node at a link-local address. Policies are judged by the
// port of the Pod that answers, and not everywhere is that the Service's.
//
// Sources: https://docs.openshift.com/container-platform/latest/networking/dns-operator.html (5353),
// https://github.com/gardener/gardener/blob/master/pkg/component/networking/coredns/constants/constants.go (8053)
func dnsRules() []networkingv1.NetworkPolicyEgressRule {
	return []networkingv1.NetworkPolicyEgressRule{
		{Ports: append(tcp(53), udp(53)...)},
		{
			Ports: append(tcp(5353, 8053), udp(5353, 8053)...),
			To:    []networkingv1.NetworkPolicyPeer{{NamespaceSelector: namespacesNamed("kube-system", "openshift-dns")}},
		},
	}
}

// policy guards some Pods in both directions: whatever no rule allows is kept out, and in.
func policy(namespace, name string, labels, pods map[string]string,
	ingress []networkingv1.NetworkPolicyIngressRule, egress []networkingv1.NetworkPolicyEgressRule,
) *networkingv1.NetworkPolicy {
	return &networkingv1.NetworkPolicy{
		ObjectMeta: meta(namespace, name, labels),
		Spec: networkingv1.NetworkPolicySpec{
			PodSelector: metav1.LabelSelector{MatchLabels: pods},
			PolicyTypes: []networkingv1.PolicyType{networkingv1.PolicyTypeIngress, networkingv1.PolicyTypeEgress},
			Ingress:     ingress,
			Egress:      egress,
		},
	}
}

func tcp(ports ...int32) []networkingv1.NetworkPolicyPort { return portsOf(corev1.ProtocolTCP, ports) }

func udp(ports ...int32) []networkingv1.NetworkPolicyPort { return portsOf(corev1.ProtocolUDP, ports) }

func portsOf(protocol corev1.Protocol, ports []int32) []networkingv1.NetworkPolicyPort {
	list := make([]networkingv1.NetworkPolicyPort, len(ports))
	for i, p := range ports {
		list[i] = networkingv1.NetworkPolicyPort{Protocol: new(protocol), Port: new(intstr.FromInt32(p))}
	}
	return list
}

func component(name string) *metav1.LabelSelector {
	return &metav1.LabelSelector{MatchLabels: map[string]string{labelPartOf: ManagedBy, labelComponent: name}}
}

func namespaceNamed(name string) *metav1.LabelSelector {
	return &metav1.LabelSelector{MatchLabels: map[string]string{corev1.LabelMetadataName: name}}
}

func namespacesNamed(names ...string) *metav1.LabelSelector {
	return &metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{{
		Key: corev1.LabelMetadataName, Operator: metav1.LabelSelectorOpIn, Values: names,
	}}}
}
