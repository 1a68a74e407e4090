package bench

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/fairlead-dev/fairlead/hack/audit"
)

// restTime is how long the stack is watched at rest.
const restTime = 2 * time.Minute

// AtRest counts what the operator and the gateways write to the API server while nobody changes anything, by the API server's own
// audit log at path. Renewals of Leases are counted apart.
func AtRest(ctx context.Context, figures *Figures, path string) error {
	return atRest(ctx, figures, "rest", path)
}

// atRest prints its figures under names that begin with a prefix.
func atRest(ctx context.Context, figures *Figures, prefix, path string) error {
	log, err := audit.Open(path)
	if err != nil {
		return err
	}
	defer log.Close()
	timer := time.NewTimer(restTime)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
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
