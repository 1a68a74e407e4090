package redis

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

const (
	// poolSize is how many calls may be under way, and so how many connections a hung server can hold.
	poolSize = 64
	// dialPatience is how many calls' time a new connection may take, with TLS and from far away. It is made aside: the call that
	// asked for it waits no longer than any other, and the connection serves a later one.
	dialPatience = 5
)

// errURI says nothing of what is in the URI: the errors of its parser quote it, password and all.
var errURI = errors.New("the URI of Redis is not valid: want redis:// or rediss://, user and password, host, port, and a database")

// dial returns the server of a URI, nil where it is empty. It connects to nothing. Where the URI is not valid, the server is one
// that is always away.
func dial(uri string, timeout time.Duration) (*server, error) {
	if uri == "" {
		return nil, nil
	}
	o, err := redis.ParseURL(uri)
	if err != nil {
		return newServer(nil), errURI
	}
	o.DialTimeout, o.DialerRetries = dialPatience*timeout, 1
	o.ReadTimeout, o.WriteTimeout, o.PoolTimeout = timeout, timeout, timeout
	o.ContextTimeoutEnabled = true
	// A call that failed may have been done; to do it again is for the caller to decide.
	o.MaxRetries = -1
	o.PoolSize, o.PipelinePoolSize = poolSize, -1
	o.DisableIdentity = true
	o.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	return newServer(redis.NewClient(o)), nil
}

// quiet keeps go-redis from logging. It would write a line for each failed connection; what there is to say, Client does.
var quiet = sync.OnceFunc(func() { redis.SetLogger(silent{}) })

type silent struct{}

// Printf drops the line.
func (silent) Printf(context.Context, string, ...any) {}
