package sdk

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
)

// TestRefusals: what an upstream refuses is an error of the SDK's own type, with the status and the name that the client's protocol has
// for it.
func TestRefusals(t *testing.T) {
	cases := map[string]struct {
		reason, scenario string
		status           int
		openAI, claude   string
		gemini           string
	}{
		"Invalid":  {"the request is at fault", "400", 400, "invalid_request_error", "invalid_request_error", "INVALID_ARGUMENT"},
		"TheirKey": {"a provider's key is the gateway's business", "401", 502, "server_error", "api_error", "UNAVAILABLE"},
		"NotThere": {"the provider has no such model", "404", 404, "not_found_error", "not_found_error", "NOT_FOUND"},
		"Limited":  {"with the time to come back", "429", 429, "rate_limit_error", "rate_limit_error", "RESOURCE_EXHAUSTED"},
		"Busy":     {"503, or Anthropic's own 529", "busy", 503, "server_error", "overloaded_error", "UNAVAILABLE"},
	}
	pairs(t, is[client], func(t *testing.T, p *pair) {
		for name, c := range cases {
			want := p.expect(c.status, p.called(c.openAI, c.claude, c.gemini))
			t.Run(name, func(t *testing.T) {
				modes(t, func(t *testing.T, stream bool) {
					got := p.refused(t, p.client, &question{model: p.model(c.scenario), stream: stream})
					if got != want {
						t.Errorf("%s: %+v, want %+v", c.reason, got, want)
					}
				})
			})
		}
	})
}

// expect is what the SDK is to say of an error, which is the upstream's own where bytes pass.
func (p *pair) expect(status int, kind string) refusal {
	want := refusal{status: status, kind: kind}
	if status == http.StatusServiceUnavailable {
		want.status = p.upstream.busy
	}
	if own := errorTypes()[p.upstream.name+" "+strconv.Itoa(want.status)]; p.isNative() && own != "" {
		want.kind = own
	}
	if p.name == "gemini" || p.name == "ollama" {
		return want
	}
	switch {
	case status == http.StatusTooManyRequests:
		want.retryAfter = retryAfter
	case status == http.StatusServiceUnavailable && p.upstream.name == "ollama":
		want.retryAfter = "1" // Ollama says only that its queue is full; the gateway says when to come back.
	}
	return want
}

// called is the name of an error in the SDK's protocol. Ollama's has none.
func (p *pair) called(openAI, claude, gemini string) string {
	return map[string]string{"openai": openAI, "openai-plain": openAI, "responses": openAI, "anthropic": claude, "gemini": gemini}[p.name]
}

// refused asks what is refused with the SDK's own error.
func (*pair) refused(t *testing.T, c client, q *question) refusal {
	t.Helper()
	_, err := c.ask(t.Context(), q)
	r, ok := c.refusal(err)
	if !ok {
		t.Fatalf("ask: %v, want the SDK's own error", err)
	}
	return r
}

// TestGatewayRefusals: what the gateway itself refuses is for SDKs as if their provider had.
func TestGatewayRefusals(t *testing.T) {
	g := start(t)
	for _, s := range sdks() {
		t.Run(s.name, func(t *testing.T) {
			modes(t, func(t *testing.T, stream bool) {
				p := g.pair(t, s, "openai")
				stranger := s.dial(t, g.url, wrongKey, &link{})
				got := p.refused(t, stranger, &question{model: p.model("text"), stream: stream})
				if want := (refusal{status: 401, kind: p.called("authentication_error", "authentication_error", "UNAUTHENTICATED")}); got != want {
					t.Errorf("the wrong key: %+v, want %+v", got, want)
				}
				got = p.refused(t, p.client, &question{model: "nothing", stream: stream})
				if want := (refusal{status: 404, kind: p.called("not_found_error", "not_found_error", "NOT_FOUND")}); got != want {
					t.Errorf("an unknown model: %+v, want %+v", got, want)
				}
				if asked := p.upstream.take(); len(asked) > 0 {
					t.Errorf("the upstream was asked: %s", asked)
				}
			})
		})
	}
}

// TestBrokenStreams: an answer that breaks off is an error in every SDK and never a short answer.
func TestBrokenStreams(t *testing.T) {
	pairs(t, is[client], func(t *testing.T, p *pair) {
		for scenario, want := range map[string]struct{ text, message string }{
			"fails": {textBroken, "It broke."},
			"cut":   {"Paris is warm,", ""},
			"ends":  {"Paris is warm,", ""},
		} {
			t.Run(scenario, func(t *testing.T) {
				got, err := p.ask(t.Context(), &question{model: p.model(scenario), stream: true})
				if err == nil {
					t.Fatalf("the stream ended well with %+v", got)
				}
				if !strings.Contains(err.Error(), want.message) {
					t.Errorf("the error is %v, want it to say %q", err, want.message)
				}
				if got == nil || got.text != want.text {
					t.Errorf("before the error came %+v, want %q", got, want.text)
				}
			})
		}
	})
}
