package balance

import (
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/load"
	"github.com/fairlead-dev/fairlead/gateway/provider/ollama"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
)

// serversOf builds a snapshot with a provider that has servers, some of them without models.
func serversOf(t testing.TB, missing map[string]v1alpha1.ModelName, names ...string) []*snapshot.Server {
	t.Helper()
	p := snapshot.Provider{
		Namespace: "ai", Name: "local", Endpoint: &v1alpha1.ResolvedEndpoint{Protocol: v1alpha1.ProtocolOllama, URL: "http://local.ai.svc:11434"},
	}
	for i, name := range names {
		s := v1alpha1.OllamaServer{Name: name, URL: "http://10.0.0." + strconv.Itoa(i+1) + ":11434"}
		if m := missing[name]; m != "" {
			s.MissingModels = []v1alpha1.ModelName{m}
		}
		p.Servers = append(p.Servers, s)
	}
	s := snapshot.Build(snapshot.Input{Gateway: "ai/main", Providers: []snapshot.Provider{p}}, nil,
		snapshot.Protocols{v1alpha1.ProtocolOllama: ollama.New()})
	if got := s.ServersOf("ai/local"); len(got) == len(names) {
		return got
	}
	t.Fatalf("the snapshot has not the servers: %+v", s.Confirmation.Rejected)
	return nil
}

// busyWith puts requests under way.
func busyWith(s *snapshot.Server, n int) {
	for range n {
		s.Load.Begin()
	}
}

// away is what a server is that could not be reached.
func away(s *snapshot.Server, now time.Time) {
	s.Load.Fail(now, load.Health{Consecutive: 1, EjectFor: time.Minute, MaxEjectFor: time.Minute})
}

func TestServer(t *testing.T) {
	const prefix = 12345
	now := time.Now()
	ask := func(servers []*snapshot.Server, r ServerRequest) string {
		r.Now, r.Model = now, "llama3.2:1b"
		if s := Server(servers, &r); s != nil {
			return s.Name
		}
		return ""
	}
	cases := map[string]struct {
		reason  string
		missing map[string]v1alpha1.ModelName
		prepare func(servers []*snapshot.Server)
		want    string
	}{
		"LeastBusy":     {"the fewest requests under way", nil, func(s []*snapshot.Server) { busyWith(s[0], 2); busyWith(s[1], 1); busyWith(s[2], 3) }, "b"},
		"FirstOfEquals": {"without chance", nil, func([]*snapshot.Server) {}, "a"},
		"Missing":       {"it has the model", map[string]v1alpha1.ModelName{"a": "llama3.2:1b"}, func(s []*snapshot.Server) { busyWith(s[1], 1) }, "c"},
		"OtherMissing":  {"another model is missing", map[string]v1alpha1.ModelName{"a": "qwen3:4b"}, func([]*snapshot.Server) {}, "a"},
		"NobodyHasIt":   {"no server has the model", map[string]v1alpha1.ModelName{"a": "llama3.2:1b", "b": "llama3.2:1b", "c": "llama3.2:1b"}, func([]*snapshot.Server) {}, ""},
		"Away":          {"it could not be reached", nil, func(s []*snapshot.Server) { away(s[0], now); busyWith(s[1], 1) }, "c"},
		"AllAway": {"where none could, none is passed over", nil, func(s []*snapshot.Server) {
			for _, one := range s {
				away(one, now)
			}
			busyWith(s[0], 1)
		}, "b"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			servers := serversOf(t, c.missing, "a", "b", "c")
			c.prepare(servers)
			if got := ask(servers, ServerRequest{}); got != c.want {
				t.Errorf("%s: got %q, want %q", c.reason, got, c.want)
			}
		})
	}
	t.Run("Passed", func(t *testing.T) {
		servers := serversOf(t, nil, "a", "b")
		own := ask(servers, ServerRequest{Prefix: prefix})
		passed := []*snapshot.Server{Server(servers, &ServerRequest{Now: now, Prefix: prefix})}
		if got := ask(servers, ServerRequest{Prefix: prefix, Passed: passed}); got == own || got == "" {
			t.Errorf("got %q after %q was tried in vain", got, own)
		}
		if got := ask(servers, ServerRequest{Passed: servers}); got != "" {
			t.Errorf("got %q after all were tried", got)
		}
	})
}

