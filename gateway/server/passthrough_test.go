package server

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-dev/fairlead/gateway/provider"
	"github.com/fairlead-dev/fairlead/gateway/provider/gemini"
	"github.com/fairlead-dev/fairlead/gateway/provider/openai"
)

// seen is what an upstream received.
type seen struct {
	path, body string
	header     http.Header
}

// recording answers a chat and keeps what it was asked.
func recording(got *seen, answer http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		*got = seen{r.URL.RequestURI(), string(body), r.Header}
		answer(w, r)
	}
}

func TestPassThroughChangesOnlyTheModel(t *testing.T) {
	cases := map[string]struct{ path, request, want string }{
		"Chat": {
			"/v1/chat/completions", "{ \"x_new\":[1.50,{ }],\n \"model\" : \"chat\" ,\"messages\":[{\"role\":\"user\",\"content\":\"é\\u00e9\"}]}",
			"{ \"x_new\":[1.50,{ }],\n \"model\" : \"upstream-a\" ,\"messages\":[{\"role\":\"user\",\"content\":\"é\\u00e9\"}]}",
		},
		"Completions": {"/completions", `{"prompt":"x","model":"chat"}`, `{"prompt":"x","model":"upstream-a"}`},
		"Embeddings":  {"/v1//embeddings", `{"model":"chat","input":["x"]}`, `{"model":"upstream-a","input":["x"]}`},
		"Large": {
			"/v1/completions", `{"model":"chat","prompt":"` + strings.Repeat("x", 300_000) + `"}`,
			`{"model":"upstream-a","prompt":"` + strings.Repeat("x", 300_000) + `"}`,
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			var got seen
			g := start(t, routes(model("chat", target(t, "a", recording(&got, answersChat())))))
			r := g.post(c.path, c.request)
			if r.StatusCode != http.StatusOK || r.body != chatAnswer {
				t.Errorf("status %d, body %q", r.StatusCode, r.body)
			}
			if got.body != c.want {
				t.Errorf("upstream got %.200q, want %.200q", got.body, c.want)
			}
			if want := "/v1/" + strings.TrimLeft(strings.TrimPrefix(c.path, "/v1"), "/"); got.path != want {
				t.Errorf("upstream path %q, want %q", got.path, want)
			}
		})
	}
}

func TestAnswersAreRelayedByteForByte(t *testing.T) {
	large := `{"x":"` + strings.Repeat("é\\u0000", 50_000) + `"}`
	cases := map[string]struct {
		status                    int
		contentType, body, stream string
	}{
		"Short":        {200, "application/json", chatAnswer, ""},
		"Empty":        {200, "application/json", "", ""},
		"LargerThan":   {200, "application/json", large, ""},
		"NotJSON":      {200, "text/plain; charset=utf-8", "\x00\xff hello", ""},
		"ClientError":  {422, "application/json", `{"detail":[{"loc":["body"]}]}`, ""},
		"Forbidden":    {403, "application/json", `{"error":{"message":"not in your country"}}`, ""},
		"HTMLError":    {404, "text/html", "<h1>no</h1>", ""},
		"Stream":       {200, "text/event-stream", eventAnswer, "true"},
		"StreamCRLF":   {200, "text/event-stream; charset=utf-8", strings.ReplaceAll(eventAnswer, "\n", "\r\n"), "true"},
		"StreamNoEnd":  {200, "text/event-stream", strings.TrimRight(eventAnswer, "\n"), "true"},
		"StreamLine1M": {200, "text/event-stream", `data: {"x":"` + strings.Repeat("y", 1<<20) + "\"}\n\n" + eventAnswer, "true"},
		"StreamError":  {200, "text/event-stream", "data: {\"error\":{\"message\":\"out of memory\"}}\n\n", "true"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			g := start(t, routes(model("chat", target(t, "a", answering(c.status, c.contentType, c.body)))))
			r := g.chat(chatStream)
			if r.err != nil || r.StatusCode != c.status || r.Header.Get("Content-Type") != c.contentType {
				t.Errorf("status %d, type %q, error %v", r.StatusCode, r.Header.Get("Content-Type"), r.err)
			}
			if r.body != c.body {
				t.Errorf("body %.300q…, want %.300q…", r.body, c.body)
			}
			if got := r.Header.Get("Cache-Control"); (got == "no-cache") != (c.stream != "") {
				t.Errorf("cache-control %q", got)
			}
		})
	}
}

