package chaos

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// traffic asks in every way that goes well or badly. What belongs into an answer is the answer.
func (w *secretWorld) traffic(t *testing.T) {
	t.Helper()
	c, n := newClients(w.url()), 0
	ask := func(q question, belong ...string) int {
		n++
		q.id = fmt.Sprintf("s-%d", n)
		o := c.ask(t.Context(), q)
		if o.status == http.StatusOK {
			belong = append(belong, canaryAnswer)
		}
		w.canaries.search(t, fmt.Sprintf("answer %s to %q, status %d", q.id, q.prompt, o.status), headText(o.got)+o.text, belong...)
		return o.status
	}
	prompt := w.canaries[canaryPrompt]
	for _, key := range []string{canaryMaster, canaryClient, canaryGenerated, canaryWrong} {
		for _, model := range []string{"chat", "other", "nothing-like-it"} {
			for _, wish := range []string{"answer", "refuse", "limit", "fail", "mumble", "cut"} {
				for _, stream := range []bool{false, true} {
					ask(question{key: w.canaries[key], model: model, prompt: prompt + " please " + wish, stream: stream})
				}
			}
		}
		ask(question{key: w.canaries[key], model: "kept", prompt: prompt + " please keep"}, canaryKept)
	}
	token := w.token(t)
	for signed, want := range map[string]int{token: http.StatusOK, token + "x": http.StatusUnauthorized} {
		header := http.Header{"X-Openwebui-User-Jwt": {signed}}
		if got := ask(question{key: w.canaries[canaryClient], model: "large", prompt: prompt, header: header}); got != want {
			t.Errorf("a user's token: got %d, want %d", got, want)
		}
	}
	seen := map[string]int{}
	for _, s := range w.upstream.record() {
		seen[s.model]++
	}
	if seen["small"] < 50 || seen["large"] != 1 {
		t.Errorf("the upstream was asked for %v, which proves little", seen)
	}
}

// token is one of a user, signed by Open WebUI.
func (w *secretWorld) token(t *testing.T) string {
	t.Helper()
	token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{
		"sub": "user-7", "iss": "open-webui", "iat": time.Now().Unix(), "exp": time.Now().Add(time.Hour).Unix(),
	}).SignedString([]byte(w.canaries[canarySigner]))
	if err != nil {
		t.Fatal(err)
	}
	w.canaries[canaryToken] = token[strings.LastIndexByte(token, '.')+1:]
	return token
}

// questions are about the gateway itself, and requests that it cannot read.
func (w *secretWorld) questions(t *testing.T) {
	t.Helper()
	c := w.canaries
	client, prompt := c[canaryClient], c[canaryPrompt]
	admin := "http://" + w.admin
	for _, ask := range []struct{ method, url, key, body string }{
		{"GET", admin + "/metrics", "", ""},
		{"GET", admin + "/readyz", "", ""},
		{"GET", admin + "/admin/explain?model=chat&key=default/a", "", ""},
		{"GET", admin + "/admin/explain?model=other", "", ""},
		{"GET", admin + "/admin/explain?model=chat&key=" + client, "", ""},
		{"GET", w.url() + "/health", c[canaryMaster], ""},
		{"GET", w.url() + "/v1/models", client, ""},
		{"GET", w.url() + "/spend/logs", c[canaryMaster], ""},
		{"GET", w.url() + "/spend/logs?api_key=" + client, c[canaryMaster], ""},
		{"GET", w.url() + "/global/spend/report?group_by=key", c[canaryMaster], ""},
		{"GET", w.url() + "/key/info?key=" + c[canaryGenerated], c[canaryMaster], ""},
		{"GET", w.url() + "/key/info", client, ""},
		{"GET", w.url() + "/v1/models?key=" + client, c[canaryWrong], ""},
		{"POST", w.url() + "/key/generate", c[canaryMaster], `{"key":"` + client + `"}`},
		{"POST", w.url() + "/key/delete", c[canaryMaster], `{"keys":["` + c[canaryWrong] + `"]}`},
		{"POST", w.url() + "/key/delete", c[canaryMaster], `{"keys":["` + client + `"]}`},
		{"POST", w.url() + "/v1/chat/completions", client, `{"model":"chat","messages":[{"role":"user","content":"` + prompt},
		{"POST", w.url() + "/v1/chat/completions", client, `{"model":"chat","messages":"` + prompt + `"}`},
		{"POST", w.url() + "/v1/chat/completions", client, `{"model":"chat","` + prompt + `":1,"` + prompt + `":2,"messages":[]}`},
		{"POST", w.url() + "/v1/messages", client, `{"model":"chat","max_tokens":9,"messages":[{"role":"` + prompt + `","content":"x"}]}`},
		{"POST", w.url() + "/v1/messages", client, `{"model":"chat","max_tokens":9,"messages":[{"role":"user","content":"` + prompt + ` please refuse"}]}`},
		{"POST", w.url() + "/v1/messages", client, `{"model":"other","max_tokens":9,"messages":[{"role":"user","content":"` + prompt + ` please fail"}]}`},
		{"POST", w.url() + "/v1/messages", client, `{"model":"other","max_tokens":9,"messages":[{"role":"user","content":"` + prompt + ` please limit"}]}`},
		{"POST", w.url() + "/v1/messages", client, `{"model":"chat","max_tokens":9,"messages":[{"role":"user","content":"` + prompt + ` please mumble"}]}`},
		{"POST", w.url() + "/v1/embeddings", client, `{"model":"chat","input":{"` + prompt + `":1}}`},
	} {
		req, err := http.NewRequestWithContext(t.Context(), ask.method, ask.url, strings.NewReader(ask.body))
		if err != nil {
			t.Fatal(err)
		}
		if ask.key != "" {
			req.Header.Set("Authorization", "Bearer "+ask.key)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		path, _, _ := strings.Cut(ask.url, "?")
		c.search(t, fmt.Sprintf("answer to %s %s, status %d", ask.method, path, resp.StatusCode), headText(resp.Header)+string(body))
	}
}

func headText(h http.Header) string {
	var text strings.Builder
	_ = h.Write(&text)
	return text.String()
}