func TestEqualServersGetTheSame(t *testing.T) {
	servers := serversOf(t, nil, "a", "b", "c", "d")
	const draws = 40_000
	got := map[string]int{}
	intn := rand.New(rand.NewPCG(1, 2)).IntN
	for range draws {
		got[Server(servers, &ServerRequest{Now: time.Now(), Intn: intn}).Name]++
	}
	checkShares(t, got, draws, len(servers))
}

// checkShares fails the test where shares are more than five standard deviations from equal ones.
func checkShares(t *testing.T, got map[string]int, draws, shares int) {
	t.Helper()
	p := 1 / float64(shares)
	deviation := math.Sqrt(float64(draws) * p * (1 - p))
	for name, n := range got {
		if math.Abs(float64(n)-float64(draws)*p) > 5*deviation {
			t.Errorf("%s got %d of %d, want %.0f", name, n, draws, float64(draws)*p)
		}
	}
}

// TestConversationsStayWithTheirServer holds what a cache in the memory of a server needs: the same server each time, others for other
// conversations, and only its own move when a server goes.
func TestConversationsStayWithTheirServer(t *testing.T) {
	servers := serversOf(t, nil, "a", "b", "c", "d")
	now := time.Now()
	const conversations = 20_000
	got := map[string]int{}
	for prefix := uint64(1); prefix <= conversations; prefix++ {
		r := ServerRequest{Now: now, Prefix: prefix, Intn: rand.IntN}
		own := Server(servers, &r)
		got[own.Name]++
		if again := Server(servers, &r); again != own {
			t.Fatalf("conversation %d went to %s and to %s", prefix, own.Name, again.Name)
		}
		if less := Server(servers[1:], &r); own != servers[0] && less != own {
			t.Fatalf("conversation %d of %s moved to %s when %s went", prefix, own.Name, less.Name, servers[0].Name)
		}
	}
	checkShares(t, got, conversations, len(servers))
}

// TestNoServerGetsMoreThanItsShare sends one conversation over and over while nothing is answered.
func TestNoServerGetsMoreThanItsShare(t *testing.T) {
	servers := serversOf(t, nil, "a", "b", "c", "d")
	for requests := 1; requests <= 400; requests++ {
		Server(servers, &ServerRequest{Now: time.Now(), Prefix: 7}).Load.Begin()
		most := int(math.Ceil(bound * float64(requests) / float64(len(servers))))
		for _, s := range servers {
			if n := s.Load.InFlight(); n > most {
				t.Fatalf("%s has %d of %d requests, want at most %d", s.Name, n, requests, most)
			}
		}
	}
}

func TestServerAllocatesNothing(t *testing.T) {
	servers := serversOf(t, nil, "a", "b", "c", "d")
	r := &ServerRequest{Now: time.Now(), Model: "llama3.2:1b", Prefix: 7, Intn: rand.IntN}
	if n := testing.AllocsPerRun(100, func() { Server(servers, r) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestPostpone(t *testing.T) {
	asleep := func(name string) *snapshot.Target {
		return &snapshot.Target{Name: name, Activation: &snapshot.Activation{Asleep: true}}
	}
	cases := map[string]struct {
		reason       string
		targets      []*snapshot.Target
		want, passed []string
	}{
		"NoneAsleep":  {"nothing to do", []*snapshot.Target{target("a", 1), target("b", 1)}, []string{"a", "b"}, []string{}},
		"FirstAsleep": {"the next takes over", []*snapshot.Target{asleep("a"), target("b", 1)}, []string{"b", "a"}, []string{"a"}},
		"LaterAsleep": {"nobody had asked it", []*snapshot.Target{target("a", 1), asleep("b"), target("c", 1)}, []string{"a", "c", "b"}, []string{}},
		"AllAsleep":   {"the first is waited for", []*snapshot.Target{asleep("a"), asleep("b")}, []string{"a", "b"}, []string{}},
		"Mixed": {
			"both parts keep their order",
			[]*snapshot.Target{asleep("a"), asleep("b"), target("c", 1), asleep("d"), target("e", 1)},
			[]string{"c", "e", "a", "b", "d"},
			[]string{"a", "b"},
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			passed := Postpone(c.targets, func(t *snapshot.Target) bool { return !t.Asleep() })
			if got := names(c.targets); !slices.Equal(got, c.want) || !slices.Equal(names(passed), c.passed) {
				t.Errorf("%s: got %v, passed %v; want %v, passed %v", c.reason, got, names(passed), c.want, c.passed)
			}
		})
	}
}
