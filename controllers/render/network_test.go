package render_test

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/render"
)

// peer is one end of a connection: a Pod, or an address that is none of a Pod's.
type peer struct {
	name, namespace string
	labels          map[string]string
	address         string
}

func pod(namespace, name string, labels map[string]string) peer {
	return peer{name: namespace + "/" + name, namespace: namespace, labels: labels}
}

func outside(address string) peer { return peer{name: address, address: address} }

// reaches answers as a network would that enforces the policies: both ends have to allow it. A Pod that no policy selects allows all.
func reaches(t *testing.T, policies []*networkingv1.NetworkPolicy, from, to peer, protocol corev1.Protocol, port int32) bool {
	t.Helper()
	return allows(t, policies, from, networkingv1.PolicyTypeEgress, to, protocol, port) &&
		allows(t, policies, to, networkingv1.PolicyTypeIngress, from, protocol, port)
}

func allows(
	t *testing.T, policies []*networkingv1.NetworkPolicy, guarded peer, direction networkingv1.PolicyType, other peer, protocol corev1.Protocol, port int32,
) bool {
	t.Helper()
	selected := false
	for _, p := range policies {
		if guarded.namespace != p.Namespace || !slices.Contains(p.Spec.PolicyTypes, direction) || !matches(t, &p.Spec.PodSelector, guarded.labels) {
			continue
		}
		selected = true
		for _, r := range rules(p, direction) {
			if admitsPort(r.ports, protocol, port) && admitsPeer(t, p.Namespace, r.peers, other) {
				return true
			}
		}
	}
	return !selected
}

type networkRule struct {
	ports []networkingv1.NetworkPolicyPort
	peers []networkingv1.NetworkPolicyPeer
}

func rules(p *networkingv1.NetworkPolicy, direction networkingv1.PolicyType) []networkRule {
	var found []networkRule
	if direction == networkingv1.PolicyTypeEgress {
		for _, r := range p.Spec.Egress {
			found = append(found, networkRule{r.Ports, r.To})
		}
		return found
	}
	for _, r := range p.Spec.Ingress {
		found = append(found, networkRule{r.Ports, r.From})
	}
	return found
}

func admitsPort(ports []networkingv1.NetworkPolicyPort, protocol corev1.Protocol, port int32) bool {
	return len(ports) == 0 || slices.ContainsFunc(ports, func(p networkingv1.NetworkPolicyPort) bool {
		return *p.Protocol == protocol && (p.Port == nil || p.Port.IntVal == port)
	})
}

func admitsPeer(t *testing.T, namespace string, peers []networkingv1.NetworkPolicyPeer, other peer) bool {
	t.Helper()
	return len(peers) == 0 || slices.ContainsFunc(peers, func(p networkingv1.NetworkPolicyPeer) bool {
		switch {
		case p.IPBlock != nil:
			return other.address != "" && within(t, p.IPBlock, other.address)
		case other.address != "":
			return false
		case p.NamespaceSelector == nil && other.namespace != namespace:
			return false
		}
		named := map[string]string{corev1.LabelMetadataName: other.namespace}
		return (p.NamespaceSelector == nil || matches(t, p.NamespaceSelector, named)) &&
			(p.PodSelector == nil || matches(t, p.PodSelector, other.labels))
	})
}

func within(t *testing.T, b *networkingv1.IPBlock, address string) bool {
	t.Helper()
	ip := netip.MustParseAddr(address)
	in := func(cidr string) bool {
		prefix, err := netip.ParsePrefix(cidr)
		if err != nil {
			t.Fatal(err)
		}
		return prefix.Contains(ip)
	}
	return in(b.CIDR) && !slices.ContainsFunc(b.Except, in)
}

func matches(t *testing.T, s *metav1.LabelSelector, of map[string]string) bool {
	t.Helper()
	selector, err := metav1.LabelSelectorAsSelector(s)
	if err != nil {
		t.Fatal(err)
	}
	return selector.Matches(labels.Set(of))
}

