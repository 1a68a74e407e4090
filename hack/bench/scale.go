package bench

import (
	"context"
	"fmt"
	"time"

	"github.com/fairlead-dev/fairlead/hack/stack"
)

// crowdSize is the number of aliases that one operator and each gateway have to carry.
const crowdSize = 10_000

// Scale measures what ten thousand aliases cost: how long it takes until all are ready, how long a change of one and another new one
// take until every replica serves them, what is written when nothing changes, and how much memory the operator and the gateways have
// then and had at most. audit is the API server's log.
func Scale(ctx context.Context, figures *Figures, s *stack.Stack, image, audit string) error {
	client, err := s.NewClient(ctx)
	if err != nil {
		return err
	}
	provider, err := s.DeployUpstream(ctx, image)
	if err != nil {
		return err
	}
	began := time.Now()
	names, err := s.Fleet(ctx, provider, crowdSize, 20*time.Minute)
	if err != nil {
		return err
	}
	figures.Print("scale_aliases", crowdSize, "aliases")
	figures.Print("scale_ready", time.Since(began).Seconds(), "s")
	replicas, err := s.Replicas(ctx, client)
	if err != nil {
		return err
	}
	edited, err := edit(ctx, s, replicas, names)
	if err != nil {
		return err
	}
	figures.printTimes("scale_edit", edited)
	added, err := add(ctx, s, replicas, provider)
	if err != nil {
		return err
	}
	figures.printTimes("scale_add", added)
	if err := atRest(ctx, figures, "scale_rest", audit); err != nil {
		return err
	}
	return scaleMemory(figures)
}

// add makes one alias after the other and returns how long each took until every replica served it.
func add(ctx context.Context, s *stack.Stack, replicas map[string]*stack.Client, provider string) ([]time.Duration, error) {
	served := make([]time.Duration, 0, edits)
	for i := range edits {
		name := fmt.Sprintf("late-%d", i)
		took, err := propagate(ctx, replicas, name, "first", func(ctx context.Context) error {
			return s.Enlist(ctx, name, provider)
		})
		if err != nil {
			return nil, err
		}
		served = append(served, took)
	}
	return served, nil
}

func scaleMemory(figures *Figures) error {
	return eachRole(func(role string, pids []int) error {
		for name, line := range map[string]string{"rss": residentNow, "rss_peak": residentPeak} {
			size, err := largest(pids, line)
			if err != nil {
				return err
			}
			figures.Print("scale_"+role+"_"+name, size, "MiB")
		}
		return nil
	})
}
