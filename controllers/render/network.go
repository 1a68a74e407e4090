package render

import (
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

// gatewayNetworkPolicy admits clients from anywhere, and the metrics port from inside the cluster. What a gateway calls cannot
// be bounded here: upstreams are where a ModelProvider says.
func gatewayNetworkPolicy(in GatewayInput) Object {
	g := in.Gateway
	if !guarded(g.Spec.NetworkPolicy.Mode) {
		return nil
	}
	return policy(g.Namespace, g.Name, gatewayLabels(componentGateway, g), GatewayPods(g),
		[]networkingv1.NetworkPolicyIngressRule{
			{Ports: tcp(gatewayPort)},
			{Ports: tcp(adminPort), From: []networkingv1.NetworkPolicyPeer{{NamespaceSelector: &metav1.LabelSelector{}}}},
		}, nil)
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
	from := []networkingv1.NetworkPolicyPeer{
		{PodSelector: &metav1.LabelSelector{MatchLabels: GatewayPods(g)}},
		{NamespaceSelector: namespaceNamed(in.OperatorNamespace), PodSelector: component(componentOperator)},
	}
	return policy(g.Namespace, name, gatewayLabels(storeComponent, g), selectorOf(storeComponent, g.Name),
		[]networkingv1.NetworkPolicyIngressRule{{Ports: tcp(port), From: append(from, others...)}},
		[]networkingv1.NetworkPolicyEgressRule{})
}

// ollamaNetworkPolicy admits the gateways of the namespaces that the provider admits, and the operator, which fills the server.
// Nobody else: the server has no authentication of its own. It may resolve names and download over HTTPS, or over whatever port
// its registry has.
func ollamaNetworkPolicy(in OllamaInput) Object {
	p := in.Provider
	download := tcp(443)
	if p.Spec.Ollama.Registry != nil {
		download = []networkingv1.NetworkPolicyPort{{Protocol: new(corev1.ProtocolTCP)}}
	}
	return policy(p.Namespace, OllamaName(p.Name), labelsOf(componentOllama, p.Name), OllamaPods(p),
		[]networkingv1.NetworkPolicyIngressRule{{Ports: tcp(ollamaPort), From: append(admittedGateways(p), networkingv1.NetworkPolicyPeer{
			NamespaceSelector: namespaceNamed(in.OperatorNamespace), PodSelector: component(componentOperator),
		})}},
		[]networkingv1.NetworkPolicyEgressRule{
			dnsRule(),
			{Ports: download},
		})
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

// dnsRule lets names be resolved, wherever the cluster does that.
func dnsRule() networkingv1.NetworkPolicyEgressRule {
	return networkingv1.NetworkPolicyEgressRule{
		Ports: append(tcp(53), networkingv1.NetworkPolicyPort{Protocol: new(corev1.ProtocolUDP), Port: new(intstr.FromInt32(53))}),
	}
}

// policy guards some Pods. Egress is free where egress is nil, and none where it is empty.
func policy(namespace, name string, labels, pods map[string]string,
	ingress []networkingv1.NetworkPolicyIngressRule, egress []networkingv1.NetworkPolicyEgressRule,
) *networkingv1.NetworkPolicy {
	p := &networkingv1.NetworkPolicy{
		ObjectMeta: meta(namespace, name, labels),
		Spec: networkingv1.NetworkPolicySpec{
			PodSelector: metav1.LabelSelector{MatchLabels: pods},
			PolicyTypes: []networkingv1.PolicyType{networkingv1.PolicyTypeIngress},
			Ingress:     ingress,
		},
	}
	if egress != nil {
		p.Spec.PolicyTypes = append(p.Spec.PolicyTypes, networkingv1.PolicyTypeEgress)
		p.Spec.Egress = egress
	}
	return p
}

func tcp(port int32) []networkingv1.NetworkPolicyPort {
	return []networkingv1.NetworkPolicyPort{{Protocol: new(corev1.ProtocolTCP), Port: new(intstr.FromInt32(port))}}
}

func component(name string) *metav1.LabelSelector {
	return &metav1.LabelSelector{MatchLabels: map[string]string{labelPartOf: ManagedBy, labelComponent: name}}
}

func namespaceNamed(name string) *metav1.LabelSelector {
	return &metav1.LabelSelector{MatchLabels: map[string]string{corev1.LabelMetadataName: name}}
}
