package proxy

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-dev/fairlead/gateway/fault"
	"github.com/fairlead-dev/fairlead/gateway/policy"
	"github.com/fairlead-dev/fairlead/gateway/protocol"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
)

func named(names ...string) (models []*snapshot.Model) {
	for _, n := range names {
		models = append(models, &snapshot.Model{Name: n})
	}
	return models
}

func TestSuggest(t *testing.T) {
	many := named("chat", "chat-large", "coder", "embed", "gpt-5", "llama3", "llama3.1")
	cases := map[string]struct {
		models []*snapshot.Model
		name   string
		want   []string
	}{
		"Typo":       {many, "lama3", []string{"llama3", "llama3.1"}},
		"Nearest":    {many, "llama3.2", []string{"llama3.1", "llama3"}},
		"Swapped":    {many, "caht", []string{"chat"}},
		"NothingNew": {many, "claude-opus-4-1-20250805", []string{}},
		"Few":        {named("chat", "coder"), "gpt-4o", []string{"chat", "coder"}},
		"None":       {nil, "gpt-4o", []string{}},
		"AtMost3":    {named("aa", "ab", "ac", "ad", "ae"), "a", []string{"aa", "ab", "ac"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, Suggest(c.models, c.name)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// anyone calls without a key.
var anyone = &policy.Caller{}

// TestResolveHidesWhatTheCallerMayNotUse: such a model is as unknown as one that does not exist, and is not suggested.
func TestResolveHidesWhatTheCallerMayNotUse(t *testing.T) {
	models := named("chat", "coder")
	s := &snapshot.Snapshot{Models: map[string]*snapshot.Model{"chat": models[0], "coder": models[1]}, Listed: models}
	c := &policy.Caller{Key: &snapshot.Key{Models: []snapshot.Pattern{"cod*"}}}
	if m, _, err := resolve(s, c, protocol.OpenAI, "coder"); m != models[1] || err != nil {
		t.Errorf("an allowed model: %v, %v", m, err)
	}
	_, _, err := resolve(s, c, protocol.OpenAI, "chat")
	if oe, ok := errors.AsType[*fault.Error](err); !ok || oe.Status != 404 || strings.Contains(oe.Message, "Did you mean 'chat'") {
		t.Errorf("got %v, want the 404 of an unknown model", err)
	}
}

func TestResolveKeepsHiddenModelsHidden(t *testing.T) {
	hidden := &snapshot.Model{Name: "chat-secret"}
	s := &snapshot.Snapshot{Models: map[string]*snapshot.Model{"chat-secret": hidden}}
	if m, _, err := resolve(s, anyone, protocol.OpenAI, "chat-secret"); m != hidden || err != nil {
		t.Errorf("got %v, %v: a hidden model can be used", m, err)
	}
	_, _, err := resolve(s, anyone, protocol.OpenAI, "chat-secre")
	if oe, ok := errors.AsType[*fault.Error](err); !ok || oe.Status != 404 || strings.Contains(oe.Message, "chat-secret") {
		t.Errorf("got %v, want a 404 that does not name the hidden model", err)
	}
}

func TestResolveTakesOllamasTag(t *testing.T) {
	m := &snapshot.Model{Name: "coder"}
	s := &snapshot.Snapshot{Models: map[string]*snapshot.Model{"coder": m}}
	if got, _, err := resolve(s, anyone, protocol.Ollama, "coder:latest"); got != m || err != nil {
		t.Errorf("Ollama: %v, %v", got, err)
	}
	if _, _, err := resolve(s, anyone, protocol.OpenAI, "coder:latest"); err == nil {
		t.Error("OpenAI: a tag is a part of the name")
	}
}

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"a", "", 1}, {"", "ab", 2}, {"kitten", "sitting", 3}, {"chat", "chat", 0}, {"flaw", "lawn", 2}, {"ab", "ba", 2},
	} {
		if got := distance(c.a, c.b, 10); got != c.want {
			t.Errorf("%q to %q: %d, want %d", c.a, c.b, got, c.want)
		}
		if got := distance(c.b, c.a, 10); got != c.want {
			t.Errorf("%q to %q: %d, want %d", c.b, c.a, got, c.want)
		}
		if got := distance(c.a, c.b, c.want-1); c.want > 0 && got != c.want {
			t.Errorf("%q to %q at most %d: %d, want one more than that", c.a, c.b, c.want-1, got)
		}
	}
}

func BenchmarkSuggestAmongTenThousand(b *testing.B) {
	models := make([]*snapshot.Model, 10_000)
	for i := range models {
		models[i] = &snapshot.Model{Name: fmt.Sprintf("team-%d/model-%d", i%100, i)}
	}
	for b.Loop() {
		if got := Suggest(models, "team-42/model-1942"); len(got) != nearest {
			b.Fatal(got)
		}
	}
}
