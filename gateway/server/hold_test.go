package server

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
)

// startsAfter is when a server of a test starts that requests wait for.
const startsAfter = 300 * time.Millisecond

// TestRequestsWaitForAServer: a thousand requests come while nothing runs, and all are answered. The state of the table stays as it is,
// as if the operator were away.
func TestRequestsWaitForAServer(t *testing.T) {
	const requests = 1000
	s := newSleeper(t)
	h := hold(t, s, v1alpha1.ActivationScaledToZero, "1m")
	time.AfterFunc(startsAfter, s.start)
	var all sync.WaitGroup
	for range requests {
		all.Go(func() {
			if r := h.chat(chatRequest); r.StatusCode != http.StatusOK || r.Header.Get("X-Fairlead-Attempts") != "1" {
				t.Errorf("status %d after %s attempts: %s", r.StatusCode, r.Header.Get("X-Fairlead-Attempts"), r.body)
			}
		})
	}
	all.Wait()
	if asked, looks := s.asked.Load(), s.looks.Load(); asked != requests || looks > requests/100 {
		t.Errorf("the server got %d requests and %d looks, want %d and a few: one looks for all", asked, looks, requests)
	}
	if !h.told() {
		t.Error("the operator was not told")
	}
	if held := h.metric("fairlead_requests_held"); held != 0 {
		t.Errorf("%v requests are said to be held", held)
	}
	if demands := h.activator.Demands(); len(demands) != 1 || demands[0].Provider != "ai/local" || time.Since(time.Unix(demands[0].LastRequest, 0)) > time.Minute {
		t.Errorf("demands %+v", demands)
	}
}

// TestTheOperatorsWordMayBeOld: it says that servers run, and they have just been stopped.
func TestTheOperatorsWordMayBeOld(t *testing.T) {
	s := newSleeper(t)
	h := hold(t, s, v1alpha1.ActivationActive, "1m", func(in *snapshot.Input) {
		in.Providers[0].Servers = []v1alpha1.OllamaServer{{Name: "local-0", URL: "http://" + s.address}}
	})
	time.AfterFunc(startsAfter, s.start)
	r := h.chat(chatRequest)
	if r.StatusCode != http.StatusOK || r.Header.Get("X-Fairlead-Attempts") != "1" {
		t.Errorf("status %d after %s attempts: %s", r.StatusCode, r.Header.Get("X-Fairlead-Attempts"), r.body)
	}
	if !h.told() {
		t.Error("the operator was not told")
	}
}

// TestAServerMayStopUnderARequest: it has taken the request, and goes before it answers. Another starts.
func TestAServerMayStopUnderARequest(t *testing.T) {
	s := newSleeper(t)
	var died atomic.Bool
	first := target(t, "first", func(http.ResponseWriter, *http.Request) {
		died.Store(true)
		panic(http.ErrAbortHandler)
	})
	h := hold(t, s, v1alpha1.ActivationActive, "1m", func(in *snapshot.Input) {
		in.Providers[0].Servers = []v1alpha1.OllamaServer{{Name: "local-0", URL: "http://" + first.Upstream.URL.Host}}
	})
	time.AfterFunc(startsAfter, s.start)
	r := h.chat(chatRequest)
	if r.StatusCode != http.StatusOK || r.Header.Get("X-Fairlead-Attempts") != "2" || !died.Load() {
		t.Errorf("status %d after %s attempts: %s", r.StatusCode, r.Header.Get("X-Fairlead-Attempts"), r.body)
	}
}

