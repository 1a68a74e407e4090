package render

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Egress is what a gateway has to reach besides what every gateway does.
type Egress struct {
	// Upstreams are the TCP ports of the upstreams that its routes lead to, and Stores those of stores that the operator does not run.
	Upstreams, Stores []int32
	// Namespaces hold upstreams and stores that are named by their Service. A policy is judged by the port of the Pods behind it, which
	// nobody but the Service says: so every TCP port is open there.
	Namespaces []string
	// GoogleIdentity and AWSIdentity say that a route needs what these clouds lend to Pods.
	GoogleIdentity, AWSIdentity bool
}

// Ports that an API server has almost everywhere.
const (
	portHTTPS     = 443
	portAPIServer = 6443
)

// gatewayEgress is everything that a gateway may reach. The API server is where no policy can name it: in no Pod, and on some networks at
// an address that no block matches. So it is admitted by its port, which the server itself says.
func gatewayEgress(in GatewayInput) []networkingv1.NetworkPolicyEgressRule {
	g := in.Gateway
	rules := dnsRules()
	if in.APIServerPort != 0 && in.APIServerPort != portHTTPS {
		rules = append(rules, networkingv1.NetworkPolicyEgressRule{Ports: tcp(in.APIServerPort)})
	}
	ports := append([]int32{portHTTPS, portAPIServer}, slices.Concat(in.Egress.Upstreams, in.Egress.Stores)...)
	slices.Sort(ports)
	rules = append(rules,
		networkingv1.NetworkPolicyEgressRule{Ports: tcp(slices.Compact(ports)...), To: anywhere()},
		networkingv1.NetworkPolicyEgressRule{Ports: tcp(ollamaPort), To: []networkingv1.NetworkPolicyPeer{
			{NamespaceSelector: &metav1.LabelSelector{}, PodSelector: component(componentOllama)},
		}},
	)
	if managed(g.Spec.Redis) {
		rules = append(rules, to(selectorOf(componentRedis, g.Name), redisPort))
	}
	if managed(g.Spec.Postgres.AsStore()) {
		rules = append(rules, to(selectorOf(componentPostgres, g.Name), postgresPort))
	}
	if len(in.Egress.Namespaces) > 0 {
		rules = append(rules, networkingv1.NetworkPolicyEgressRule{
			Ports: []networkingv1.NetworkPolicyPort{{Protocol: new(corev1.ProtocolTCP)}},
			To:    []networkingv1.NetworkPolicyPeer{{NamespaceSelector: namespacesNamed(in.Egress.Namespaces...)}},
		})
	}
	rules = append(rules, identityRules(in.Egress)...)
	for i := range g.Spec.NetworkPolicy.Egress {
		rules = append(rules, *g.Spec.NetworkPolicy.Egress[i].DeepCopy())
	}
	return rules
}

// identityRules open what lends a Pod its identity in a cloud, which is at addresses that nothing else may be called at.
//
// Sources: https://cloud.google.com/kubernetes-engine/docs/how-to/network-policy#network-policy-and-workload-identity,
// https://docs.aws.amazon.com/eks/latest/userguide/pod-id-how-it-works.html
func identityRules(e Egress) []networkingv1.NetworkPolicyEgressRule {
	var rules []networkingv1.NetworkPolicyEgressRule
	if e.GoogleIdentity {
		rules = append(rules,
			networkingv1.NetworkPolicyEgressRule{Ports: tcp(80), To: []networkingv1.NetworkPolicyPeer{block("169.254.169.254/32")}},
			networkingv1.NetworkPolicyEgressRule{Ports: tcp(988), To: []networkingv1.NetworkPolicyPeer{block("169.254.169.252/32")}})
	}
	if e.AWSIdentity {
		rules = append(rules, networkingv1.NetworkPolicyEgressRule{
			Ports: tcp(80), To: []networkingv1.NetworkPolicyPeer{block("169.254.170.23/32"), block("fd00:ec2::23/128")},
		})
	}
	return rules
}

// anywhere is every Pod and every address that is not one at which clouds tell a machine its secrets: link-local ones, and those of
// Alibaba, Azure, Oracle, AWS and Google besides, as package egress lists them. Pods are named apart, because some networks match blocks against none of theirs.
//
// Source: https://docs.cilium.io/en/stable/network/kubernetes/policy/#known-missing-features-for-kubernetes-network-policy
func anywhere() []networkingv1.NetworkPolicyPeer {
	return []networkingv1.NetworkPolicyPeer{
		block("0.0.0.0/0", "100.100.100.200/32", "168.63.129.16/32", "169.254.0.0/16", "192.0.0.192/32"),
		block("::/0", "fd00:ec2::/32", "fd20:ce::254/128", "fe80::/10"),
		{NamespaceSelector: &metav1.LabelSelector{}},
	}
}

func block(cidr string, except ...string) networkingv1.NetworkPolicyPeer {
	return networkingv1.NetworkPolicyPeer{IPBlock: &networkingv1.IPBlock{CIDR: cidr, Except: except}}
}

// to leads to the Pods of one component of the same namespace.
func to(pods map[string]string, port int32) networkingv1.NetworkPolicyEgressRule {
	return networkingv1.NetworkPolicyEgressRule{
		Ports: tcp(port), To: []networkingv1.NetworkPolicyPeer{{PodSelector: &metav1.LabelSelector{MatchLabels: pods}}},
	}
}
