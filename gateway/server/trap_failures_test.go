package server

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/fairlead-dev/fairlead/gateway/sse"
)

// This file has streams that break, that are too long, and what is around them.

// TestTrapStreamIsCut: raw SDKs and LangChain see success where a stream just ends, so that one without a reason gets an error, and
// nothing after it that could be taken for the end.
func TestTrapStreamIsCut(t *testing.T) {
	half := func(s streaming) string { return s.bad[:strings.Index(s.bad, "call_1")] }
	matrix(t, half, func(t *testing.T, s streaming, r reply) {
		r.wants(t, `Hi"`, "what came before")
		checkFailed(t, s, r)
	})
}

// TestTrapErrorInStream: every SDK raises an error that comes alone, without choices beside it.
func TestTrapErrorInStream(t *testing.T) {
	broken := func(s streaming) string {
		at := strings.LastIndex(s.bad[:strings.Index(s.bad, "call_1")], "\n\n") + 2
		return s.bad[:at] + "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"api_error\",\"message\":\"out of memory\",\"code\":502}}\n\n"
	}
	matrix(t, broken, func(t *testing.T, s streaming, r reply) {
		r.wants(t, "out of memory", "the upstream's own words")
		checkFailed(t, s, r)
	})
}

func checkFailed(t *testing.T, s streaming, r reply) {
	t.Helper()
	if r.StatusCode != http.StatusOK || r.err != nil {
		t.Errorf("status %d, %v", r.StatusCode, r.err)
	}
	at := strings.LastIndex(r.body, s.failure)
	if at < 0 {
		t.Fatalf("the stream ends without %s:\n%s", s.failure, r.body)
	}
	if last := r.body[at:]; strings.Contains(last, "choices") || strings.Count(last, "data: ")+strings.Count(last, "{\"error\"") > 2 {
		t.Errorf("the error is not alone or not the last: %s", last)
	}
	for _, end := range []string{"[DONE]", "message_stop", "response.completed", "finishReason", `"done":true`} {
		if strings.Contains(r.body, end) {
			t.Errorf("a broken stream has %s:\n%s", end, r.body)
		}
	}
}

// TestTrapErrorBeforeTheStream: clients go by the content type, so that an error that comes before the first event has a status, and is
// JSON and no stream.
func TestTrapErrorBeforeTheStream(t *testing.T) {
	first := func(streaming) string {
		return "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"api_error\",\"message\":\"out of memory\",\"code\":503}}\n\n"
	}
	matrix(t, first, func(t *testing.T, _ streaming, r reply) {
		if r.StatusCode < 500 || r.Header.Get("Content-Type") != "application/json" || jsonLine(r.body) == nil {
			t.Errorf("status %d, type %q: %s", r.StatusCode, r.Header.Get("Content-Type"), r.body)
		}
	})
}

// TestTrapLongLine: Open WebUI gives up on lines of 128 KB, openai-go on those of 32 MB. Long texts and arguments come in pieces, but
// where the protocol has calls in one piece only.
func TestTrapLongLine(t *testing.T) {
	const large = 300 << 10
	long := func(s streaming) string {
		text := strings.Repeat("y", large)
		if s.bad == badAnthropic {
			const stop = "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":1}"
			piece := `data: {"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{\"x\":\"` + text + `\"}"}}` + "\n\n"
			return strings.Replace(strings.Replace(s.bad, `"text":"Hi"`, `"text":"`+text+`"`, 1), stop, piece+stop, 1)
		}
		return strings.Replace(strings.Replace(s.bad, `"content":"Hi"`, `"content":"`+text+`"`, 1), `"arguments":""`, `"arguments":"{\"x\":\"`+text+`\"}"`, 1)
	}
	matrix(t, long, func(t *testing.T, s streaming, r reply) {
		want := 2 * large
		if s.call == "" {
			want = large
		}
		if n := strings.Count(r.body, "y"); n < want {
			t.Errorf("%d of %d bytes arrived", n, want)
		}
		over := 0
		for line := range strings.Lines(r.body) {
			if len(line) > max(sse.MaxLine, s.longest) && !strings.Contains(line, "response.completed") {
				t.Errorf("a line of %d bytes", len(line))
			}
			if len(line) > sse.MaxLine {
				over++
			}
		}
		if s.longest == 0 && over > 0 || over > 6 {
			t.Errorf("%d lines are over %d bytes", over, sse.MaxLine)
		}
	})
}

// TestTrapContentTypeOfStreams: Open WebUI and the SDKs tell a stream by its type alone.
func TestTrapContentTypeOfStreams(t *testing.T) {
	matrix(t, badHabits, func(t *testing.T, s streaming, r reply) {
		if got := r.Header.Get("Content-Type"); got != s.contentType || r.Header.Get("Cache-Control") != "no-cache" {
			t.Errorf("type %q, cache-control %q, want %q", got, r.Header.Get("Cache-Control"), s.contentType)
		}
	})
}

// TestTrapGeminiArray: a client that does not ask for alt=sse gets one JSON array, which is what the type says.
func TestTrapGeminiArray(t *testing.T) {
	s := streamingSurfaces()["Gemini"]
	a := speaking(s.from, target(t, "a", answering(http.StatusOK, "text/event-stream", s.bad)))
	r := start(t, routes(model("chat", a))).post("/v1beta/models/chat:streamGenerateContent", s.body)
	if r.Header.Get("Content-Type") != "application/json" || !strings.HasPrefix(r.body, "[") || jsonLine(`{"x":`+r.body+`}`) == nil {
		t.Errorf("type %q: %s", r.Header.Get("Content-Type"), r.body)
	}
}

// TestTrapUpstreamsOwnCommentsPass: bytes of the client's own protocol pass untouched, the comments of an upstream that wants to keep a
// connection open among them; every client of OpenAI's protocol skips them.
func TestTrapUpstreamsOwnCommentsPass(t *testing.T) {
	const sent = ": OPENROUTER PROCESSING\n\n" + eventAnswer
	next := make(chan struct{})
	g := start(t, routes(model("chat", target(t, "a", func(w http.ResponseWriter, _ *http.Request) {
		headersOnly(w)
		_, _ = io.WriteString(w, sent[:strings.Index(sent, "data")])
		_ = http.NewResponseController(w).Flush()
		<-next
		_, _ = io.WriteString(w, sent[strings.Index(sent, "data"):])
	}))))
	resp, err := g.client.Do(g.request(http.MethodPost, "/v1/chat/completions", chatStream))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	comment := make([]byte, 4)
	if _, err := io.ReadFull(resp.Body, comment); err != nil {
		t.Errorf("the comment did not come at once: %v", err)
	}
	close(next)
	rest, err := io.ReadAll(resp.Body)
	if got := fmt.Sprintf("%s%s", comment, rest); got != sent || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
}
