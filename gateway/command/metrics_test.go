package command

import (
	"errors"
	"flag"
	"io"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/go-logr/logr"
	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/fairlead-dev/fairlead/gateway/activation"
	"github.com/fairlead-dev/fairlead/gateway/server"
	"github.com/fairlead-dev/fairlead/gateway/telemetry"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// descName finds the name in a metric's description, which has no method for it.
var descName = regexp.MustCompile(`fqName: "([^"]+)"`)

// TestMetricNames holds the names of all metrics that a gateway exports, those of the Go runtime aside, in a file. What alerts and
// dashboards ask for is checked against it.
func TestMetricNames(t *testing.T) {
	b, err := newBacking(t.Context(), backingOptions{gateway: "ai/main", stateDir: t.TempDir(), log: logr.Discard()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(b.redis.Close(), b.ledger.Close()); err != nil {
			t.Error(err)
		}
	})
	p := newPlane(b, logr.Discard())
	p.activator = activation.New(activation.Options{Snapshots: &p.store, Registerer: b.registry})
	server.New(p.options())
	// A server begins its access log when it runs.
	t.Cleanup(telemetry.NewAccessLog(io.Discard, b.registry).Close)
	descriptions := make(chan *prometheus.Desc, 4096)
	b.registry.Describe(descriptions)
	close(descriptions)
	names := map[string]bool{}
	for d := range descriptions {
		if m := descName.FindStringSubmatch(d.String()); m != nil && !strings.HasPrefix(m[1], "go_") {
			names[m[1]] = true
		}
	}
	got := strings.Join(slices.Sorted(maps.Keys(names)), "\n") + "\n"
	const golden = "testdata/metrics.txt"
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("the metrics are others (-want +got); alerts and dashboards ask for them. Run with -update to accept:\n%s", diff)
	}
}
