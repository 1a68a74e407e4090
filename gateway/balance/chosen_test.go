package balance

import (
	"errors"
	"math/rand/v2"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-dev/fairlead/gateway/fault"
	"github.com/fairlead-dev/fairlead/gateway/load"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
)

func TestTheClientChooses(t *testing.T) {
	now := time.Now()
	cooling := target("cooling", 1)
	cooling.Load = load.NewEndpoint(now)
	cooling.Load.Cool(now.Add(time.Minute))
	m := model([]*snapshot.Target{target("a", 1), target("b", 99), target("off", 0)}, []*snapshot.Target{cooling, target("c", 1), down("gone", "no key")})
	cases := map[string]struct {
		reason string
		header []string
		want   []string
	}{
		"Order":   {"as given, whatever tiers and weights say", []string{"c,a"}, []string{"c", "a"}},
		"Spaces":  {"lists have spaces, and may be in several headers", []string{" c , a,", "b"}, []string{"c", "a", "b"}},
		"Twice":   {"no target is tried twice", []string{"a,a,b,a"}, []string{"a", "b"}},
		"Off":     {"what cannot answer is left out", []string{"off,gone,a"}, []string{"a"}},
		"Cooling": {"what is not well comes last", []string{"cooling,b"}, []string{"b", "cooling"}},
		"Only":    {"the only one is tried all the same", []string{"cooling"}, []string{"cooling"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := Order(nil, m, &Request{Now: now, Intn: rand.IntN, Chosen: ParseChosen(c.header)})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, names(got)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", c.reason, diff)
			}
		})
	}
}

func TestTheClientChoosesBadly(t *testing.T) {
	m := model([]*snapshot.Target{target("a", 1), target("off", 0)}, []*snapshot.Target{down("gone", "no key")})
	_, err := Order(nil, m, &Request{Now: time.Now(), Chosen: []string{"a", "nobody"}})
	fe, ok := errors.AsType[*fault.Error](err)
	want := &fault.Error{
		Status: http.StatusBadRequest, Code: fault.CodeInvalidValue, Param: "x-fairlead-targets",
		Message: "The header 'x-fairlead-targets' names 'nobody', but the targets of the model 'chat' are 'a', 'off', 'gone'.",
	}
	if diff := cmp.Diff(want, fe); !ok || diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	_, err = Order(nil, m, &Request{Now: time.Now(), Chosen: []string{"gone", "off"}})
	ue, ok := errors.AsType[*UnavailableError](err)
	if !ok {
		t.Fatalf("got %v, want an *UnavailableError", err)
	}
	if diff := cmp.Diff([]string{"gone: no key", "off: its weight is 0"}, ue.Reasons); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestNoHeaderIsNoChoice(t *testing.T) {
	for _, values := range [][]string{nil, {""}, {" , ,"}} {
		if got := ParseChosen(values); len(got) != 0 {
			t.Errorf("%q: %q", values, got)
		}
	}
}
