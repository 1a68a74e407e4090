package redis

import (
	"time"

	"github.com/fairlead-dev/fairlead/api/stores"
)

const (
	// poolSize is how many calls may be under way, and so how many connections a hung server can hold.
	poolSize = 64
	// dialPatience is how many calls' time a new connection may take, with TLS and from far away. It is made aside: the call that
	// asked for it waits no longer than any other, and the connection serves a later one.
	dialPatience = 5
)

// dial returns the server at an address, nil where that is empty. It connects to nothing. Where the address cannot be used, the
// server is one that is always away.
func dial(address stores.Address, timeout time.Duration) (*server, error) {
	if address.URI == "" {
		return nil, nil
	}
	client, err := stores.NewRedis(address, stores.Limits{Dial: dialPatience * timeout, Call: timeout, Pool: poolSize})
	if err != nil {
		return newServer(nil), err
	}
	return newServer(client), nil
}
