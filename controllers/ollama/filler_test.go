package ollama_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"go.uber.org/goleak"
	"k8s.io/apimachinery/pkg/types"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/internal/testkit"
	"github.com/fairlead-dev/fairlead/controllers/ollama"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var provider = types.NamespacedName{Namespace: "ai", Name: "local"}

// running returns a Filler that runs until the end of the test.
func running(t *testing.T, changed func(types.NamespacedName)) *ollama.Filler {
	t.Helper()
	pace := ollama.Pace{Retry: time.Millisecond, MaxRetry: 10 * time.Millisecond, Look: 10 * time.Millisecond, Report: time.Hour}
	f := ollama.New(pace, changed)
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan struct{})
	go func() {
		defer close(done)
		f.Run(ctx)
	}()
	t.Cleanup(func() {
		cancel()
		<-done
	})
	return f
}

func server(s *testkit.OllamaServer, revision string, models ...v1alpha1.ModelName) ollama.Server {
	o := ollama.Server{Client: ollama.Client{URL: s.URL, HTTP: s.Client()}, Revision: revision}
	for _, m := range models {
		o.Models = append(o.Models, v1alpha1.OllamaModel{Name: m})
	}
	return o
}

func expectState(t *testing.T, f *ollama.Filler, url, model string, want v1alpha1.ModelState) {
	t.Helper()
	testkit.Eventually(t, func() error {
		if got := f.States(provider)[url].Models[model].State; got != want {
			return fmt.Errorf("%s is %q, want %q", model, got, want)
		}
		return nil
	})
}

// TestFillEachServer: every server of a provider is filled, a new one as well, and one that is gone is forgotten.
func TestFillEachServer(t *testing.T) {
	first, second := testkit.NewOllamaServer(t), testkit.NewOllamaServer(t)
	f := running(t, func(types.NamespacedName) {})
	f.Fill(provider, []ollama.Server{server(first, "1", "tiny")})
	expectState(t, f, first.URL, "tiny", v1alpha1.ModelReady)
	f.Fill(provider, []ollama.Server{server(first, "1", "tiny"), server(second, "1", "tiny")})
	expectState(t, f, second.URL, "tiny", v1alpha1.ModelReady)
	if n := len(first.Requests()); n != 1 {
		t.Errorf("the first server was asked for %q, want one pull", first.Requests())
	}
	f.Fill(provider, nil)
	if states := f.States(provider); len(states) != 0 {
		t.Errorf("servers that are gone have the states %v", states)
	}
}

// TestFillAnew: a server that is asked for other models starts over, and a pull that goes on is ended.
func TestFillAnew(t *testing.T) {
	s := testkit.NewOllamaServer(t)
	s.Hold()
	f := running(t, func(types.NamespacedName) {})
	f.Fill(provider, []ollama.Server{server(s, "1", "big")})
	expectState(t, f, s.URL, "big", v1alpha1.ModelPulling)
	f.Fill(provider, []ollama.Server{server(s, "2", "other")})
	expectState(t, f, s.URL, "other", v1alpha1.ModelPulling)
	if _, there := f.States(provider)[s.URL].Models["big"]; there {
		t.Error("a model that is no longer asked for has a state")
	}
}

// TestFailureIsToldOnce: what fails the same way again and again is reported once.
func TestFailureIsToldOnce(t *testing.T) {
	s := testkit.NewOllamaServer(t)
	s.Refuse("typo", "no such model")
	told := make(chan struct{}, 1000)
	f := running(t, func(types.NamespacedName) { told <- struct{}{} })
	f.Fill(provider, []ollama.Server{server(s, "1", "typo")})
	expectState(t, f, s.URL, "typo", v1alpha1.ModelFailed)
	before := len(s.Requests())
	testkit.Eventually(t, func() error {
		if len(s.Requests()) < before+5 {
			return fmt.Errorf("only %d more tries", len(s.Requests())-before)
		}
		return nil
	})
	// The server answered, the pull began, the pull failed.
	if n := len(told); n > 3 {
		t.Errorf("told %d times, want 3", n)
	}
}

func TestPercent(t *testing.T) {
	for name, tc := range map[string]struct {
		state v1alpha1.ModelState
		p     ollama.Progress
		want  int32
	}{
		"Nothing":     {v1alpha1.ModelPulling, ollama.Progress{}, 0},
		"Half":        {v1alpha1.ModelPulling, ollama.Progress{Completed: 5, Total: 10}, 50},
		"NotYetThere": {v1alpha1.ModelPulling, ollama.Progress{Completed: 10, Total: 10}, 99},
		"There":       {v1alpha1.ModelReady, ollama.Progress{}, 100},
		"Nonsense":    {v1alpha1.ModelPulling, ollama.Progress{Completed: -5, Total: 10}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			if got := (ollama.ModelState{State: tc.state, Progress: tc.p}).Percent(); got != tc.want {
				t.Errorf("Percent() = %d, want %d", got, tc.want)
			}
		})
	}
}
