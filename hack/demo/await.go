package demo

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/hack/progress"
	"github.com/fairlead-dev/fairlead/hack/stack"
)

// aliases are the sample aliases that the demo asks.
var aliases = []string{"llama3", "coder"}

// awaitReady waits for the aliases and shows on the way what they wait for: Pods that start, models that are pulled.
func (d *Demo) awaitReady(ctx context.Context, step *progress.Step) error {
	s, err := stack.Connect(d.Site.Kubeconfig(), nil)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 30*time.Minute)
	defer cancel()
	ticker := time.NewTicker(250 * time.Millisecond)
	defer ticker.Stop()
	for {
		waits, err := waitingFor(ctx, s)
		if err != nil {
			return err
		}
		if len(waits) == 0 {
			break
		}
		step.Status("%s", strings.Join(waits, "; "))
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting for the aliases: %s", strings.Join(waits, "; "))
		case <-ticker.C:
		}
	}
	out, err := d.Tools.kubectl(ctx, nil, "get", "-n", stack.Namespace, "fairlead")
	if err != nil {
		return err
	}
	printLines(step, out)
	return nil
}

// waitingFor says in a few words what the gateway and each alias still lack.
func waitingFor(ctx context.Context, s *stack.Stack) ([]string, error) {
	waits, err := gatewayWaits(ctx, s)
	if err != nil {
		return nil, err
	}
	for _, name := range aliases {
		var alias v1alpha1.ModelAlias
		if err := s.Client.Get(ctx, client.ObjectKey{Namespace: s.Namespace, Name: name}, &alias); err != nil {
			return nil, fmt.Errorf("reading alias %s: %w", name, err)
		}
		for _, condition := range []string{v1alpha1.ConditionProgrammed, v1alpha1.ConditionReady} {
			if c := meta.FindStatusCondition(alias.Status.Conditions, condition); c == nil || c.Status != "True" || c.ObservedGeneration != alias.Generation {
				waits = append(waits, name+": "+whatIsMissing(alias))
				break
			}
		}
	}
	if len(waits) == 0 {
		return nil, nil
	}
	var providers v1alpha1.ModelProviderList
	if err := s.Client.List(ctx, &providers, client.InNamespace(s.Namespace)); err != nil {
		return nil, fmt.Errorf("reading the providers: %w", err)
	}
	for _, provider := range providers.Items {
		if provider.Status.Progress != "" {
			waits = append(waits, provider.Status.Progress)
		}
	}
	return waits, nil
}

// gatewayWaits says what the gateway lacks. After an upgrade of the chart it is complete only when the new operator has replaced
// every replica by one of the new image.
func gatewayWaits(ctx context.Context, s *stack.Stack) ([]string, error) {
	var operator, gateway appsv1.Deployment
	if err := s.Client.Get(ctx, client.ObjectKey{Namespace: systemNamespace, Name: "fairlead"}, &operator); err != nil {
		return nil, fmt.Errorf("reading the operator's deployment: %w", err)
	}
	err := s.Client.Get(ctx, client.ObjectKey{Namespace: s.Namespace, Name: stack.Gateway}, &gateway)
	if apierrors.IsNotFound(err) {
		return []string{"gateway: not deployed yet"}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the gateway's deployment: %w", err)
	}
	now := gateway.Status
	switch {
	case !slices.Contains(operator.Spec.Template.Spec.Containers[0].Args, "--gateway-image="+gateway.Spec.Template.Spec.Containers[0].Image):
		return []string{"gateway: waiting for the new operator"}, nil
	case now.ObservedGeneration != gateway.Generation || now.UpdatedReplicas != now.Replicas || now.ReadyReplicas != now.Replicas || now.Replicas == 0:
		return []string{fmt.Sprintf("gateway: %d of %d replicas ready", now.ReadyReplicas, now.Replicas)}, nil
	}
	return nil, nil
}

// whatIsMissing is what the alias itself says of why it is not ready.
func whatIsMissing(alias v1alpha1.ModelAlias) string {
	if ready := meta.FindStatusCondition(alias.Status.Conditions, v1alpha1.ConditionReady); ready != nil {
		return ready.Message
	}
	return v1alpha1.ReasonPending
}

// printLines writes each line of a program's output below the step.
func printLines(step *progress.Step, out string) {
	for line := range strings.Lines(out) {
		step.Println("%s", strings.TrimRight(line, "\n"))
	}
}
