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
		render.Gateway(render.GatewayInput{Gateway: full, Installation: installed, Egress: render.Egress{
			Upstreams: []int32{8000}, Namespaces: []string{"models"},
		}}),
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

// everybody are the ends of connections that the cases are about.
type everybody struct {
	main, lean, redis, postgres, backup, ollama, operator, prometheus, anyone, neighbour, chat, monitor peer
	api, internet, metadata, podIdentity, gkeIdentity, dns, openshiftDNS, gardenerDNS, model            peer
}

func newEverybody() everybody {
	return everybody{
		main: pod("ai", "main", fairlead("gateway", "main")), lean: pod("team", "lean", fairlead("gateway", "lean")),
		redis: pod("ai", "redis", fairlead("redis", "main")), postgres: pod("ai", "postgres", fairlead("postgres", "main")),
		backup: pod("ai", "backup", fairlead("postgres-backup", "main")), ollama: pod("ai", "ollama", fairlead("ollama", "local")),
		operator:   pod("fairlead-system", "operator", fairlead("operator", "fairlead")),
		prometheus: pod("monitoring", "prometheus", map[string]string{"app.kubernetes.io/name": "prometheus"}),
		anyone:     pod("other", "anyone", nil), neighbour: pod("ai", "neighbour", nil),
		chat:    pod("team", "chat", map[string]string{"app": "chat"}),
		monitor: pod("team", "monitor", map[string]string{"app": "monitor"}),
		api:     outside("10.0.0.1"), internet: outside("203.0.113.7"), metadata: outside("169.254.169.254"),
		podIdentity: outside("169.254.170.23"), gkeIdentity: outside("169.254.169.252"), dns: outside("169.254.20.10"),
		openshiftDNS: pod("openshift-dns", "dns", nil), gardenerDNS: pod("kube-system", "coredns", nil),
		model: pod("models", "vllm", nil),
	}
}

// meant are the connections that the product needs.
func (e everybody) meant() []connection {
	return []connection{
		{e.anyone, e.main, 4000},
		{e.internet, e.main, 4000},
		{e.prometheus, e.main, 4001},
		{e.chat, e.lean, 4000},
		{e.monitor, e.lean, 4001},
		{e.main, e.redis, 6379},
		{e.main, e.postgres, 5432},
		{e.main, e.ollama, 11434},
		{e.main, e.anyone, 8000},
		{e.main, e.anyone, 443},
		{e.main, e.model, 9000},
		{e.main, e.api, 443},
		{e.main, e.api, 6443},
		{e.main, e.internet, 443},
		{e.main, e.internet, 8000},
		{e.main, e.dns, 53},
		{e.main, e.openshiftDNS, 5353},
		{e.main, e.gardenerDNS, 8053},
		{e.main, outside("2001:db8::1"), 443},
		{e.lean, e.internet, 6380},
		{e.lean, e.metadata, 80},
		{e.lean, e.podIdentity, 80},
		{e.lean, e.gkeIdentity, 988},
		{e.operator, e.ollama, 11434},
		{e.ollama, e.internet, 443},
		{e.ollama, e.dns, 53},
		{e.ollama, e.openshiftDNS, 5353},
		{e.ollama, e.gardenerDNS, 8053},
		{e.operator, e.redis, 6379},
		{e.operator, e.postgres, 5432},
		{e.backup, e.postgres, 5432},
		{e.backup, e.dns, 53},
		{e.backup, e.openshiftDNS, 5353},
	}
}

