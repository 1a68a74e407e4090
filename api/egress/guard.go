package egress

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"syscall"
	"time"

	"code.dny.dev/ssrf"
)

// HowToAllow says who can allow a private network, and how.
const HowToAllow = "The cluster's administrator may allow its network: the operator's flag --allow-provider-network, in the Helm chart providers.allowedNetworks."

// RefusedError is an address that was not connected to. Its message holds the address and is not for clients.
type RefusedError struct {
	// Address that a URL led to.
	Address netip.Addr
	// Closed says that nobody can allow it.
	Closed bool
}

func (e *RefusedError) Error() string {
	if e.Closed {
		return fmt.Sprintf("refusing to connect to %s: no model is served there, but a machine's own credentials may be", e.Address)
	}
	return fmt.Sprintf("refusing to connect to %s, which is in a private network. %s", e.Address, HowToAllow)
}

// Guard says which addresses may be connected to: public ones, and those of the networks that were allowed. It never changes, and is
// safe for concurrent use.
type Guard struct {
	public *ssrf.Guardian
}

// New returns a Guard that lets through to the networks given besides public addresses. What ParseNetworks would refuse stays closed.
func New(allowed []netip.Prefix) *Guard {
	var v4, v6 []netip.Prefix
	for _, network := range allowed {
		if network.Addr().Is4() {
			v4 = append(v4, network)
		} else {
			v6 = append(v6, network)
		}
	}
	return &Guard{public: ssrf.New(ssrf.WithAnyNetwork(), ssrf.WithAnyPort(), ssrf.WithAllowedV4Prefixes(v4...), ssrf.WithAllowedV6Prefixes(v6...))}
}

// Check returns a *RefusedError for an address that may not be connected to.
func (g *Guard) Check(address netip.Addr) error {
	address = plain(address)
	if !address.IsValid() || isClosed(netip.PrefixFrom(address, address.BitLen())) {
		return &RefusedError{Address: address, Closed: true}
	}
	if g.public.SafeAddr(address) != nil {
		return &RefusedError{Address: address}
	}
	return nil
}

// plain is the address that is reached in the end: the IPv4 address in one of IPv6 that is mapped or translated to it.
func plain(address netip.Addr) netip.Addr {
	address = address.Unmap().WithZone("")
	if !nat64.Contains(address) {
		return address
	}
	b := address.As16()
	return netip.AddrFrom4([4]byte(b[nat64.Bits()/8:]))
}

// Control is for net.Dialer.ControlContext. It sees each address that a name was resolved to, just before it is connected to.
func (g *Guard) Control(_ context.Context, _, address string, _ syscall.RawConn) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("reading the address to connect to: %w", err)
	}
	return g.Check(to.Addr())
}

// keepAlive is the time between two probes of a silent connection.
const keepAlive = 30 * time.Second

// Dialer returns a dialer whose connections have passed the Guard. timeout bounds the whole of the dialing.
func (g *Guard) Dialer(timeout time.Duration) *net.Dialer {
	return &net.Dialer{Timeout: timeout, KeepAlive: keepAlive, ControlContext: g.Control}
}
