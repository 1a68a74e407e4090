package ollama_test

import (
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/types"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/internal/testkit"
	"github.com/fairlead-dev/fairlead/controllers/ollama"
)

// TestInterruptedPullGoesOn: a server that dies in the middle of a pull has not failed; the pull is begun anew, where the server goes
// on.
func TestInterruptedPullGoesOn(t *testing.T) {
	s := testkit.NewOllamaServer(t)
	s.Cut()
	var failed atomic.Bool
	var f *ollama.Filler
	pace := brisk()
	pace.Report = 0
	f = runningAt(t, pace, func(p types.NamespacedName) {
		if f.States(p)[s.URL].Models["big"].State == v1alpha1.ModelFailed {
			failed.Store(true)
		}
	})
	f.Fill(provider, []ollama.Server{server(s, "1", "big")})
	expectState(t, f, s.URL, "big", v1alpha1.ModelReady)
	if failed.Load() {
		t.Error("an interrupted pull was said to have failed")
	}
	if diff := cmp.Diff([]string{"pull big", "pull big"}, s.Requests()); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
}

// TestUnknownModelIsTriedSeldom: a model that does not exist keeps no other away, and its registry is left alone.
func TestUnknownModelIsTriedSeldom(t *testing.T) {
	s := testkit.NewOllamaServer(t)
	s.Refuse("typo", "pull model manifest: file does not exist")
	pace := brisk()
	pace.MaxRetry = time.Hour
	f := runningAt(t, pace, func(types.NamespacedName) {})
	f.Fill(provider, []ollama.Server{server(s, "1", "typo", "other")})
	expectState(t, f, s.URL, "other", v1alpha1.ModelReady)
	m := f.States(provider)[s.URL].Models["typo"]
	if m.State != v1alpha1.ModelFailed || m.Reason != v1alpha1.ModelNotFound {
		t.Errorf("typo is %s, %s: %s", m.State, m.Reason, m.Message)
	}
	for range 3 {
		before := len(s.Requests())
		s.Forget("other:latest")
		testkit.Eventually(t, func() error {
			if len(s.Requests()) == before {
				return errors.New("the other model was not pulled again")
			}
			return nil
		})
	}
	tries := slices.DeleteFunc(s.Requests(), func(r string) bool { return r != "pull typo" })
	if len(tries) != 1 {
		t.Errorf("tried %d times, want once", len(tries))
	}
}

// TestTidy: from a server of the operator's own goes what is not listed, under whatever name, but not what a pull has yet to name; at
// another's server nothing is touched.
func TestTidy(t *testing.T) {
	registry := &v1alpha1.OllamaRegistry{Host: "mirror:5000", Insecure: true}
	const left = "mirror:5000/library/tiny:latest"
	for name, tc := range map[string]struct {
		own     bool
		has     []string
		want    []string
		deleted []string
	}{
		"Own": {
			own: true, has: []string{"old:7b", "Tiny:latest", left}, want: []string{"Tiny:latest", "big:latest"},
			deleted: []string{"old:7b"},
		},
		"OwnMidPull": {own: true, has: []string{left, "me/old:latest"}, want: []string{"big:latest", "tiny:latest"}, deleted: []string{"me/old:latest"}},
		"Others":     {has: []string{"old:7b", "tiny:latest"}, want: []string{"big:latest", "old:7b", "tiny:latest"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := testkit.NewOllamaServer(t, tc.has...)
			f := running(t, func(types.NamespacedName) {})
			wanted := server(s, "1", "tiny", "big")
			wanted.Own, wanted.Registry = tc.own, registry
			f.Fill(provider, []ollama.Server{wanted})
			expectState(t, f, s.URL, "tiny", v1alpha1.ModelReady)
			expectState(t, f, s.URL, "big", v1alpha1.ModelReady)
			testkit.Eventually(t, func() error {
				if diff := cmp.Diff(tc.want, s.Models()); diff != "" {
					return fmt.Errorf("models (-want +got):\n%s", diff)
				}
				return nil
			})
			if diff := cmp.Diff(tc.deleted, f.Deleted(provider)); diff != "" {
				t.Errorf("deleted (-want +got):\n%s", diff)
			}
			if tc.has[0] == left && slices.Index(s.Requests(), "delete "+left) < slices.Index(s.Requests(), "copy "+left+" tiny") {
				t.Errorf("what was pulled was deleted before it had its name: %q", s.Requests())
			}
		})
	}
}

// TestTidyEverything: a server that is to have no models loses those that it has.
func TestTidyEverything(t *testing.T) {
	s := testkit.NewOllamaServer(t, "old:7b")
	told := make(chan struct{}, 100)
	f := running(t, func(types.NamespacedName) { told <- struct{}{} })
	wanted := server(s, "1")
	wanted.Own = true
	f.Fill(provider, []ollama.Server{wanted})
	testkit.Eventually(t, func() error {
		if got := f.Deleted(provider); !slices.Equal(got, []string{"old:7b"}) {
			return fmt.Errorf("deleted %q", got)
		}
		return nil
	})
	if len(s.Models()) != 0 || len(f.Deleted(provider)) != 0 {
		t.Errorf("has %q, and tells of the deletion twice", s.Models())
	}
}
