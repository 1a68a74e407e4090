// Package password changes the passwords of the stores that the operator runs, while they are used, and finds out whether they take one.
//
// Every change can be repeated: one that a crash interrupted is made again from the start, with the passwords that the store may
// have by then. No password leaves this process in the clear: Redis is given digests, and PostgreSQL a verifier that is made
// here, so that none can be in a log of theirs.
package password

import (
	"context"
	"errors"
	"net"
	"time"
)

// within is how long a store may take to change its password.
const within = 2 * time.Second

// ErrRefused says that the store takes none of the passwords that it may have.
var ErrRefused = errors.New("it takes none of the passwords in its Secret")

// ErrSilent says that the store could not be asked, or did not say that it had done what it was asked for.
var ErrSilent = errors.New("it does not answer")

// Dial opens a connection to an address, which is host:port.
type Dial func(ctx context.Context, network, address string) (net.Conn, error)

// Changer changes passwords. Its zero value reaches stores over the network.
type Changer struct {
	// Dial opens the connections; those of package net are used where it is nil.
	Dial Dial
}

func (c Changer) dial() Dial {
	if c.Dial != nil {
		return c.Dial
	}
	return (&net.Dialer{}).DialContext
}
