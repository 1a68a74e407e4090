package cluster

import (
	"context"
	"testing"
	"time"

	"github.com/go-logr/logr"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
)

// patience is how long a test waits for what it knows to come.
const patience = 20 * time.Second

// watchInputs runs a Source until the test ends.
func watchInputs(t *testing.T, o Options) <-chan snapshot.Input {
	t.Helper()
	o.Log = logr.Discard()
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	inputs := make(chan snapshot.Input, 64)
	ended := make(chan error, 1)
	ctx, cancel := context.WithCancel(t.Context())
	go func() { ended <- s.Run(ctx, func(in snapshot.Input) { inputs <- in }) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return inputs
}

// until waits for an input that satisfies done.
func until(t *testing.T, inputs <-chan snapshot.Input, what string, done func(snapshot.Input) bool) snapshot.Input {
	t.Helper()
	deadline := time.After(patience)
	for {
		select {
		case in := <-inputs:
			if done(in) {
				return in
			}
		case <-deadline:
			t.Fatalf("%s: not within %v", what, patience)
		}
	}
}

// routeOf is the route of an alias at the gateway of the test, nil where there is none.
func routeOf(in snapshot.Input, alias string) *v1alpha1.Route {
	for _, a := range in.Aliases {
		if a.Name == alias && a.Route != nil && a.Route.Gateway == in.Gateway {
			return a.Route
		}
	}
	return nil
}

// targetModel is the upstream model of an alias, empty where it has no route.
func targetModel(in snapshot.Input, alias string) string {
	if r := routeOf(in, alias); r != nil {
		return string(r.Targets[0].Model)
	}
	return ""
}
