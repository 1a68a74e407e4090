//go:build linux

package main

import (
	"errors"
	"fmt"
	"net"
	"os"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"github.com/fairlead-dev/fairlead/hack/cluster/spec"
)

// connect sets up a network that ends at the box: loopback, and one interface with the box's address. There is no way to the outside, and
// whoever tries is told at once, for want of a default route.
func connect(box spec.Box) error {
	loopback, err := netlink.LinkByName("lo")
	if err != nil {
		return fmt.Errorf("finding the loopback interface: %w", err)
	}
	// A veth pair whose far end stays unused: every kernel that can run containers has it, unlike "dummy".
	near := &netlink.Veth{LinkAttrs: netlink.LinkAttrs{Name: "node0"}, PeerName: "node1"}
	if err := netlink.LinkAdd(near); err != nil {
		return fmt.Errorf("making the network interface: %w", err)
	}
	far, err := netlink.LinkByName("node1")
	if err != nil {
		return fmt.Errorf("finding the far end of the network interface: %w", err)
	}
	for _, link := range []netlink.Link{loopback, near, far} {
		if err := netlink.LinkSetUp(link); err != nil {
			return fmt.Errorf("switching on interface %s: %w", link.Attrs().Name, err)
		}
	}
	if err := addAddresses(box, near); err != nil {
		return err
	}
	if err := os.WriteFile("/proc/sys/net/ipv4/ip_forward", []byte("1"), 0o644); err != nil {
		return fmt.Errorf("letting packets between Pods through: %w", err)
	}
	return nil
}

// addAddresses gives the interface its address and its routes.
func addAddresses(box spec.Box, link netlink.Link) error {
	address, err := netlink.ParseAddr(box.Address)
	if err != nil {
		return fmt.Errorf("parsing the address of the box: %w", err)
	}
	if err := netlink.AddrAdd(link, address); err != nil {
		return fmt.Errorf("setting the address of the box: %w", err)
	}
	for _, cidr := range box.Routes {
		_, network, err := net.ParseCIDR(cidr)
		if err != nil {
			return fmt.Errorf("parsing a route: %w", err)
		}
		err = netlink.RouteAdd(&netlink.Route{LinkIndex: link.Attrs().Index, Dst: network, Scope: netlink.SCOPE_LINK})
		if err != nil && !errors.Is(err, unix.EEXIST) {
			return fmt.Errorf("adding the route to %s: %w", cidr, err)
		}
	}
	return nil
}