// TestWhoWaitsIsToldSo: clients of streams get what their protocol has for that, and then the answer, as if nothing had been.
func TestWhoWaitsIsToldSo(t *testing.T) {
	const comment = ": starting chat\n\n"
	cases := map[string]struct{ path, body, first, last string }{
		"Chat":      {"/v1/chat/completions", chatStream, comment + "data: {", "data: [DONE]\n\n"},
		"Legacy":    {"/v1/completions", `{"model":"chat","prompt":"hi","stream":true}`, comment + "data: {", "data: [DONE]\n\n"},
		"Responses": {"/v1/responses", `{"model":"chat","input":"hi","stream":true}`, comment + "event: response.created\n", "\n\n"},
		"Anthropic": {
			"/v1/messages", `{"model":"chat","max_tokens":5,"messages":[{"role":"user","content":"hi"}],"stream":true}`,
			"event: ping\ndata: {\"type\":\"ping\"}\n\nevent: message_start\n", "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n",
		},
		"Gemini": {"/v1beta/models/chat:streamGenerateContent?alt=sse", `{"contents":[{"role":"user","parts":[{"text":"hi"}]}]}`, "data: {", "\n\n"},
		"Ollama": {"/api/chat", chatStream, `{"model":`, "}\n"},
		"Whole":  {"/v1/chat/completions", chatRequest, `{"id":`, "}"},
	}
	s := newSleeper(t)
	h := hold(t, s, v1alpha1.ActivationActivating, "1m")
	var all sync.WaitGroup
	for name, c := range cases {
		all.Go(func() {
			r := h.post(c.path, c.body)
			if r.StatusCode != http.StatusOK || r.err != nil || !strings.HasPrefix(r.body, c.first) || !strings.HasSuffix(r.body, c.last) {
				t.Errorf("%s: status %d, %v:\n%s\nwant it to begin with %q and to end with %q", name, r.StatusCode, r.err, r.body, c.first, c.last)
			}
			if got := r.Header.Get("X-Fairlead-Target"); got != "local" {
				t.Errorf("%s: target %q", name, got)
			}
		})
	}
	eventually(t, testDeadline, "all are held", func() bool { return h.metric("fairlead_requests_held") == float64(len(cases)) })
	// Each is told once after 2 s.
	time.AfterFunc(3*time.Second, s.start)
	all.Wait()
	for line := range strings.Lines(h.scrape()) {
		if strings.HasPrefix(line, "gen_ai_server_time_to_first_token_seconds_bucket") && strings.Contains(line, `le="1"}`) && !strings.HasSuffix(line, " 0\n") {
			t.Errorf("a comment counts as a first token: %s", line)
		}
	}
}

func TestServersThatDoNotStart(t *testing.T) {
	cases := map[string]struct{ path, body, want string }{
		"OpenAI": {"/v1/chat/completions", chatRequest, `"code":"model_starting"`},
		"Stream": {"/v1/chat/completions", chatStream, `"code":"model_starting"`},
		"Ollama": {"/api/chat", chatStream, `{"error":"The servers of the target 'local' of the model 'chat' are starting."}`},
		"Anthropic": {
			"/v1/messages", `{"model":"chat","max_tokens":5,"messages":[{"role":"user","content":"hi"}]}`, `"type":"error"`,
		},
	}
	h := hold(t, newSleeper(t), v1alpha1.ActivationScaledToZero, "200ms")
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			r := h.post(c.path, c.body)
			if r.StatusCode != http.StatusServiceUnavailable || r.Header.Get("Retry-After") != "10" || !strings.Contains(r.body, c.want) {
				t.Errorf("status %d, Retry-After %q: %s\nwant 503, 10, and %s", r.StatusCode, r.Header.Get("Retry-After"), r.body, c.want)
			}
		})
	}
}

// TestAPromisedStreamEndsWithAnError: the client has a status of 200 already, so that an event has to tell it, and no terminator follows.
func TestAPromisedStreamEndsWithAnError(t *testing.T) {
	cases := map[string]struct{ path, body, first, last string }{
		"Chat": {"/v1/chat/completions", chatStream, ": starting chat\n\ndata: {\"error\":", `"code":"model_starting"}}` + "\n\n"},
		"Anthropic": {
			"/v1/messages", `{"model":"chat","max_tokens":5,"messages":[{"role":"user","content":"hi"}],"stream":true}`,
			"event: ping\ndata: {\"type\":\"ping\"}\n\nevent: error\n", "\n\n",
		},
	}
	h := hold(t, newSleeper(t), v1alpha1.ActivationScaledToZero, "3s")
	var all sync.WaitGroup
	for name, c := range cases {
		all.Go(func() {
			r := h.post(c.path, c.body)
			if r.StatusCode != http.StatusOK || r.err != nil || !strings.HasPrefix(r.body, c.first) || !strings.HasSuffix(r.body, c.last) || strings.Contains(r.body, "[DONE]") {
				t.Errorf("%s: status %d, %v:\n%s", name, r.StatusCode, r.err, r.body)
			}
		})
	}
	all.Wait()
	for line := range strings.Lines(h.scrape()) {
		if strings.HasPrefix(line, "gen_ai_server_time_to_first_token_seconds_count{") && !strings.HasSuffix(line, " 0\n") {
			t.Errorf("a comment or an error counts as a first token: %s", line)
		}
	}
}

