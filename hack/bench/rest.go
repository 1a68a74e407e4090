package bench

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/fairlead-dev/fairlead/hack/audit"
)

const (
	// settleTime is what the last change of a measurement has to take effect: who waited for a replica to serve it did not wait for the
	// status that says so.
	settleTime = 5 * time.Second
	// restTime is how long the stack is watched at rest.
	restTime = 2 * time.Minute
)

// AtRest counts what the operator and the gateways write to the API server while nobody changes anything, by the API server's own
// audit log at path. Renewals of Leases are counted apart.
func AtRest(ctx context.Context, figures *Figures, path string) error {
	return atRest(ctx, figures, "rest", path)
}

// atRest prints its figures under names that begin with a prefix.
func atRest(ctx context.Context, figures *Figures, prefix, path string) error {
	if err := linger(ctx, settleTime); err != nil {
		return err
	}
	log, err := audit.Open(path)
	if err != nil {
		return err
	}
	defer log.Close()
	if err := linger(ctx, restTime); err != nil {
		return err
	}
	writes, err := log.Writes()
	if err != nil {
		return err
	}
	for _, w := range writes.Objects {
		fmt.Fprintln(os.Stderr, "write at rest:", w)
	}
	figures.Print(prefix+"_api_writes", float64(len(writes.Objects)), "writes/2min")
	figures.Print(prefix+"_lease_renewals", float64(writes.Leases), "writes/2min")
	return nil
}

// linger waits for some time, or until ctx ends.
func linger(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