// guardedStack renders a gateway with all stores, a gateway without any, and a managed Ollama that admits its own namespace only.
func guardedStack() []*networkingv1.NetworkPolicy {
	installed := render.Installation{OperatorNamespace: "fairlead-system", APIServerPort: 6443}
	full := &v1alpha1.Gateway{ObjectMeta: metav1.ObjectMeta{Namespace: "ai", Name: "main"}}
	full.Spec.Redis = &v1alpha1.Store{Mode: v1alpha1.StoreManaged}
	full.Spec.Postgres = &v1alpha1.Postgres{Store: v1alpha1.Store{Mode: v1alpha1.StoreManaged}, Backup: &v1alpha1.Backup{}}
	lean := &v1alpha1.Gateway{ObjectMeta: metav1.ObjectMeta{Namespace: "team", Name: "lean"}}
	lean.Spec.NetworkPolicy.Clients = []networkingv1.NetworkPolicyPeer{{PodSelector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": "chat"}}}}
	lean.Spec.NetworkPolicy.Monitors = []networkingv1.NetworkPolicyPeer{{PodSelector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": "monitor"}}}}
	ollama := &v1alpha1.ModelProvider{ObjectMeta: metav1.ObjectMeta{Namespace: "ai", Name: "local"}}
	ollama.Spec.Ollama = &v1alpha1.Ollama{Managed: &v1alpha1.ManagedOllama{}}
	objects := slices.Concat(
		render.Gateway(render.GatewayInput{Gateway: full, Installation: installed, Egress: render.Egress{Upstreams: []int32{8000}}}),
		render.Gateway(render.GatewayInput{Gateway: lean, Installation: installed, Egress: render.Egress{
			Stores: []int32{6380}, GoogleIdentity: true, AWSIdentity: true,
		}}),
		render.Ollama(render.OllamaInput{Provider: ollama, Installation: installed}),
	)
	var policies []*networkingv1.NetworkPolicy
	for _, o := range objects {
		if p, ok := o.(*networkingv1.NetworkPolicy); ok {
			policies = append(policies, p)
		}
	}
	return policies
}

func fairlead(component, instance string) map[string]string {
	return map[string]string{
		"app.kubernetes.io/component": component, "app.kubernetes.io/instance": instance, "app.kubernetes.io/name": component,
		"app.kubernetes.io/managed-by": "fairlead", "app.kubernetes.io/part-of": "fairlead",
	}
}

// TestWhoReachesWhom: both ways, whatever is not meant to be is kept out.
func TestWhoReachesWhom(t *testing.T) {
	policies := guardedStack()
	main, lean := pod("ai", "main", fairlead("gateway", "main")), pod("team", "lean", fairlead("gateway", "lean"))
	redis, postgres := pod("ai", "redis", fairlead("redis", "main")), pod("ai", "postgres", fairlead("postgres", "main"))
	backup, ollama := pod("ai", "backup", fairlead("postgres-backup", "main")), pod("ai", "ollama", fairlead("ollama", "local"))
	operator := pod("fairlead-system", "operator", fairlead("operator", "fairlead"))
	prometheus := pod("monitoring", "prometheus", map[string]string{"app.kubernetes.io/name": "prometheus"})
	anyone, neighbour := pod("other", "anyone", nil), pod("ai", "neighbour", nil)
	chat, monitor := pod("team", "chat", map[string]string{"app": "chat"}), pod("team", "monitor", map[string]string{"app": "monitor"})
	api, internet := outside("10.0.0.1"), outside("203.0.113.7")
	metadata, podIdentity, dns := outside("169.254.169.254"), outside("169.254.170.23"), outside("169.254.20.10")

	yes := []connection{
		{anyone, main, 4000}, {internet, main, 4000}, {prometheus, main, 4001},
		{chat, lean, 4000}, {monitor, lean, 4001},
		{main, redis, 6379}, {main, postgres, 5432}, {main, ollama, 11434}, {main, anyone, 8000}, {main, anyone, 443},
		{main, api, 443}, {main, api, 6443}, {main, internet, 443}, {main, internet, 8000}, {main, dns, 53}, {main, outside("2001:db8::1"), 443},
		{lean, internet, 6380}, {lean, metadata, 80}, {lean, podIdentity, 80}, {lean, outside("169.254.169.252"), 988},
		{operator, ollama, 11434}, {ollama, internet, 443}, {ollama, dns, 53},
		{operator, redis, 6379}, {operator, postgres, 5432},
		{backup, postgres, 5432}, {backup, dns, 53},
	}
	no := []connection{
		{anyone, main, 4001}, {neighbour, main, 4001}, {internet, main, 4001}, {anyone, main, 22},
		{anyone, lean, 4000}, {internet, lean, 4000}, {prometheus, lean, 4001},
		{lean, redis, 6379}, {lean, postgres, 5432}, {lean, ollama, 11434}, {neighbour, redis, 6379}, {neighbour, postgres, 5432},
		{neighbour, ollama, 11434}, {prometheus, ollama, 11434}, {operator, main, 4001},
		{main, internet, 22}, {main, internet, 80}, {main, anyone, 5432}, {main, internet, 6379}, {main, internet, 11434}, {main, internet, 25},
		{main, metadata, 80}, {main, metadata, 443}, {main, metadata, 8000}, {main, podIdentity, 80}, {main, outside("169.254.169.252"), 988},
		{main, outside("fe80::1"), 443}, {main, outside("fd00:ec2::254"), 443}, {main, outside("100.100.100.200"), 443},
		{main, outside("168.63.129.16"), 443}, {lean, internet, 8000}, {lean, metadata, 443},
		{redis, internet, 443}, {redis, postgres, 5432}, {redis, dns, 53}, {postgres, internet, 443}, {postgres, redis, 6379}, {postgres, ollama, 11434},
		{ollama, metadata, 443}, {ollama, internet, 22}, {ollama, redis, 6379}, {ollama, postgres, 5432}, {ollama, main, 4001}, {ollama, api, 6443},
		{backup, redis, 6379}, {backup, internet, 443}, {backup, ollama, 11434}, {main, backup, 5432}, {neighbour, backup, 80},
		{pod("other", "ollama", fairlead("ollama", "local")), redis, 6379}, {pod("other", "main", fairlead("gateway", "main")), redis, 6379},
		{pod("other", "operator", fairlead("operator", "x")), ollama, 11434}, {pod("other", "main", fairlead("gateway", "main")), ollama, 11434},
	}
	for _, want := range []struct {
		reached     bool
		connections []connection
	}{{true, yes}, {false, no}} {
		for _, c := range want.connections {
			t.Run(fmt.Sprintf("%s_to_%s_%d", c.from.name, c.to.name, c.port), func(t *testing.T) {
				if got := reaches(t, policies, c.from, c.to, corev1.ProtocolTCP, c.port); got != want.reached {
					t.Errorf("reached = %v, want %v", got, want.reached)
				}
			})
		}
	}
	if !reaches(t, policies, main, dns, corev1.ProtocolUDP, 53) || reaches(t, policies, main, internet, corev1.ProtocolUDP, 443) {
		t.Error("of UDP a gateway may reach port 53, and nothing else")
	}
}

type connection struct {
	from, to peer
	port     int32
}

// TestEveryPodIsGuarded: each workload that is rendered is selected by a policy for both directions.
func TestEveryPodIsGuarded(t *testing.T) {
	policies := guardedStack()
	for _, labels := range []map[string]string{
		fairlead("gateway", "main"), fairlead("redis", "main"), fairlead("postgres", "main"), fairlead("postgres-backup", "main"),
		fairlead("ollama", "local"),
	} {
		if !slices.ContainsFunc(policies, func(p *networkingv1.NetworkPolicy) bool {
			return p.Namespace == "ai" && len(p.Spec.PolicyTypes) == 2 && matches(t, &p.Spec.PodSelector, labels)
		}) {
			t.Errorf("no policy of both directions selects %v", labels)
		}
	}
}
