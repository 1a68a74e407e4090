package sdk

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-dev/fairlead/gateway/protocol/golden"
)

// Texts of the recorded answers.
const (
	textAnswer = "Paris is warm, Rome warmer."
	textBefore = "Let me look."
	thought    = "Two cities, two calls."
	textBroken = "Paris is"
)

// pair is an SDK that asks for models of one kind of upstream.
type pair struct {
	sdk
	client
	link     *link
	upstream *upstream
}

// pairs runs a test for each SDK that can do it with each kind of upstream.
func pairs(t *testing.T, can func(client) bool, test func(t *testing.T, p *pair)) {
	t.Helper()
	g := start(t)
	for _, s := range sdks() {
		for _, name := range slices.Sorted(maps.Keys(g.upstreams)) {
			if p := g.pair(t, s, name); can(p.client) {
				t.Run(s.name+"/"+name, func(t *testing.T) { test(t, p) })
			}
		}
	}
}

// is says whether a client is a T as well.
func is[T any](c client) bool {
	_, ok := c.(T)
	return ok
}

func (g *gateway) pair(t *testing.T, s sdk, upstream string) *pair {
	t.Helper()
	l := &link{}
	u := g.upstreams[upstream]
	u.take()
	return &pair{s, s.dial(t, g.url, key, l), l, u}
}

// model is that of a scenario.
func (p *pair) model(scenario string) string { return p.upstream.name + "-" + scenario }

// isNative says that bytes pass.
func (p *pair) isNative() bool { return slices.Contains(p.native, p.upstream.name) }

// cost is what an answer cost, as far as upstream and SDK know of a cache.
func (p *pair) cost(output int64) usage {
	u := usage{input: 24, cached: 8, output: output}
	switch {
	case p.name == "ollama":
		u.cached = -1
	case p.upstream.name == "ollama":
		u.cached = 0
	}
	return u
}

// modes runs a test for a whole answer and for a streamed one.
func modes(t *testing.T, test func(t *testing.T, stream bool)) {
	t.Helper()
	for name, stream := range map[string]bool{"Whole": false, "Stream": true} {
		t.Run(name, func(t *testing.T) { test(t, stream) })
	}
}

func TestAnswers(t *testing.T) {
	pairs(t, is[client], func(t *testing.T, p *pair) {
		modes(t, func(t *testing.T, stream bool) {
			got, err := p.ask(t.Context(), &question{model: p.model("text"), stream: stream})
			if err != nil {
				t.Fatalf("ask: %v", err)
			}
			got.turn = nil
			want := &answer{text: textAnswer, finish: "stop", usage: p.cost(10)}
			if diff := cmp.Diff(want, got, cmp.AllowUnexported(answer{}, call{}, usage{})); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	})
}

// TestToolLoop asks with a tool, an image and for thoughts, gets two calls at once, and brings their results. What each upstream
// receives with the results is in testdata/received.
func TestToolLoop(t *testing.T) {
	received(t, func(t *testing.T, p *pair, c *golden.Case) {
		modes(t, func(t *testing.T, stream bool) {
			q := &question{model: p.model("tools"), image: true, tools: true, think: true, stream: stream}
			q.before = p.calls(t, q)
			last, err := p.ask(t.Context(), q)
			if err != nil {
				t.Fatalf("bringing the results: %v", err)
			}
			if last.text != textAnswer || last.finish != "stop" {
				t.Errorf("the answer to the results is %q, %s", last.text, last.finish)
			}
			got := p.check(t, c, "results of "+p.name, q)
			// Claude wants thoughts with its proof, and goes without where the client forgot them. Gemini's proof is about the call.
			if lost := p.forgets && p.upstream.name == "anthropic"; !lost && !strings.Contains(got, p.upstream.proof) {
				t.Errorf("the upstream does not get back what it wants, %s: %s", p.upstream.proof, got)
			}
		})
	})
}

// calls asks for the calls and checks them.
func (p *pair) calls(t *testing.T, q *question) *answer {
	t.Helper()
	got, err := p.ask(t.Context(), q)
	if err != nil {
		t.Fatalf("asking with a tool: %v", err)
	}
	want := answer{text: textBefore, finish: "tools", usage: p.cost(40), thinking: p.thoughts(), turn: got.turn}
	for i, where := range []string{"Paris", "Rome"} {
		want.calls = append(want.calls, call{name: toolName, city: where})
		if i < len(got.calls) {
			want.calls[i].id = got.calls[i].id
		}
	}
	if diff := cmp.Diff(&want, got, cmp.AllowUnexported(answer{}, call{}, usage{}), cmp.FilterPath(
		func(path cmp.Path) bool { return path.Last().String() == ".turn" }, cmp.Ignore())); diff != "" {
		t.Fatalf("the answer with calls: -want +got\n%s", diff)
	}
	return got
}

// thoughts are what the SDK shows of what the model thought. OpenAI's chat completions keep it to themselves.
func (p *pair) thoughts() string {
	if p.upstream.name == "openai" && p.name != "responses" {
		return ""
	}
	return thought
}

func TestStructuredAnswers(t *testing.T) {
	received(t, func(t *testing.T, p *pair, c *golden.Case) {
		q := &question{model: p.model("schema"), schema: true}
		got, err := p.ask(t.Context(), q)
		if err != nil {
			t.Fatalf("ask: %v", err)
		}
		if want := `{"city":"Paris","degrees":21}`; got.text != want {
			t.Errorf("the answer is %s, want %s", got.text, want)
		}
		p.check(t, c, "schema of "+p.name, q)
	})
}
