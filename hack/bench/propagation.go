package bench

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/fairlead-dev/fairlead/hack/stack"
)

const (
	// fleetSize is the number of aliases that are there while one of them is changed.
	fleetSize = 1000
	// edits is the number of changes that are measured.
	edits = 200
)

// Propagation measures the time from the moment at which a changed alias is sent to the API server until every replica of the
// gateway answers from the new target, while a thousand aliases are there.
func Propagation(ctx context.Context, figures *Figures, s *stack.Stack, image string) error {
	client, err := s.NewClient(ctx)
	if err != nil {
		return err
	}
	provider, err := s.DeployUpstream(ctx, image)
	if err != nil {
		return err
	}
	names, err := s.Fleet(ctx, provider, fleetSize, 10*time.Minute)
	if err != nil {
		return err
	}
	replicas, err := s.Replicas(ctx, client)
	if err != nil {
		return err
	}
	var served []time.Duration
	for i := range edits {
		took, err := propagate(ctx, s, replicas, names[rand.IntN(len(names))], fmt.Sprintf("edit-%d", i))
		if err != nil {
			return err
		}
		served = append(served, took)
	}
	figures.Print("propagation_aliases", fleetSize, "aliases")
	figures.Print("propagation_replicas", float64(len(replicas)), "replicas")
	figures.Print("propagation_p50", milliseconds(quantile(served, 0.5)), "ms")
	figures.Print("propagation_p99", milliseconds(quantile(served, 0.99)), "ms")
	figures.Print("propagation_max", milliseconds(quantile(served, 1)), "ms")
	return nil
}

// propagate changes one alias and returns how long it took until the slowest replica answered from the new target.
func propagate(ctx context.Context, s *stack.Stack, replicas map[string]*stack.Client, alias, model string) (time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	began := time.Now()
	if _, err := s.Retarget(ctx, alias, model); err != nil {
		return 0, err
	}
	var group sync.WaitGroup
	failures := make(chan error, len(replicas))
	for name, replica := range replicas {
		group.Go(func() {
			if err := await(ctx, replica, alias, model); err != nil {
				failures <- fmt.Errorf("waiting for replica %s: %w", name, err)
			}
		})
	}
	group.Wait()
	took := time.Since(began)
	close(failures)
	return took, <-failures
}

// await asks a replica every few milliseconds until it answers from the given model.
func await(ctx context.Context, replica *stack.Client, alias, model string) error {
	ticker := time.NewTicker(4 * time.Millisecond)
	defer ticker.Stop()
	for {
		answer, err := replica.Ask(ctx, alias, "who are you?")
		if err != nil {
			return err
		}
		if answer == model {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("still answered from %q: %w", answer, ctx.Err())
		case <-ticker.C:
		}
	}
}
