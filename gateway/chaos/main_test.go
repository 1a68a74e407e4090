package chaos

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"github.com/fairlead-dev/fairlead/gateway/command"
)

// asGateway makes the test binary the gateway itself, so that there is no other to build and none that is out of date.
const asGateway = "FAIRLEAD_CHAOS_AS_GATEWAY"

// The scale. What is not given is small, so that all tests together take less than a minute.
var (
	gatewayKills   = flag.Int("gateway-kills", 8, "how often the gateway is killed under load")
	databaseKills  = flag.Int("database-kills", 3, "how often PostgreSQL is killed under load")
	redisOutage    = flag.Duration("redis-outage", 2*time.Second, "for how long Redis is away")
	databaseOutage = flag.Duration("database-outage", 2*time.Second, "for how long PostgreSQL is away")
	seedFlag       = flag.Uint64("seed", 0, "what chance depends on; 0 for another one in each run")
)

func TestMain(m *testing.M) {
	if os.Getenv(asGateway) == "" {
		os.Exit(m.Run())
	}
	root := &cobra.Command{Use: "fairlead", SilenceUsage: true, SilenceErrors: true}
	root.AddCommand(command.NewRunCommand("chaos"))
	if err := root.Execute(); err != nil {
		fmt.Fprintln(os.Stderr, "fairlead:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// chance is the randomness of a test, which its log names so that it can be had again.
func chance(t *testing.T) *rand.Rand {
	t.Helper()
	seed := *seedFlag
	if seed == 0 {
		seed = rand.Uint64()
	}
	t.Logf("to have the same chance again: -seed %d", seed)
	return rand.New(rand.NewPCG(seed, 0))
}

// between is a duration of at least low and less than high.
func between(r *rand.Rand, low, high time.Duration) time.Duration {
	return low + time.Duration(r.Int64N(int64(high-low)))
}

// pause lasts for d, or until the test ends.
func pause(t *testing.T, d time.Duration) {
	t.Helper()
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-t.Context().Done():
	}
}

// tooSlow is what takes a gateway a few milliseconds, on a machine on which no time that is measured says anything.
const tooSlow = 500 * time.Millisecond

// timesCount skips the rest of a test on a machine that is too busy with other things.
func timesCount(t *testing.T, slowest time.Duration) {
	t.Helper()
	if slowest > tooSlow {
		t.Skipf("the machine is too busy to measure times: what takes milliseconds took %v", slowest)
	}
}

// eventually waits until ok, and returns how long that took. It fails the test where it takes longer than most.
func eventually(t *testing.T, what string, most time.Duration, ok func() bool) time.Duration {
	t.Helper()
	began := time.Now()
	for !ok() {
		if time.Since(began) > most {
			t.Fatalf("%s: not within %v", what, most)
		}
		pause(t, 10*time.Millisecond)
	}
	return time.Since(began)
}
