package bench

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
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
	served, err := edit(ctx, s, replicas, names)
	if err != nil {
		return err
	}
	figures.Print("propagation_aliases", fleetSize, "aliases")
	figures.Print("propagation_replicas", float64(len(replicas)), "replicas")
	figures.printTimes("propagation", served)
	return nil
}

// edit changes aliases one after the other, chosen at random, and returns how long each took until every replica served it.
func edit(ctx context.Context, s *stack.Stack, replicas map[string]*stack.Client, names []string) ([]time.Duration, error) {
	served := make([]time.Duration, 0, edits)
	for i := range edits {
		alias, model := names[rand.IntN(len(names))], fmt.Sprintf("edit-%d", i)
		took, err := propagate(ctx, replicas, alias, model, func(ctx context.Context) error {
			_, err := s.Retarget(ctx, alias, model)
			return err
		})
		if err != nil {
			return nil, err
		}
		served = append(served, took)
	}
	return served, nil
}

// propagate makes a change and returns how long it took until the slowest replica answered for the alias from the model.
func propagate(
	ctx context.Context, replicas map[string]*stack.Client, alias, model string, change func(context.Context) error,
) (time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	began := time.Now()
	if err := change(ctx); err != nil {
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

// await asks a replica every few milliseconds until it answers from the given model. An alias that it does not know yet is none the less
// awaited.
func await(ctx context.Context, replica *stack.Client, alias, model string) error {
	ticker := time.NewTicker(4 * time.Millisecond)
	defer ticker.Stop()
	for {
		answer, err := replica.Chat(ctx, alias, "who are you?")
		if err != nil {
			return err
		}
		if answer.Status != http.StatusNotFound {
			text, err := answer.Text()
			if err != nil || text == model {
				return err
			}
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("still answered %s: %w", answer.Body, ctx.Err())
		case <-ticker.C:
		}
	}
}
