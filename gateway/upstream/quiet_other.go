//go:build !unix

package upstream

import "net"

// listener returns a function that cannot say anything here: what turns out to be closed is found by sending.
func listener(net.Conn) func() bool { return func() bool { return true } }
