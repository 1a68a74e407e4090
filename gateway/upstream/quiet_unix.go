//go:build unix

package upstream

import (
	"errors"
	"net"
	"syscall"
)

// listener returns a function that says whether nothing has come on a connection, not even its end. It neither waits nor takes
// anything.
func listener(c net.Conn) func() bool {
	s, ok := c.(syscall.Conn)
	if !ok {
		return func() bool { return true }
	}
	raw, err := s.SyscallConn()
	if err != nil {
		return func() bool { return false }
	}
	var b [1]byte
	var peeked error
	peek := func(fd uintptr) bool {
		_, _, peeked = syscall.Recvfrom(int(fd), b[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		return true
	}
	return func() bool {
		err := raw.Read(peek)
		return err == nil && (errors.Is(peeked, syscall.EAGAIN) || errors.Is(peeked, syscall.EWOULDBLOCK))
	}
}
