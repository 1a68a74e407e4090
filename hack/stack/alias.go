package stack

import (
	"context"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/watch"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

// Retarget changes the model that an alias's only target answers with, as `kubectl apply` of the changed manifest would, and
// returns the new generation.
func (s *Stack) Retarget(ctx context.Context, alias, model string) (int64, error) {
	object := v1alpha1.ModelAlias{ObjectMeta: metav1.ObjectMeta{Namespace: s.Namespace, Name: alias}}
	patch := fmt.Appendf(nil, `[{"op":"replace","path":"/spec/targets/0/model","value":%q}]`, model)
	if err := s.Client.Patch(ctx, &object, client.RawPatch("application/json-patch+json", patch)); err != nil {
		return 0, fmt.Errorf("changing alias %s: %w", alias, err)
	}
	return object.Generation, nil
}

// AwaitProgrammed waits until every ready replica has confirmed that it serves the generation of an alias, as `kubectl wait
// --for=condition=Programmed` does.
func (s *Stack) AwaitProgrammed(ctx context.Context, alias string, generation int64, limit time.Duration) error {
	return s.await(ctx, alias, v1alpha1.ConditionProgrammed, generation, limit)
}

// AwaitReady waits until an alias can be asked.
func (s *Stack) AwaitReady(ctx context.Context, alias string, limit time.Duration) error {
	return s.await(ctx, alias, v1alpha1.ConditionReady, 0, limit)
}

// await waits until a condition of an alias is true for a generation.
func (s *Stack) await(ctx context.Context, alias, wanted string, generation int64, limit time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	events, err := s.Client.Watch(ctx, &v1alpha1.ModelAliasList{}, &client.ListOptions{
		Namespace: s.Namespace, FieldSelector: fields.OneTermEqualSelector("metadata.name", alias),
	})
	if err != nil {
		return fmt.Errorf("watching alias %s: %w", alias, err)
	}
	defer events.Stop()
	last := "nothing seen"
	for {
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting for alias %s: not %s within %s: %s", alias, wanted, limit, last)
		case event, open := <-events.ResultChan():
			if !open {
				return fmt.Errorf("waiting for alias %s: the watch ended", alias)
			}
			object, ok := event.Object.(*v1alpha1.ModelAlias)
			if !ok || event.Type == watch.Deleted {
				continue
			}
			condition := meta.FindStatusCondition(object.Status.Conditions, wanted)
			if condition == nil {
				continue
			}
			if condition.Status == metav1.ConditionTrue && condition.ObservedGeneration >= generation {
				return nil
			}
			last = condition.Reason + ": " + condition.Message
		}
	}
}