// TestLiveAnswersAreNotHeldBack: what a provider makes while it sends it reaches the client as it comes.
func TestLiveAnswersAreNotHeldBack(t *testing.T) {
	cases := map[string]struct {
		provider             provider.Provider
		path, request, typed string
	}{
		"Speech":      {openai.New(), "/v1/audio/speech", `{"model":"chat","input":"hi"}`, "audio/mpeg"},
		"GeminiArray": {gemini.New(), "/v1beta/models/chat:streamGenerateContent", `{"contents":[{"parts":[{"text":"hi"}]}]}`, "application/json"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			heard := make(chan struct{})
			g := start(t, routes(model("chat", speaking(c.provider, target(t, "a", func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body)
				w.Header().Set("Content-Type", c.typed)
				_, _ = io.WriteString(w, "[first")
				_ = http.NewResponseController(w).Flush()
				select {
				case <-heard:
				case <-r.Context().Done():
				}
				_, _ = io.WriteString(w, "last]")
			})))))
			resp, err := g.client.Do(g.request(http.MethodPost, c.path, c.request))
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			first := make([]byte, len("[first"))
			if _, err := io.ReadFull(resp.Body, first); err != nil {
				t.Fatalf("reading the beginning while the rest is made: %v", err)
			}
			close(heard)
			if rest, err := io.ReadAll(resp.Body); err != nil || string(first)+string(rest) != "[firstlast]" {
				t.Errorf("%s%s, %v", first, rest, err)
			}
		})
	}
}

// TestKeysThatGoogleRefuses: it says 400 to a wrong key. That is the provider's, so that another target is asked; any other 400 passes.
func TestKeysThatGoogleRefuses(t *testing.T) {
	const wrong = `{"error":{"code":400,"message":"API key not valid.","status":"INVALID_ARGUMENT","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"API_KEY_INVALID"}]}}`
	const bad = `{"error":{"code":400,"message":"No.","status":"INVALID_ARGUMENT"},"new":1}`
	for body, want := range map[string]int{wrong: http.StatusBadGateway, bad: http.StatusBadRequest} {
		g, _ := before(t, gemini.New(), answering(http.StatusBadRequest, "application/json", body))
		r := g.post("/v1beta/models/chat:generateContent", `{"contents":[{"parts":[{"text":"hi"}]}]}`)
		if r.StatusCode != want || (want == http.StatusBadRequest) != (r.body == body) {
			t.Errorf("of %s came %d %s", body, r.StatusCode, r.body)
		}
	}
}

func TestContractRequestHeadersAreAnAllowList(t *testing.T) {
	var got seen
	g := start(t, routes(model("chat", target(t, "a", recording(&got, answersChat())))))
	g.chat(chatRequest,
		"Cookie", "session=1", "X-Api-Key", testKey, "X-Forwarded-For", "1.2.3.4", "Forwarded", "for=x", "X-Openwebui-User-Email", "a@b",
		"Api-Key", testKey, "X-Goog-Api-Key", testKey, "X-Custom", "1", "Openai-Organization", "org", "Connection", "x-request-id, authorization, content-type",
		"Traceparent", "00-1-2-03", "Openai-Beta", "assistants=v2", "X-Request-Id", "req-1", "User-Agent", "client/1", "Accept", "*/*")
	want := http.Header{
		"Authorization": {upstreamAuth}, "Content-Type": {"application/json"}, "Accept": {"*/*"}, "Accept-Encoding": {"identity"},
		"Content-Length": got.header["Content-Length"], "Traceparent": {"00-1-2-03"}, "Openai-Beta": {"assistants=v2"},
		"X-Request-Id": {"req-1"}, "User-Agent": {"fairlead"},
	}
	if diff := cmp.Diff(want, got.header); diff != "" {
		t.Errorf("upstream got other headers (-want +got):\n%s", diff)
	}
}

func TestContractAnswerHeadersAreAnAllowList(t *testing.T) {
	g := start(t, routes(model("chat", target(t, "a", answering(http.StatusOK, "application/json", chatAnswer,
		"Set-Cookie", "a=b", "X-Goog-Api-Key", "secret", "Server", "uvicorn", "Location", "http://evil", "X-Request-Id", "theirs",
		"Access-Control-Allow-Origin", "*", "Connection", "x-request-id", "Alt-Svc", "h3", "Openai-Organization", "org-of-the-operator",
		"X-Ratelimit-Remaining-Tokens", "9", "Openai-Processing-Ms", "12", "Retry-After", "3")))))
	r := g.chat(chatRequest, "X-Request-Id", "mine")
	want := http.Header{
		"Content-Type": {"application/json"}, "Content-Length": r.Header["Content-Length"], "Date": r.Header["Date"],
		"X-Ratelimit-Remaining-Tokens": {"9"}, "Openai-Processing-Ms": {"12"}, "Retry-After": {"3"}, "X-Request-Id": {"mine"},
		"X-Fairlead-Target": {"a"}, "X-Fairlead-Attempts": {"1"}, "X-Litellm-Call-Id": {"mine"}, "X-Litellm-Model-Id": {"a"}, "X-Litellm-Model-Group": {"chat"},
		"X-Litellm-Attempted-Retries": {"0"}, "X-Litellm-Attempted-Fallbacks": {"0"},
	}
	if diff := cmp.Diff(want, r.Header); diff != "" {
		t.Errorf("the client got other headers (-want +got):\n%s", diff)
	}
}

