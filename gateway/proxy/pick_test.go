package proxy

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/fault"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
)

func TestTheClientsOrder(t *testing.T) {
	m := kitModel(kitTarget("a", answers()), kitTarget("b", refuses()), kitTarget("c", answers()))
	k := newKit(t, m)
	s := k.serve(k.request(kitRequest, "x-fairlead-targets", "b, c"))
	s.answered(t, "c", 2)
	s = k.serve(k.request(kitRequest, "x-fairlead-targets", "c,d"))
	fe, ok := errors.AsType[*fault.Error](s.err)
	if !ok || fe.Status != http.StatusBadRequest || !strings.Contains(fe.Message, "'a', 'b', 'c'") {
		t.Errorf("%v, want a 400 that names the targets", s.err)
	}
}

func TestWildcards(t *testing.T) {
	for name, c := range map[string]struct{ pattern, target, asked, want string }{
		"Trailing": {"team/*", "meta/*", "team/llama-3", "meta/llama-3"},
		"All":      {"*", "*", "gpt-4o", "gpt-4o"},
		"Leading":  {"*-fast", "groq/*", "llama-fast", "groq/llama"},
		"Fixed":    {"gpt-*", "gpt-4o", "gpt-3.5-turbo", "gpt-4o"},
	} {
		t.Run(name, func(t *testing.T) {
			f := answers()
			target := kitTarget("a", f)
			target.Model = c.target
			m := kitModel(target)
			m.Name = c.pattern
			k := newKit(t, m)
			k.Load().Wild = []*snapshot.Model{m}
			s := k.serve(k.request(strings.Replace(kitRequest, `"chat"`, `"`+c.asked+`"`, 1)))
			s.answered(t, "a", 1)
			if want := `"model":"` + c.want + `"`; !strings.Contains(f.last(), want) {
				t.Errorf("the upstream was sent %s, want %s", f.last(), want)
			}
		})
	}
}

// TestConversationsStay: each of 200 conversations of ten turns stays at its target, and all targets have some.
func TestConversationsStay(t *testing.T) {
	fars := map[string]*far{"a": answers(), "b": answers(), "c": answers()}
	m := kitModel()
	m.Tiers = [][]*snapshot.Target{{kitTarget("a", fars["a"]), kitTarget("b", fars["b"]), kitTarget("c", fars["c"])}}
	m.Strategy = v1alpha1.StrategyPrefixAffinity
	k := newKit(t, m)
	for i := range 200 {
		said := fmt.Sprintf(`{"role":"system","content":"s"},{"role":"user","content":"question %d"}`, i)
		home := ""
		for turn := range 10 {
			s := k.serve(k.request(`{"model":"chat","messages":[` + said + `]}`))
			if home == "" {
				home = s.x.Target
			}
			s.answered(t, home, 1)
			said += fmt.Sprintf(`,{"role":"assistant","content":"a"},{"role":"user","content":"turn %d"}`, turn)
		}
	}
	for name, f := range fars {
		if f.calls.Load() < 400 {
			t.Errorf("%s has %d of 2,000 requests", name, f.calls.Load())
		}
	}
}
