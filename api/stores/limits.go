package stores

import "time"

// Limits of a client of Redis.
type Limits struct {
	// Dial bounds the making of a connection, Call one call, the wait for a connection included.
	Dial, Call time.Duration
	// Pool is how many connections there may be, in a Cluster to each node.
	Pool int
}

// fields are those of a client's options that decide how long a call may take. The options of one Redis, of one behind Sentinels and of a
// Cluster all have them, and no type in common.
type fields struct {
	dial, read, write, wait         *time.Duration
	dials, retries, pool, pipelines *int
	obeys, anonymous                *bool
}

// bound sets the fields, whatever a URI says of them.
func (l Limits) bound(f fields) {
	*f.dial, *f.dials = l.Dial, 1
	*f.read, *f.write, *f.wait = l.Call, l.Call, l.Call
	*f.obeys, *f.retries = true, -1
	// A pool for pipelines would come on top of the other one.
	*f.pool, *f.pipelines = l.Pool, -1
	// Saying who one is takes a call for each connection.
	*f.anonymous = true
}
