package activation

import (
	"errors"
	"sync"
)

const (
	// mostHeld bounds the requests that a replica holds at a time, for all providers together. Each takes a connection and some
	// 50 KB.
	mostHeld = 1000
	// mostBytes bounds the bodies that they keep in memory, in bytes. A request that is translated takes up to three times its body;
	// that fits, with all else, into the memory that a replica has by default.
	mostBytes = 64 << 20
)

// ErrFull says that as many requests wait for servers as the replica has room for.
var ErrFull = errors.New("no more requests may wait for servers")

// room is what the requests that wait take up.
type room struct {
	mostHeld  int
	mostBytes int64

	mu    sync.Mutex
	held  int
	bytes int64
}

// enter says whether there is room for one more request, whose body has so many bytes. For the only one there always is, so that the
// largest body can be served as well. Where it is true the caller has to leave.
func (r *room) enter(bytes int64) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.held > 0 && (r.held >= r.mostHeld || r.bytes+bytes > r.mostBytes) {
		return false
	}
	r.held++
	r.bytes += bytes
	return true
}

func (r *room) leave(bytes int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.held--
	r.bytes -= bytes
}
