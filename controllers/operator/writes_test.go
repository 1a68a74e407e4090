package operator_test

import (
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"

	"k8s.io/client-go/rest"
)

// errDead is what every request of a dead process comes to.
var errDead = errors.New("the process is dead")

// writes sees every write of an operator, and may let it die at one of them.
type writes struct {
	next http.RoundTripper

	mu sync.Mutex
	// seen are the writes so far, as "METHOD path".
	seen []string
	// dieAt is the number of the write at which everything ends; after says whether that write still takes effect.
	dieAt int
	after bool
	dead  chan struct{}
}

// through returns a config whose requests go through w.
func (w *writes) through(config *rest.Config) *rest.Config {
	config = rest.CopyConfig(config)
	w.dead = make(chan struct{})
	config.Wrap(func(next http.RoundTripper) http.RoundTripper {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.next = next
		return w
	})
	return config
}

// RoundTrip sends a request, unless the process is dead.
func (w *writes) RoundTrip(r *http.Request) (*http.Response, error) {
	// Neither the Leases of an election nor events are part of what the operator brings about.
	if r.Method == http.MethodGet || strings.Contains(r.URL.Path, "/leases") || strings.Contains(r.URL.Path, "/events") {
		if w.isDead() {
			return nil, errDead
		}
		return w.next.RoundTrip(r)
	}
	dies, alive := w.note(r)
	if dies {
		// Whoever waits for the death finds what the write brought about.
		defer close(w.dead)
	}
	if !alive || (dies && !w.after) {
		return nil, errDead
	}
	answer, err := w.next.RoundTrip(r)
	if dies && err == nil {
		answer.Body.Close()
		return nil, errDead
	}
	return answer, err
}

// note counts a write, and says whether it is the one to die at and whether the process still lives.
func (w *writes) note(r *http.Request) (dies, alive bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.dieAt > 0 && len(w.seen) >= w.dieAt {
		return false, false
	}
	w.seen = append(w.seen, r.Method+" "+r.URL.Path)
	return len(w.seen) == w.dieAt, true
}

func (w *writes) isDead() bool {
	select {
	case <-w.dead:
		return true
	default:
		return false
	}
}

func (w *writes) list() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]string(nil), w.seen...)
}

func (w *writes) count(t *testing.T) int {
	t.Helper()
	return len(w.list())
}
