package storetest

import (
	"math/rand/v2"
	"net"
	"strconv"
	"testing"
)

// address is where a server listens.
type address struct {
	host string
	port int
}

// String is the address as net.Dial takes it.
func (a address) String() string { return net.JoinHostPort(a.host, strconv.Itoa(a.port)) }

// Ports below those that the kernel gives to outgoing connections (32768 on): a server that was killed finds its port free again.
const (
	firstPort = 15000
	lastPort  = 32000
)

// freeAddress is an address of the loopback interface on which nobody listens.
func freeAddress(t testing.TB) address {
	t.Helper()
	var config net.ListenConfig
	for range 100 {
		a := address{host: "127.0.0.1", port: firstPort + rand.IntN(lastPort-firstPort)}
		listener, err := config.Listen(t.Context(), "tcp", a.String())
		if err != nil {
			continue
		}
		_ = listener.Close()
		return a
	}
	t.Fatal("found no free port in 100 attempts")
	return address{}
}