func TestAClientThatLeavesWaitsNoLonger(t *testing.T) {
	h := hold(t, newSleeper(t), v1alpha1.ActivationScaledToZero, "1m")
	ctx, leave := context.WithCancel(t.Context())
	gone, r := make(chan error, 1), h.request(http.MethodPost, "/v1/chat/completions", chatRequest).WithContext(ctx)
	go func() {
		resp, err := h.client.Do(r)
		if err == nil {
			err = errors.Join(errors.New("there was an answer"), resp.Body.Close())
		}
		gone <- err
	}()
	eventually(t, testDeadline, "a request is held", func() bool { return h.metric("fairlead_requests_held") == 1 })
	leave()
	if err := <-gone; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	eventually(t, testDeadline, "nobody is held", func() bool { return h.metric("fairlead_requests_held") == 0 })
}

// withSpare adds a second target at a server that runs.
func withSpare(t *testing.T, first, second int32) func(*snapshot.Input) {
	t.Helper()
	spare := target(t, "spare", answersChat())
	return func(in *snapshot.Input) {
		in.Config.AllowedNetworks = []v1alpha1.CIDR{"127.0.0.0/8"}
		in.Providers = append(in.Providers, snapshot.Provider{
			Namespace: "ai", Name: "spare", Endpoint: &v1alpha1.ResolvedEndpoint{Revision: "1", Protocol: v1alpha1.ProtocolOpenAI, URL: spare.Upstream.URL.String()},
		})
		in.Aliases[0].Route.Targets = []v1alpha1.RouteTarget{heldTarget("local", "ai/local", first), heldTarget("spare", "ai/spare", second)}
	}
}

// TestNobodyWaitsWhileAnotherTargetCanAnswer: a target that sleeps is woken by a request that it would have got, and by no other.
func TestNobodyWaitsWhileAnotherTargetCanAnswer(t *testing.T) {
	cases := map[string]struct {
		reason        string
		state         v1alpha1.ActivationState
		local, spare  int32
		woken, served string
	}{
		"LowerPriority": {"the spare is for this", v1alpha1.ActivationScaledToZero, 0, 1, "local", "spare"},
		"Unneeded":      {"nobody would have asked it", v1alpha1.ActivationScaledToZero, 1, 0, "", "spare"},
		"StoppedSince":  {"the operator's word is old", v1alpha1.ActivationActive, 0, 1, "local", "spare"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			h := hold(t, newSleeper(t), c.state, "1m", withSpare(t, c.local, c.spare))
			began := time.Now()
			r := h.chat(chatRequest)
			if r.StatusCode != http.StatusOK || r.Header.Get("X-Fairlead-Target") != c.served || r.Header.Get("X-Fairlead-Attempts") != "1" {
				t.Errorf("%s: status %d of %q after %s attempts: %s", c.reason, r.StatusCode, r.Header.Get("X-Fairlead-Target"), r.Header.Get("X-Fairlead-Attempts"), r.body)
			}
			if took := time.Since(began); took > testDeadline {
				t.Errorf("%s: it took %s", c.reason, took)
			}
			if got := h.told(); got != (c.woken != "") {
				t.Errorf("%s: the operator was told: %v", c.reason, got)
			}
		})
	}
}

// crowd is a provider of several Ollamas, which count what they are asked.
type crowd struct {
	mu    sync.Mutex
	asked map[string]int
}

func (c *crowd) count(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked[name]++
}

func (c *crowd) of(name string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.asked[name]
}

