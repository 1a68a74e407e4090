package server

import (
	"net/http"
	"strings"
	"testing"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/activation"
)

// TestNoMoreMayWait: what finds no room is refused in the client's protocol, and what waits is answered.
func TestNoMoreMayWait(t *testing.T) {
	const message = "The servers of the target 'local' of the model 'chat' are starting, and no more requests may wait for servers."
	cases := map[string]struct{ path, body, want string }{
		"OpenAI":    {"/v1/chat/completions", chatRequest, `{"error":{"message":"` + message + `","type":"server_error","param":null,"code":"model_starting"}}`},
		"Stream":    {"/v1/chat/completions", chatStream, `"code":"model_starting"`},
		"Responses": {"/v1/responses", `{"model":"chat","input":"hi"}`, `"code":"model_starting"`},
		"Anthropic": {
			"/v1/messages", `{"model":"chat","max_tokens":5,"messages":[{"role":"user","content":"hi"}]}`, `"error":{"type":"overloaded_error","message":"` + message,
		},
		"Gemini": {"/v1beta/models/chat:generateContent", `{"contents":[{"role":"user","parts":[{"text":"hi"}]}]}`, `"status":"UNAVAILABLE"`},
		"Ollama": {"/api/chat", chatStream, `{"error":"` + message + `"}`},
	}
	s := newSleeper(t)
	h := holdWith(t, Options{}, activation.Options{MostHeld: 1}, s, v1alpha1.ActivationScaledToZero, "1m")
	first := make(chan reply, 1)
	go func() { first <- h.chat(chatRequest) }()
	eventually(t, testDeadline, "the first is held", func() bool { return h.metric("fairlead_requests_held") == 1 })
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			r := h.post(c.path, c.body)
			if r.StatusCode != http.StatusServiceUnavailable || r.Header.Get("Retry-After") != "10" || !strings.Contains(r.body, c.want) {
				t.Errorf("status %d, Retry-After %q: %s\nwant 503, 10, and %s", r.StatusCode, r.Header.Get("Retry-After"), r.body, c.want)
			}
		})
	}
	s.start()
	if r := <-first; r.StatusCode != http.StatusOK {
		t.Errorf("the one that was held: status %d: %s", r.StatusCode, r.body)
	}
}

// TestLargeBodiesFindNoRoom: one that is larger than all that may wait is held where it is the only one, and then nobody else is.
func TestLargeBodiesFindNoRoom(t *testing.T) {
	s := newSleeper(t)
	h := holdWith(t, Options{}, activation.Options{MostBytes: 2000}, s, v1alpha1.ActivationScaledToZero, "1m")
	replies := make(chan reply, 2)
	large := asks(strings.Repeat("long ", 1000))
	for _, body := range []string{large, chatRequest} {
		go func() { replies <- h.chat(body) }()
		if body == large {
			eventually(t, testDeadline, "the large one is held", func() bool { return h.metric("fairlead_requests_held") == 1 })
		}
	}
	if r := <-replies; r.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("the small one that found no room: status %d: %s", r.StatusCode, r.body)
	}
	s.start()
	if r := <-replies; r.StatusCode != http.StatusOK {
		t.Errorf("the large one: status %d: %s", r.StatusCode, r.body)
	}
}
