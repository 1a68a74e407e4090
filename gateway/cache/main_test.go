package cache

import (
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// newCache is a Cache without Redis.
func newCache() *Cache {
	return New(Options{Gateway: "ai/main", Registerer: prometheus.NewRegistry()})
}

// key is a key of a test.
func key(name string) (k Key) {
	copy(k[:], name)
	return k
}

func wantCount(t *testing.T, what string, c prometheus.Counter, want float64) {
	t.Helper()
	if got := testutil.ToFloat64(c); got != want {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

// pass lets time go by in a test with a clock of its own.
func pass(d time.Duration) { <-time.After(d) }