// with lets the provider have servers that answer with what is given, or nobody at all.
func (c *crowd) with(t *testing.T, answers map[string]http.HandlerFunc) func(*snapshot.Input) {
	t.Helper()
	c.asked = map[string]int{}
	return func(in *snapshot.Input) {
		in.Providers[0].Activation = nil
		for _, name := range []string{"a", "b", "c", "d"} {
			answer, listed := answers[name]
			if !listed {
				continue
			}
			at := refusing(t, name)
			if answer != nil {
				at = target(t, name, func(w http.ResponseWriter, r *http.Request) {
					_, _ = io.Copy(io.Discard, r.Body)
					c.count(name)
					answer(w, r)
				})
			}
			in.Providers[0].Servers = append(in.Providers[0].Servers, v1alpha1.OllamaServer{Name: name, URL: "http://" + at.Upstream.URL.Host})
		}
	}
}

func asks(turn string) string {
	return `{"model":"chat","messages":[{"role":"user","content":"` + turn + `"}]}`
}

func TestConversationsGoToTheirServer(t *testing.T) {
	s := newSleeper(t)
	var c crowd
	h := hold(t, s, v1alpha1.ActivationActive, "1m", c.with(t, map[string]http.HandlerFunc{"a": s.ServeHTTP, "b": s.ServeHTTP, "c": s.ServeHTTP}))
	const turns = 4
	for i := range 24 {
		before := map[string]int{"a": c.of("a"), "b": c.of("b"), "c": c.of("c")}
		for range turns {
			if r := h.chat(asks("conversation " + strconv.Itoa(i))); r.StatusCode != http.StatusOK {
				t.Fatalf("status %d: %s", r.StatusCode, r.body)
			}
		}
		for name, n := range before {
			if got := c.of(name) - n; got != 0 && got != turns {
				t.Errorf("conversation %d: server %s got %d of its %d turns", i, name, got, turns)
			}
		}
	}
	for _, name := range []string{"a", "b", "c"} {
		if c.of(name) == 0 {
			t.Errorf("server %s got nothing", name)
		}
	}
}

// TestServersThatAreGoneArePassedOver: what cannot be reached costs no attempt, no retry and no health of the target.
func TestServersThatAreGoneArePassedOver(t *testing.T) {
	s := newSleeper(t)
	dies := func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }
	cases := map[string]struct {
		reason   string
		servers  map[string]http.HandlerFunc
		service  bool
		status   int
		attempts string
	}{
		"OneGone":  {"another answers", map[string]http.HandlerFunc{"a": nil, "b": nil, "c": s.ServeHTTP}, false, http.StatusOK, "1"},
		"AllGone":  {"the list is old, and the Service knows better", map[string]http.HandlerFunc{"a": nil, "b": nil}, true, http.StatusOK, "1"},
		"NobodyIs": {"nothing is left", map[string]http.HandlerFunc{"a": nil, "b": nil}, false, http.StatusBadGateway, "1"},
		"OneDies":  {"a retry, at another server", map[string]http.HandlerFunc{"a": dies, "b": s.ServeHTTP}, false, http.StatusOK, "2"},
		"AllDie":   {"each is tried once", map[string]http.HandlerFunc{"a": dies, "b": dies}, false, http.StatusBadGateway, "2"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			s := newSleeper(t)
			var c crowd
			h := hold(t, s, v1alpha1.ActivationActive, "1m", c.with(t, tc.servers))
			if tc.service {
				s.start()
			}
			attempts := map[string]bool{}
			for i := range 8 {
				r := h.chat(asks("conversation " + strconv.Itoa(i)))
				attempts[r.Header.Get("X-Fairlead-Attempts")] = true
				if r.StatusCode != tc.status {
					t.Errorf("%s: status %d: %s", tc.reason, r.StatusCode, r.body)
				}
				if tc.status == http.StatusBadGateway {
					break
				}
			}
			if !attempts[tc.attempts] {
				t.Errorf("%s: attempts %v, want %s", tc.reason, attempts, tc.attempts)
			}
			tg := h.options.Snapshots.Load().Models["chat"].Tiers[0][0]
			if f := tg.Load.State(time.Now()).Failures; tc.status == http.StatusOK && f != 0 {
				t.Errorf("%s: %d failures of the target's health", tc.reason, f)
			}
			for _, server := range tg.Servers {
				if n := server.Load.InFlight(); n != 0 {
					t.Errorf("%s: %d requests are said to be under way at %s", tc.reason, n, server.Name)
				}
			}
		})
	}
}
