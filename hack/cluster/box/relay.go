//go:build linux

package main

import (
	"io"
	"net"
)

// relay copies between two connections until both directions have ended; the end of one direction is passed on at once, as
// kubectl exec and port-forward need it.
func relay(a, b net.Conn) {
	done := make(chan struct{}, 2)
	oneWay := func(to, from net.Conn) {
		_, _ = io.Copy(to, from) // either end may hang up at any time; that is no fault of ours
		if half, ok := to.(interface{ CloseWrite() error }); ok {
			_ = half.CloseWrite()
		}
		done <- struct{}{}
	}
	go oneWay(a, b)
	go oneWay(b, a)
	<-done
	<-done
	a.Close()
	b.Close()
}
