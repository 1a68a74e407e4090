package ollama_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
	"k8s.io/apimachinery/pkg/types"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/internal/testkit"
	"github.com/fairlead-dev/fairlead/controllers/ollama"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var provider = types.NamespacedName{Namespace: "ai", Name: "local"}

// brisk is a pace for tests.
func brisk() ollama.Pace {
	return ollama.Pace{
		Retry: time.Millisecond, MaxRetry: 10 * time.Millisecond, Look: 10 * time.Millisecond, Report: time.Hour, Stall: time.Minute,
	}
}

// running returns a Filler that runs until the end of the test.
func running(t *testing.T, changed func(types.NamespacedName)) *ollama.Filler {
	t.Helper()
	return runningAt(t, brisk(), changed)
}

func runningAt(t *testing.T, pace ollama.Pace, changed func(types.NamespacedName)) *ollama.Filler {
	t.Helper()
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

// TestStall: a pull that makes no progress any more is given up and begun anew.
func TestStall(t *testing.T) {
	s := testkit.NewOllamaServer(t)
	release := s.Hold()
	pace := brisk()
	pace.Stall = 20 * time.Millisecond
	f := runningAt(t, pace, func(types.NamespacedName) {})
	f.Fill(provider, []ollama.Server{server(s, "1", "big")})
	testkit.Eventually(t, func() error {
		if n := len(s.Requests()); n < 2 {
			return fmt.Errorf("the pull was begun %d times", n)
		}
		return nil
	})
	release()
	expectState(t, f, s.URL, "big", v1alpha1.ModelReady)
}

// TestPreload: a model is loaded once, and before the next one is pulled.
func TestPreload(t *testing.T) {
	s := testkit.NewOllamaServer(t, "there:latest")
	f := running(t, func(types.NamespacedName) {})
	wanted := server(s, "1", "there", "first", "second")
	wanted.Models[0].Preload, wanted.Models[1].Preload = true, true
	f.Fill(provider, []ollama.Server{wanted})
	expectState(t, f, s.URL, "second", v1alpha1.ModelReady)
	want := []string{"load there", "pull first", "load first", "pull second"}
	if diff := cmp.Diff(want, s.Requests()); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
}

// TestCredentialIsNotQuoted: what a server says is told without the credential that it may repeat.
func TestCredentialIsNotQuoted(t *testing.T) {
	s := testkit.NewOllamaServer(t)
	s.Refuse("tiny", "key canary-1 is not valid")
	f := running(t, func(types.NamespacedName) {})
	wanted := server(s, "1", "tiny")
	wanted.Secret = "canary-1"
	f.Fill(provider, []ollama.Server{wanted})
	expectState(t, f, s.URL, "tiny", v1alpha1.ModelFailed)
	if got := f.States(provider)[s.URL].Models["tiny"].Message; got != "key *** is not valid." {
		t.Errorf("message = %q", got)
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
