package egress

import (
	"fmt"
	"net/netip"
	"slices"
)

// MaxNetworks bounds how many networks can be allowed: as many as the status of a Gateway takes.
const MaxNetworks = 64

// closed is what nobody can allow. A model is served at none of these, and at many of them a machine's own credentials are.
// Sources: RFC 6890 (this host), RFC 3927 (link-local), RFC 5771 (multicast),
// https://docs.oracle.com/en-us/iaas/Content/Compute/Tasks/gettingmetadata.htm (192.0.0.192, its predecessor),
// https://www.alibabacloud.com/help/en/ecs/user-guide/view-instance-metadata,
// https://learn.microsoft.com/en-us/azure/virtual-network/what-is-ip-address-168-63-129-16,
// RFC 4291 (unspecified, IPv4-compatible, link-local, multicast), RFC 3879 (site-local),
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html (fd00:ec2::254),
// https://docs.aws.amazon.com/eks/latest/userguide/pod-id-how-it-works.html (fd00:ec2::23),
// https://cloud.google.com/compute/docs/metadata/querying-metadata (fd20:ce::254),
// RFC 7915 (translated), RFC 8215 (local NAT64), RFC 4380 (Teredo), RFC 3056 (6to4): the last four hold an IPv4 address.
var closed = prefixes(
	"0.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4", "255.255.255.255/32",
	"192.0.0.192/32", "100.100.100.200/32", "168.63.129.16/32",
	"::/128", "fe80::/10", "fec0::/10", "ff00::/8",
	"fd00:ec2::/32", "fd20:ce::254/128",
	"::ffff:0:0:0/96", "64:ff9b:1::/48", "2001::/32", "2002::/16",
)

// compatible holds IPv4 addresses as IPv6 once did. All but one of it is closed: ::1 is the loopback address.
// Source: RFC 4291, 2.5.5.1
var compatible = netip.MustParsePrefix("::/96")

// nat64 is what a network without IPv4 reaches the rest of the internet by; the IPv4 address is in the last four bytes.
// Source: RFC 6052, 2.1
var nat64 = netip.MustParsePrefix("64:ff9b::/96")

// Private are the networks that are nobody's and everybody's, and this machine itself: what `fairlead run` calls without being told,
// and where the operator runs servers of its own.
func Private() []netip.Prefix {
	return prefixes("10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1/128", "fc00::/7")
}

func prefixes(texts ...string) []netip.Prefix {
	parsed := make([]netip.Prefix, len(texts))
	for i, text := range texts {
		parsed[i] = netip.MustParsePrefix(text)
	}
	return parsed
}

// ParseNetworks reads networks in CIDR notation, and returns them sorted, each once. An error says which one cannot be allowed and
// why; there is none for a network that only holds such addresses besides others, and these stay closed.
func ParseNetworks[T ~string](texts []T) ([]netip.Prefix, error) {
	networks := make([]netip.Prefix, 0, len(texts))
	for _, text := range texts {
		network, err := netip.ParsePrefix(string(text))
		if err != nil {
			return nil, fmt.Errorf("expected a network in CIDR notation, 10.0.0.0/8, found %q", text)
		}
		if network.Addr().Is4In6() {
			return nil, fmt.Errorf("expected an IPv4 network in the notation of IPv4, found %q", text)
		}
		if network = network.Masked(); isClosed(network) {
			return nil, fmt.Errorf("network %s cannot be allowed: no model is served there, but a machine's own credentials may be", network)
		}
		networks = append(networks, network)
	}
	slices.SortFunc(networks, netip.Prefix.Compare)
	networks = slices.Compact(networks)
	if len(networks) > MaxNetworks {
		return nil, fmt.Errorf("expected %d networks at most, found %d", MaxNetworks, len(networks))
	}
	return networks, nil
}

// isClosed says whether nothing in a network can be connected to.
func isClosed(network netip.Prefix) bool {
	if network.Bits() >= compatible.Bits() && compatible.Contains(network.Addr()) {
		return network.Addr() != netip.IPv6Loopback() || !network.IsSingleIP()
	}
	return slices.ContainsFunc(closed, func(c netip.Prefix) bool {
		return network.Bits() >= c.Bits() && c.Contains(network.Addr())
	})
}
