package egress

import (
	"net/netip"
	"strings"
)

// Place is what can be told of a host before its name is resolved.
type Place int

// Values of Place.
const (
	// Anywhere: only its address will tell.
	Anywhere Place = iota
	// Address: the host is an IP address.
	Address
	// Loopback: the host is a name of this machine.
	Loopback
	// Cluster: the host is a name that only a cluster resolves, to private addresses.
	Cluster
	// Malformed: the host ends as an IPv4 address does and is none. Resolvers disagree about what it means.
	Malformed
)

// PlaceOf tells what a host of a URL is. The second result is the address where it is one. clusterDomain is the DNS domain of the
// cluster, most often cluster.local; empty where there is none.
func PlaceOf(host, clusterDomain string) (Place, netip.Addr) {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if address, err := netip.ParseAddr(host); err == nil {
		return Address, address
	}
	labels := strings.Split(host, ".")
	last := labels[len(labels)-1]
	switch {
	case last == "localhost":
		return Loopback, netip.Addr{}
	case numeric(last):
		return Malformed, netip.Addr{}
	case len(labels) == 1, last == "svc", clusterDomain != "" && strings.HasSuffix(host, "."+strings.ToLower(clusterDomain)):
		return Cluster, netip.Addr{}
	}
	return Anywhere, netip.Addr{}
}

// numeric says whether a label makes a host look like an IPv4 address, as browsers and the C library see it: 127.1, 0x7f.1, 017700000001.
// Source: https://url.spec.whatwg.org/#ends-in-a-number-checker
func numeric(label string) bool {
	if hex, ok := strings.CutPrefix(label, "0x"); ok {
		return strings.Trim(hex, "0123456789abcdef") == ""
	}
	return label != "" && strings.Trim(label, "0123456789") == ""
}

// CheckHost returns a *RefusedError for a host of which it can be told, before its name is resolved, that it will not be connected
// to. Where it returns nil, the address decides.
func (g *Guard) CheckHost(host string) error {
	switch place, address := PlaceOf(host, ""); place {
	case Address:
		return g.Check(address)
	case Loopback:
		return g.Check(netip.AddrFrom4([4]byte{127, 0, 0, 1}))
	case Malformed:
		return &RefusedError{Closed: true}
	}
	return nil
}