// keptOut are connections that nothing needs.
func (e everybody) keptOut() []connection {
	impostor := func(component, instance string) peer { return pod("other", component, fairlead(component, instance)) }
	return []connection{
		{e.anyone, e.main, 4001},
		{e.neighbour, e.main, 4001},
		{e.internet, e.main, 4001},
		{e.anyone, e.main, 22},
		{e.anyone, e.lean, 4000},
		{e.internet, e.lean, 4000},
		{e.prometheus, e.lean, 4001},
		{e.lean, e.redis, 6379},
		{e.lean, e.postgres, 5432},
		{e.lean, e.ollama, 11434},
		{e.neighbour, e.redis, 6379},
		{e.neighbour, e.postgres, 5432},
		{e.neighbour, e.ollama, 11434},
		{e.prometheus, e.ollama, 11434},
		{e.operator, e.main, 4001},
		{e.main, e.internet, 22},
		{e.main, e.internet, 80},
		{e.main, e.anyone, 5432},
		{e.main, e.internet, 6379},
		{e.main, e.internet, 11434},
		{e.main, e.internet, 5353},
		{e.main, e.anyone, 5353},
		{e.main, e.metadata, 80},
		{e.main, e.metadata, 443},
		{e.main, e.metadata, 8000},
		{e.main, e.podIdentity, 80},
		{e.main, e.gkeIdentity, 988},
		{e.main, outside("fe80::1"), 443},
		{e.main, outside("fd00:ec2::254"), 443},
		{e.main, outside("100.100.100.200"), 443},
		{e.main, outside("168.63.129.16"), 443},
		{e.main, outside("192.0.0.192"), 443},
		{e.main, outside("fd20:ce::254"), 443},
		{e.ollama, outside("fd20:ce::254"), 443},
		{e.lean, e.internet, 8000},
		{e.lean, e.model, 9000},
		{e.main, e.anyone, 9000},
		{e.lean, e.metadata, 443},
		{e.redis, e.internet, 443},
		{e.redis, e.postgres, 5432},
		{e.redis, e.dns, 53},
		{e.redis, e.openshiftDNS, 5353},
		{e.postgres, e.internet, 443},
		{e.postgres, e.redis, 6379},
		{e.postgres, e.ollama, 11434},
		{e.ollama, e.metadata, 443},
		{e.ollama, e.internet, 22},
		{e.ollama, e.redis, 6379},
		{e.ollama, e.postgres, 5432},
		{e.ollama, e.main, 4001},
		{e.ollama, e.api, 6443},
		{e.backup, e.redis, 6379},
		{e.backup, e.internet, 443},
		{e.backup, e.ollama, 11434},
		{e.main, e.backup, 5432},
		{e.neighbour, e.backup, 80},
		{impostor("ollama", "local"), e.redis, 6379},
		{impostor("gateway", "main"), e.redis, 6379},
		{impostor("operator", "x"), e.ollama, 11434},
		{impostor("gateway", "main"), e.ollama, 11434},
	}
}

// TestWhoReachesWhom: both ways, whatever is not meant to be is kept out.
func TestWhoReachesWhom(t *testing.T) {
	policies, e := guardedStack(), newEverybody()
	for want, connections := range map[bool][]connection{true: e.meant(), false: e.keptOut()} {
		for _, c := range connections {
			t.Run(fmt.Sprintf("%s_to_%s_%d", c.from.name, c.to.name, c.port), func(t *testing.T) {
				if got := reaches(t, policies, c.from, c.to, corev1.ProtocolTCP, c.port); got != want {
					t.Errorf("reached = %v, want %v", got, want)
				}
			})
		}
	}
	for _, resolver := range []connection{{e.main, e.dns, 53}, {e.main, e.openshiftDNS, 5353}, {e.main, e.gardenerDNS, 8053}} {
		if !reaches(t, policies, resolver.from, resolver.to, corev1.ProtocolUDP, resolver.port) {
			t.Errorf("a gateway does not reach %s at UDP port %d", resolver.to.name, resolver.port)
		}
	}
	for _, c := range []connection{{e.main, e.internet, 443}, {e.main, e.internet, 5353}} {
		if reaches(t, policies, c.from, c.to, corev1.ProtocolUDP, c.port) {
			t.Errorf("of UDP a gateway reaches %s at port %d", c.to.name, c.port)
		}
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
