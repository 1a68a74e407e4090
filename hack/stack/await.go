package stack

import (
	"context"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

// AwaitProgrammed waits until every ready replica has confirmed that it serves the generation of an alias, as `kubectl wait
// --for=condition=Programmed` does.
func (s *Stack) AwaitProgrammed(ctx context.Context, alias string, generation int64, limit time.Duration) error {
	return s.await(ctx, &v1alpha1.ModelAliasList{}, alias, expected{v1alpha1.ConditionProgrammed, metav1.ConditionTrue, "", generation}, limit)
}

// AwaitReady waits until an alias can be asked.
func (s *Stack) AwaitReady(ctx context.Context, alias string, limit time.Duration) error {
	return s.await(ctx, &v1alpha1.ModelAliasList{}, alias, expected{v1alpha1.ConditionReady, metav1.ConditionTrue, "", 0}, limit)
}

// AwaitKey waits until every replica knows the generation of a GatewayKey.
func (s *Stack) AwaitKey(ctx context.Context, key string, generation int64, limit time.Duration) error {
	return s.await(ctx, &v1alpha1.GatewayKeyList{}, key, expected{v1alpha1.ConditionReady, metav1.ConditionTrue, "", generation}, limit)
}

// AwaitKeyRefused waits until a GatewayKey is not ready for a reason.
func (s *Stack) AwaitKeyRefused(ctx context.Context, key, reason string, limit time.Duration) error {
	return s.await(ctx, &v1alpha1.GatewayKeyList{}, key, expected{v1alpha1.ConditionReady, metav1.ConditionFalse, reason, 0}, limit)
}

// expected is a condition that is waited for: with any reason where that is empty, of the generation or a later one.
type expected struct {
	condition  string
	status     metav1.ConditionStatus
	reason     string
	generation int64
}

func (e expected) met(c *metav1.Condition) bool {
	return c.Status == e.status && (e.reason == "" || c.Reason == e.reason) && c.ObservedGeneration >= e.generation
}

// await waits until an object has a condition. list says of which kind it is.
func (s *Stack) await(ctx context.Context, list client.ObjectList, name string, want expected, limit time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	events, err := s.Client.Watch(ctx, list, &client.ListOptions{
		Namespace: s.Namespace, FieldSelector: fields.OneTermEqualSelector("metadata.name", name),
	})
	if err != nil {
		return fmt.Errorf("watching %s: %w", name, err)
	}
	defer events.Stop()
	last := "nothing seen"
	for {
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting for %s: %s was not %s %s within %s: %s", name, want.condition, want.status, want.reason, limit, last)
		case event, open := <-events.ResultChan():
			if !open {
				return fmt.Errorf("waiting for %s: the watch ended", name)
			}
			if event.Type == watch.Deleted {
				continue
			}
			condition := meta.FindStatusCondition(conditionsOf(event.Object), want.condition)
			if condition == nil {
				continue
			}
			if want.met(condition) {
				return nil
			}
			last = condition.Reason + ": " + condition.Message
		}
	}
}

func conditionsOf(object runtime.Object) []metav1.Condition {
	switch o := object.(type) {
	case *v1alpha1.ModelAlias:
		return o.Status.Conditions
	case *v1alpha1.GatewayKey:
		return o.Status.Conditions
	}
	return nil
}