func TestContractRetryAfterIsPassedOn(t *testing.T) {
	for _, value := range []string{
		"0", "1", "60", "120", "3600", "86400", "999999999999", "-1", "1.5", "+3", " 7", "Fri, 31 Dec 1999 23:59:59 GMT",
		"Fri, 31 Dec 2099 23:59:59 GMT", "soon", "1, 2", "0x10", "", "1e3", "Thu, 01 Jan 1970 00:00:00 GMT", "２",
	} {
		t.Run(value, func(t *testing.T) {
			g := start(t, routes(model("chat", target(t, "a", answering(http.StatusTooManyRequests, "application/json",
				`{"error":{"message":"slow down","type":"requests"}}`, "Retry-After", value, "Retry-After-Ms", "250")))))
			r := g.chat(chatRequest)
			if got := r.Header.Get("Retry-After"); r.StatusCode != http.StatusTooManyRequests || got != strings.TrimSpace(value) {
				t.Errorf("status %d, retry-after %q, want 429 and %q", r.StatusCode, got, value)
			}
			if r.Header.Get("Retry-After-Ms") != "250" || r.Header.Get("X-Should-Retry") != "" {
				t.Errorf("retry-after-ms %q, x-should-retry %q: one attempt leaves the decision to the client",
					r.Header.Get("Retry-After-Ms"), r.Header.Get("X-Should-Retry"))
			}
		})
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	var stolen seen
	evil := target(t, "evil", recording(&stolen, answersChat()))
	g := start(t, routes(model("chat", target(t, "a", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, evil.Upstream.URL.String(), http.StatusTemporaryRedirect)
	}))))
	r := g.chat(chatRequest)
	if r.StatusCode != http.StatusBadGateway || r.Header.Get("Location") != "" || r.code(t) != "upstream_error" {
		t.Errorf("status %d, location %q, want 502 and none", r.StatusCode, r.Header.Get("Location"))
	}
	if stolen.path != "" {
		t.Error("the redirect was followed")
	}
}

func TestCompressedAnswersStayCompressed(t *testing.T) {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, _ = z.Write([]byte(chatAnswer))
	_ = z.Close()
	g := start(t, routes(model("chat", target(t, "a",
		answering(http.StatusOK, "application/json", packed.String(), "Content-Encoding", "gzip")))))
	r := g.chat(chatRequest)
	if r.body != packed.String() || r.Header.Get("Content-Encoding") != "gzip" {
		t.Errorf("encoding %q, %d bytes, want the %d that the upstream sent", r.Header.Get("Content-Encoding"), len(r.body), packed.Len())
	}
}

