package server

import (
	"bytes"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/fairlead-dev/fairlead/gateway/provider/anthropic"
	"github.com/fairlead-dev/fairlead/gateway/provider/gemini"
	"github.com/fairlead-dev/fairlead/gateway/provider/ollama"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
)

// unhurried gives a target time for what is large, on a machine that does other things besides.
func unhurried(t *snapshot.Target) *snapshot.Target {
	t.Timeouts = snapshot.Timeouts{Request: time.Minute, FirstByte: time.Minute, StreamIdle: time.Minute}
	return t
}

// receiving is an upstream that says whether want is in what it is sent, or all of it.
func receiving(want string, all bool, arrived chan<- bool) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body := bytes.NewBuffer(make([]byte, 0, r.ContentLength+bytes.MinRead))
		_, err := body.ReadFrom(r.Body)
		got := body.Bytes()
		from := max(0, bytes.Index(got, []byte(want[:64])))
		got = got[from:min(from+len(want), len(got))]
		arrived <- err == nil && string(got) == want && (!all || body.Len() == len(want))
		w.WriteHeader(http.StatusTeapot) // what it answers is not the question
	}
}

// TestLimitRequestOf30MB: a request as large as one with pictures in it passes byte for byte, and is translated without a loss.
func TestLimitRequestOf30MB(t *testing.T) {
	text := strings.Repeat("All work and no play makes Jack a dull boy. ", 30<<20/44)
	const begin, end = `{"max_tokens":9,"model":"`, `"}]}`
	asked := begin + `chat","messages":[{"role":"user","content":"` + text + end
	passed := begin + `upstream-a","messages":[{"role":"user","content":"` + text + end
	arrived := make(chan bool, 1)
	upstream := func(want string) *snapshot.Target {
		return unhurried(target(t, "a", receiving(want, want == passed, arrived)))
	}
	cases := map[string]struct {
		target *snapshot.Target
		path   string
	}{
		"OpenAIPassed":    {upstream(passed), "/v1/chat/completions"},
		"AnthropicPassed": {speaking(anthropic.New(), upstream(passed)), "/v1/messages"},
		"ToAnthropic":     {speaking(anthropic.New(), upstream(text)), "/v1/chat/completions"},
		"ToGemini":        {speaking(gemini.New(), upstream(text)), "/v1/chat/completions"},
		"ToOllama":        {speaking(ollama.New(), upstream(text)), "/v1/chat/completions"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			tb := &table{}
			tb.Store(routes(model("chat", c.target)))
			r := startWith(t, Options{Snapshots: tb, MaxBody: 64 << 20}).post(c.path, asked)
			select {
			case whole := <-arrived:
				if !whole {
					t.Error("the upstream got something else")
				}
			default:
				t.Errorf("the upstream got nothing; the client got status %d: %.500s", r.StatusCode, r.body)
			}
		})
	}
}
