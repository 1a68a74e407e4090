package egress

import (
	"errors"
	"net/netip"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// verdict is what becomes of an address.
type verdict int

const (
	open verdict = iota
	private
	never
)

func verdictOf(err error) verdict {
	refused, ok := errors.AsType[*RefusedError](err)
	switch {
	case !ok:
		return open
	case refused.Closed:
		return never
	}
	return private
}

func TestCheck(t *testing.T) {
	cases := map[string]verdict{
		"1.1.1.1": open, "::ffff:1.1.1.1": open, "2606:4700::1111": open, "64:ff9b::1.1.1.1": open, "172.32.0.1": open, "11.0.0.1": open,
		"10.0.0.1": private, "172.16.0.1": private, "172.31.255.255": private, "192.168.1.1": private, "100.64.0.1": private,
		"::ffff:10.0.0.1": private, "64:ff9b::10.0.0.1": private, "fd12:3456::1": private, "fc00::1": private,
		"127.0.0.1": private, "127.255.255.254": private, "::1": private, "::ffff:127.0.0.1": private,
		"198.18.0.1": private, "240.0.0.1": private, "192.0.2.1": private, "192.0.0.1": private, "2001:db8::1": private, "3fff::1": private,
		"4000::1": private,
		"0.0.0.0": never, "0.1.2.3": never, "::": never, "::ffff:0.0.0.0": never, "255.255.255.255": never,
		"169.254.169.254": never, "169.254.170.2": never, "169.254.170.23": never, "169.254.0.1": never,
		"::ffff:169.254.169.254": never, "64:ff9b::169.254.169.254": never, "64:ff9b:1::169.254.169.254": never,
		"::169.254.169.254": never, "::127.0.0.1": never, "::ffff:0:169.254.169.254": never, "2002:a9fe:a9fe::1": never, "2001:0:a9fe:a9fe::1": never,
		"fe80::1": never, "fe80::1%eth0": never, "fe80::a9fe:a9fe": never, "fec0::1": never, "ff02::1": never, "224.0.0.1": never, "239.255.255.250": never,
		"fd00:ec2::254": never, "fd00:ec2::23": never, "fd20:ce::254": never, "100.100.100.200": never, "168.63.129.16": never, "192.0.0.192": never,
	}
	closed, wide := New(nil), New([]netip.Prefix{netip.MustParsePrefix("0.0.0.0/0"), netip.MustParsePrefix("::/0")})
	for text, want := range cases {
		t.Run(text, func(t *testing.T) {
			address := netip.MustParseAddr(text)
			if got := verdictOf(closed.Check(address)); got != want {
				t.Errorf("got %v, want %v", got, want)
			}
			if want == private {
				want = open
			}
			if got := verdictOf(wide.Check(address)); got != want {
				t.Errorf("with every network allowed: got %v, want %v", got, want)
			}
		})
	}
	if got := verdictOf(closed.Check(netip.Addr{})); got != never {
		t.Errorf("no address: got %v, want %v", got, never)
	}
}

// TestCheckAllowsNoMore: an allowed network opens itself and nothing beside it.
func TestCheckAllowsNoMore(t *testing.T) {
	networks, err := ParseNetworks([]string{"10.1.0.0/16", "fd12::/16", "127.0.0.1/32"})
	if err != nil {
		t.Fatal(err)
	}
	g := New(networks)
	for text, want := range map[string]verdict{
		"10.1.2.3": open, "::ffff:10.1.2.3": open, "64:ff9b::10.1.2.3": open, "10.2.0.1": private, "fd12::1": open, "fd13::1": private,
		"127.0.0.1": open, "127.0.0.2": private, "::1": private, "192.168.0.1": private, "169.254.169.254": never,
	} {
		if got := verdictOf(g.Check(netip.MustParseAddr(text))); got != want {
			t.Errorf("%s: got %v, want %v", text, got, want)
		}
	}
}

func TestPrivateIsWhatAWorkstationCalls(t *testing.T) {
	g := New(Private())
	for text, want := range map[string]verdict{
		"127.0.0.1": open, "::1": open, "192.168.0.7": open, "10.0.0.7": open, "100.64.0.7": open, "fd12::7": open,
		"169.254.169.254": never, "100.100.100.200": never, "fd00:ec2::254": never, "198.18.0.1": private,
	} {
		if got := verdictOf(g.Check(netip.MustParseAddr(text))); got != want {
			t.Errorf("%s: got %v, want %v", text, got, want)
		}
	}
}

func TestParseNetworks(t *testing.T) {
	got, err := ParseNetworks([]string{"192.168.1.7/24", "fd00::/8", "10.0.0.0/8", "192.168.1.0/24", "0.0.0.0/0", "::1/128"})
	if err != nil {
		t.Fatal(err)
	}
	want := prefixes("0.0.0.0/0", "10.0.0.0/8", "192.168.1.0/24", "::1/128", "fd00::/8")
	if diff := cmp.Diff(want, got, cmpopts.EquateComparable(netip.Prefix{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, text := range []string{
		"", "10.0.0.0", "10.0.0.0/33", "example.com/8", "::ffff:10.0.0.0/104", "169.254.169.254/32", "169.254.0.0/16", "169.254.169.0/24",
		"fe80::/64", "fd00:ec2::254/128", "100.100.100.200/32", "224.0.0.0/8", "::/128", "::/96", "::7f00:1/128", "2002:a9fe:a9fe::/48", "0.0.0.0/32",
	} {
		if got, err := ParseNetworks([]string{text}); err == nil {
			t.Errorf("%q: got %v, want an error", text, got)
		}
	}
}

func TestParseNetworksBoundsTheirNumber(t *testing.T) {
	texts := make([]string, 0, MaxNetworks+1)
	for i := range MaxNetworks + 1 {
		texts = append(texts, netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(i)}), 16).String())
	}
	if _, err := ParseNetworks(texts); err == nil {
		t.Error("one too many: want an error")
	}
	if got, err := ParseNetworks(slices.Repeat(texts[:MaxNetworks], 2)); err != nil || len(got) != MaxNetworks {
		t.Errorf("got %d networks and %v, want %d: a repetition is none more", len(got), err, MaxNetworks)
	}
}

func TestPlaceOf(t *testing.T) {
	cases := map[string]Place{
		"example.com": Anywhere, "example.com.": Anywhere, "svc.example.com": Anywhere, "cluster.local.example.com": Anywhere, "localhost.example": Anywhere,
		"10.0.0.1": Address, "::1": Address, "fe80::1%eth0": Address, "10.0.0.1.": Address,
		"localhost": Loopback, "LocalHost.": Loopback, "foo.localhost": Loopback,
		"vllm": Cluster, "vllm.models.svc": Cluster, "vllm.models.SVC.": Cluster, "vllm.models.svc.cluster.local": Cluster, "10-0-0-1.models.pod.cluster.local": Cluster,
		"127.1": Malformed, "2130706433": Malformed, "0x7f000001": Malformed, "0177.0.0.1": Malformed, "1.2.3.4.5": Malformed, "256.1.1.1": Malformed, "a.0x": Malformed,
		"": Cluster,
	}
	for host, want := range cases {
		if got, _ := PlaceOf(host, "cluster.local"); got != want {
			t.Errorf("%q: got %v, want %v", host, got, want)
		}
	}
	if got, _ := PlaceOf("vllm.models.svc.cluster.local", ""); got != Anywhere {
		t.Errorf("without a cluster: got %v, want %v", got, Anywhere)
	}
}

func FuzzGuard(f *testing.F) {
	for _, host := range []string{"10.0.0.1", "::ffff:169.254.169.254", "64:ff9b::a00:1", "127.1", "localhost", "a.svc", "fe80::1%a"} {
		f.Add(host, []byte{10, 0, 0, 1}, "10.0.0.0/8")
		f.Add(host, []byte{0xfd, 0, 0xe, 0xc2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0x54}, "::/0")
	}
	f.Fuzz(func(t *testing.T, host string, raw []byte, network string) {
		networks, err := ParseNetworks([]string{network})
		if err != nil {
			networks = nil
		}
		g := New(networks)
		_ = g.CheckHost(host)
		address, ok := netip.AddrFromSlice(raw)
		if !ok || g.Check(address) != nil {
			return
		}
		v4 := address.Unmap()
		if v4.IsLinkLocalUnicast() || v4.IsMulticast() || v4.IsUnspecified() {
			t.Errorf("%s is let through with %s allowed", address, network)
		}
		if (v4.IsPrivate() || v4.IsLoopback()) && !slices.ContainsFunc(networks, func(n netip.Prefix) bool { return n.Contains(v4) }) {
			t.Errorf("%s is let through with %s allowed", address, network)
		}
	})
}