func TestRequestsThatAreRefused(t *testing.T) {
	g := start(t, routes(model("chat", refusing(t, "a")), model("coder", refusing(t, "b"))))
	cases := map[string]struct {
		reason, method, path, body string
		headers                    []string
		status                     int
		code                       string
		says                       string
	}{
		"NoKey":       {"required", "POST", "/v1/chat/completions", chatRequest, []string{"Authorization", ""}, 401, "invalid_api_key", ""},
		"WrongKey":    {"unknown", "POST", "/v1/chat/completions", chatRequest, []string{"Authorization", "Bearer x"}, 401, "invalid_api_key", ""},
		"TwoKeys":     {"which?", "POST", "/v1/chat/completions", chatRequest, []string{"X-Api-Key", "x"}, 400, "conflicting_credentials", ""},
		"ListNoKey":   {"the list is for callers", "GET", "/v1/models", "", []string{"Authorization", "Bearer x"}, 401, "invalid_api_key", ""},
		"HealthNoKey": {"endpoints are for callers", "GET", "/health", "", []string{"Authorization", "Bearer x"}, 401, "invalid_api_key", ""},
		"Gzip":        {"a bomb has no bound", "POST", "/v1/chat/completions", "x", []string{"Content-Encoding", "gzip"}, 415, "unsupported_content_encoding", "identity"},
		"Brotli":      {"likewise", "POST", "/v1/chat/completions", "x", []string{"Content-Encoding", "identity, br"}, 415, "unsupported_content_encoding", ""},
		"TooLarge":    {"names the limit", "POST", "/v1/chat/completions", strings.Repeat("x", 1<<20+1), nil, 413, "request_too_large", "1048576"},
		"BrokenJSON":  {"scan", "POST", "/v1/chat/completions", `{"model":`, nil, 400, "invalid_json", ""},
		"NoModel":     {"scan", "POST", "/v1/chat/completions", `{"messages":[{}]}`, nil, 400, "missing_required_parameter", "model"},
		"Duplicate":   {"upstream may read the other", "POST", "/v1/chat/completions", `{"model":"a","model":"b","messages":[{}]}`, nil, 400, "duplicate_key", ""},
		"Unknown":     {"suggests names", "POST", "/v1/chat/completions", `{"model":"chatt","messages":[{}]}`, nil, 404, "model_not_found", "'chat'"},
		"UnknownPath": {"OpenAI's shape", "POST", "/v1/assistants", chatRequest, nil, 404, "unknown_url", "/v1/assistants"},
		"Method":      {"OpenAI's shape", "GET", "/v1/chat/completions", "", nil, 405, "method_not_allowed", "POST"},
		"ModelsPost":  {"OpenAI's shape", "POST", "/v1/models", "{}", nil, 405, "method_not_allowed", "GET"},
		"NoSuchModel": {"OpenAI's shape", "GET", "/v1/models/nope", "", nil, 404, "model_not_found", "nope"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			r := g.do(g.request(c.method, c.path, c.body, c.headers...))
			if r.StatusCode != c.status || r.code(t) != c.code {
				t.Errorf("%s: status %d, code %q, want %d, %q", c.reason, r.StatusCode, r.code(t), c.status, c.code)
			}
			if message := r.openAIError(t).Message; !strings.Contains(message, c.says) || strings.Contains(message, testKey) {
				t.Errorf("message %q does not say %q", message, c.says)
			}
			if (r.StatusCode == http.StatusMethodNotAllowed) != (r.Header.Get("Allow") != "") || (r.StatusCode == http.StatusUnauthorized) != (r.Header.Get("Www-Authenticate") != "") {
				t.Errorf("allow %q, www-authenticate %q", r.Header.Get("Allow"), r.Header.Get("Www-Authenticate"))
			}
		})
	}
}

func TestChunkedBodiesAreLimitedToo(t *testing.T) {
	g := start(t, routes(model("chat", refusing(t, "a"))))
	r := g.request(http.MethodPost, "/v1/chat/completions", "")
	r.Body, r.ContentLength = io.NopCloser(strings.NewReader(strings.Repeat("x", 2<<20))), -1
	if got := g.do(r); got.StatusCode != http.StatusRequestEntityTooLarge || got.code(t) != "request_too_large" {
		t.Errorf("status %d %s", got.StatusCode, got.body)
	}
}

func TestRequestIDs(t *testing.T) {
	g := start(t, routes(model("chat", target(t, "a", answersChat()))))
	made := g.chat(chatRequest).Header.Get("X-Request-Id")
	if len(made) != 32 || strings.Trim(made, "0123456789abcdef") != "" {
		t.Errorf("made %q, want 128 bits in hex", made)
	}
	for given, kept := range map[string]bool{
		"req-1_2.3:4": true, strings.Repeat("a", 128): true, strings.Repeat("a", 129): false, "a b": false, "a\"b": false, "é": false,
	} {
		got := g.chat(chatRequest, "X-Request-Id", given).Header.Get("X-Request-Id")
		if (got == given) != kept || got == "" {
			t.Errorf("%q became %q", given, got)
		}
	}
	if g.do(g.request(http.MethodGet, "/nope", "", "X-Request-Id", "err-1")).Header.Get("X-Request-Id") != "err-1" {
		t.Error("an error carries another id")
	}
}

func TestPanicsBecomeErrors(t *testing.T) {
	a := target(t, "a", answersChat())
	a.Upstream.Protocol = nil
	g := start(t, routes(model("chat", a)))
	if r := g.chat(chatRequest); r.StatusCode != http.StatusInternalServerError || r.code(t) != "internal_error" {
		t.Errorf("status %d %s", r.StatusCode, r.body)
	}
}
