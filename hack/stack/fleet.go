package stack

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

// fleetLabel marks the aliases of a fleet.
const fleetLabel = "fairlead.dev/fleet"

// atOnce is how many objects of a fleet are written at the same time.
const atOnce = 8

// Fleet makes count aliases that all answer from provider, waits until every one is ready, and returns their names.
func (s *Stack) Fleet(ctx context.Context, provider string, count int, limit time.Duration) ([]string, error) {
	names := make([]string, count)
	var group errgroup.Group
	group.SetLimit(atOnce)
	for i := range names {
		names[i] = fmt.Sprintf("fleet-%04d", i)
		group.Go(func() error { return s.Enlist(ctx, names[i], provider) })
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	return names, s.awaitFleet(ctx, names, limit)
}

// Enlist makes one more alias of the fleet, unless it is there.
func (s *Stack) Enlist(ctx context.Context, name, provider string) error {
	alias := NewAlias(s.Namespace, name, provider, "first")
	alias.Labels = map[string]string{fleetLabel: "true"}
	if err := s.Client.Create(ctx, alias); client.IgnoreAlreadyExists(err) != nil {
		return fmt.Errorf("creating alias %s: %w", name, err)
	}
	return nil
}

// awaitFleet waits at each alias until it is ready. One read for each is less than a list of all of them, again and again.
func (s *Stack) awaitFleet(ctx context.Context, names []string, limit time.Duration) error {
	return poll(ctx, limit, fmt.Sprintf("%d ready aliases", len(names)), func() (bool, error) {
		for ; len(names) > 0; names = names[1:] {
			var alias v1alpha1.ModelAlias
			if err := s.Client.Get(ctx, client.ObjectKey{Namespace: s.Namespace, Name: names[0]}, &alias); err != nil {
				return false, fmt.Errorf("reading alias %s: %w", names[0], err)
			}
			if !meta.IsStatusConditionTrue(alias.Status.Conditions, v1alpha1.ConditionReady) {
				return false, nil
			}
		}
		return true, nil
	})
}

// Disband deletes the fleet, some at a time: for very many the API server needs longer than one request may take.
func (s *Stack) Disband(ctx context.Context) error {
	for {
		var some v1alpha1.ModelAliasList
		if err := s.Client.List(ctx, &some, client.InNamespace(s.Namespace), client.HasLabels{fleetLabel}, client.Limit(500)); err != nil {
			return fmt.Errorf("listing the fleet: %w", err)
		}
		if len(some.Items) == 0 {
			return nil
		}
		var group errgroup.Group
		group.SetLimit(atOnce)
		for i := range some.Items {
			group.Go(func() error { return client.IgnoreNotFound(s.Client.Delete(ctx, &some.Items[i])) })
		}
		if err := group.Wait(); err != nil {
			return fmt.Errorf("deleting the fleet: %w", err)
		}
	}
}

// NewAlias is an alias of the sample gateway with one target.
func NewAlias(namespace, name, provider, model string) *v1alpha1.ModelAlias {
	return &v1alpha1.ModelAlias{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name},
		Spec: v1alpha1.ModelAliasSpec{
			GatewayRef: v1alpha1.GatewayReference{Name: Gateway},
			Targets: []v1alpha1.Target{{
				Name: "only", ProviderRef: v1alpha1.ProviderReference{Name: v1alpha1.ObjectName(provider)}, Model: v1alpha1.ModelPattern(model),
			}},
		},
	}
}

// Replicas are clients of the single gateway Pods, by Pod name.
func (s *Stack) Replicas(ctx context.Context, through *Client) (map[string]*Client, error) {
	var pods corev1.PodList
	if err := s.Client.List(ctx, &pods, client.InNamespace(s.Namespace), client.MatchingLabels{v1alpha1.LabelGateway: Gateway, "app.kubernetes.io/component": "gateway"}); err != nil {
		return nil, fmt.Errorf("listing the gateway's Pods: %w", err)
	}
	replicas := map[string]*Client{}
	for i := range pods.Items {
		pod := &pods.Items[i]
		if pod.Status.PodIP != "" && pod.DeletionTimestamp == nil {
			replicas[pod.Name] = through.At("http://" + pod.Status.PodIP + ":4000/v1")
		}
	}
	if len(replicas) == 0 {
		return nil, errors.New("listing the gateway's Pods: there is none")
	}
	return replicas, nil
}
