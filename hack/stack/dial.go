package stack

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"runtime"

	"golang.org/x/sys/unix"
)

// Dial connects to an address of the cluster.
type Dial func(ctx context.Context, network, address string) (net.Conn, error)

// InNamespace dials from inside the network namespace of a process, as a Pod on the host network would: names are resolved by the
// cluster's DNS server at dns, Services are reached through kube-proxy's rules.
func InNamespace(pid int, dns string) Dial {
	inside := func(ctx context.Context, network, address string) (net.Conn, error) {
		var conn net.Conn
		err := enter(pid, func() (err error) {
			var dialer net.Dialer
			conn, err = dialer.DialContext(ctx, network, address)
			return err
		})
		return conn, err
	}
	resolver := &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return inside(ctx, network, net.JoinHostPort(dns, "53"))
	}}
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		host, port, err := net.SplitHostPort(address)
		if err != nil {
			return nil, fmt.Errorf("reading the address %s: %w", address, err)
		}
		addresses, err := resolver.LookupHost(ctx, host)
		if err != nil {
			return nil, fmt.Errorf("resolving %s in the cluster: %w", host, err)
		}
		for _, ip := range addresses {
			var conn net.Conn
			if conn, err = inside(ctx, network, net.JoinHostPort(ip, port)); err == nil {
				return conn, nil
			}
		}
		return nil, err
	}
}

// Through dials the same address whatever is asked for: the near end of a port-forward.
func Through(near string) Dial {
	return func(ctx context.Context, network, _ string) (net.Conn, error) {
		var dialer net.Dialer
		return dialer.DialContext(ctx, network, near)
	}
}

// enter runs f in the network namespace of a process. The thread that it runs on cannot be trusted to come back, so it is not
// unlocked: it ends with its goroutine.
func enter(pid int, f func() error) error {
	result := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		result <- func() error {
			namespace, err := os.Open(fmt.Sprintf("/proc/%d/ns/net", pid))
			if err != nil {
				return fmt.Errorf("opening the cluster's network: %w", err)
			}
			defer namespace.Close()
			if err := unix.Setns(int(namespace.Fd()), unix.CLONE_NEWNET); err != nil {
				return errors.Join(errors.New("entering the cluster's network"), err)
			}
			return f()
		}()
	}()
	return <-result
}
