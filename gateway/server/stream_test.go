package server

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// cutting sends the beginning of an event stream and then ends it: as HTTP ends a body, or by breaking the connection.
func cutting(sent string, clean bool) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = io.WriteString(w, sent)
		_ = http.NewResponseController(w).Flush()
		if !clean {
			panic(http.ErrAbortHandler)
		}
	}
}

// TestStreamsCutAtEveryByte cuts a stream everywhere, in both ways. The client gets whole events, then either the proper end or
// an error event, and never `[DONE]` after an error, nor silence in place of one.
func TestStreamsCutAtEveryByte(t *testing.T) {
	const last = `"finish_reason":"stop"}]}`
	finished := strings.Index(eventAnswer, last) + len(last)
	done := strings.Index(eventAnswer, "[DONE]") + len("[DONE]")
	var upstream http.HandlerFunc
	g := start(t, routes(model("chat", target(t, "a", func(w http.ResponseWriter, r *http.Request) { upstream(w, r) }))))
	for _, clean := range []bool{true, false} {
		for n := 1; n <= len(eventAnswer); n++ {
			sent := eventAnswer[:n]
			upstream = cutting(sent, clean)
			r := g.chat(chatStream)
			if r.err != nil {
				t.Fatalf("cut at %d: the stream to the client was broken: %v", n, r.err)
			}
			// An end without [DONE] is one where the upstream said why it finished, and the last event is whole.
			boundary := strings.HasSuffix(sent, "\n") || strings.HasSuffix(sent, "]}") || strings.HasSuffix(sent, "}}")
			complete := n >= done || clean && n >= finished && boundary
			checkCut(t, fmt.Sprintf("cut at %d of %d, clean %v", n, len(eventAnswer), clean), sent, r, complete)
		}
	}
}

// TestStreamsWithLargeEventsAreComplete: where the relay cuts an event that is larger than its buffer must not matter, not even between
// the two line breaks that end it.
func TestStreamsWithLargeEventsAreComplete(t *testing.T) {
	const before, after = `data: {"choices":[{"index":0,"finish_reason":"stop","delta":{"content":"`, `"}}]}`
	for end, sizes := range map[string][]int{"\n\n": {-2, -1, 0, 1}, "\r\n\r\n": {-4, -3, -2, -1, 0}, "\n": {-1, 0}} {
		for _, size := range sizes {
			event := before + strings.Repeat("x", 16<<10+size-len(before)-len(after)) + after + end
			g := start(t, routes(model("chat", target(t, "a", cutting(event, true)))))
			if r := g.chat(chatStream); r.err != nil || r.body != event {
				t.Errorf("%q behind %d bytes: %v, it ends with %q", end, 16<<10+size, r.err, r.body[max(0, len(r.body)-100):])
			}
		}
	}
}

func checkCut(t *testing.T, what, sent string, r reply, complete bool) {
	t.Helper()
	if complete {
		if r.StatusCode != http.StatusOK || r.body != sent {
			t.Errorf("%s: status %d, body %q, want what was sent", what, r.StatusCode, r.body)
		}
		return
	}
	whole := sent[:lastEvent(sent)]
	if whole == "" {
		if r.StatusCode != http.StatusBadGateway || r.code(t) != "upstream_unreachable" {
			t.Errorf("%s: status %d, body %q, want an error before the first event", what, r.StatusCode, r.body)
		}
		return
	}
	told, ok := strings.CutPrefix(r.body, whole)
	if !ok || !strings.HasPrefix(told, `data: {"error":{"message":`) || !strings.HasSuffix(told, "}}\n\n") || strings.Contains(r.body, "[DONE]") {
		t.Errorf("%s: body %q, want the whole events and an error", what, r.body)
	}
}

// lastEvent is where the last whole event ends.
func lastEvent(s string) int {
	if i := strings.LastIndex(s, "\n\n"); i >= 0 {
		return i + 2
	}
	return 0
}

func TestStreamsThatFallSilent(t *testing.T) {
	a := target(t, "a", silent(func(w http.ResponseWriter) {
		headersOnly(w)
		_, _ = io.WriteString(w, "data: {\"choices\":[]}\n\ndata: {\"cho")
		_ = http.NewResponseController(w).Flush()
	}))
	a.Timeouts.StreamIdle = 50 * time.Millisecond
	r := start(t, routes(model("chat", a, refusing(t, "b")))).chat(chatStream)
	want := "data: {\"choices\":[]}\n\ndata: {\"error\":{\"message\":\"The target 'a' of the model 'chat' broke off its answer.\"," +
		"\"type\":\"server_error\",\"param\":null,\"code\":\"upstream_timeout\"}}\n\n"
	if r.err != nil || r.StatusCode != http.StatusOK || r.body != want {
		t.Errorf("status %d, body %q, error %v", r.StatusCode, r.body, r.err)
	}
}

func TestEventsAreSentAtOnce(t *testing.T) {
	next := make(chan struct{})
	g := start(t, routes(model("chat", target(t, "a", func(w http.ResponseWriter, _ *http.Request) {
		headersOnly(w)
		for i := range 5 {
			_, _ = fmt.Fprintf(w, "data: {\"n\":%d}\n\n", i)
			_ = http.NewResponseController(w).Flush()
			<-next
		}
		_, _ = io.WriteString(w, "data: [DONE]\n\n")
	}))))
	resp, err := g.client.Do(g.request(http.MethodPost, "/v1/chat/completions", chatStream))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	buf := make([]byte, 1<<10)
	for i := range 5 {
		n, err := resp.Body.Read(buf)
		if want := fmt.Sprintf("data: {\"n\":%d}\n\n", i); string(buf[:n]) != want || err != nil {
			t.Fatalf("read %q, %v, want %q before the next event exists", buf[:n], err, want)
		}
		next <- struct{}{}
	}
}

func TestAnswersCutAfterTheirBeginningAreAborted(t *testing.T) {
	half := strings.Repeat("x", 100_000)
	for name, raw := range map[string]string{
		"ContentLength": "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 200000\r\n\r\n" + half,
		"Chunked":       "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n30d40\r\n" + half,
		"ChunkMissing":  "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n186a0\r\n" + half + "\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			r := start(t, routes(model("chat", target(t, "a", hijack(raw))))).chat(chatRequest)
			if r.StatusCode != http.StatusOK || r.err == nil {
				t.Errorf("status %d, error %v: the answer could be taken for whole", r.StatusCode, r.err)
			}
		})
	}
}

// TestTheSecondTargetMayBeCutToo: once an answer has begun there is no third.
func TestTheSecondTargetMayBeCutToo(t *testing.T) {
	const event = "data: {\"choices\":[]}\n\n"
	third := refusing(t, "c")
	g := start(t, routes(model("chat", failing(500)(t), target(t, "b", cutting(event, false)), third)))
	r := g.chat(chatStream)
	if r.err != nil || !strings.HasPrefix(r.body, event+`data: {"error":{`) {
		t.Errorf("body %q, error %v", r.body, r.err)
	}
}

func TestEventsLargerThanTheBufferAreCutVisibly(t *testing.T) {
	g := start(t, routes(model("chat", target(t, "a", cutting("data: {\"x\":\""+strings.Repeat("y", 40_000), false)))))
	r := g.chat(chatStream)
	if !strings.Contains(r.body, "yyy\n\ndata: {\"error\":{") || r.err != nil {
		t.Errorf("body ends %q, error %v", r.body[max(0, len(r.body)-200):], r.err)
	}
}

// TestManyStreamsAreNotCut is for golang/go#40747: under load, a server whose inbound body is still open when the answer begins
// cuts some answers.
func TestManyStreamsAreNotCut(t *testing.T) {
	const streams, rounds = 100, 5
	body := `{"model":"chat","stream":true,"messages":[{"role":"user","content":"` + strings.Repeat("x", 20_000) + `"}]}`
	g := start(t, routes(model("chat", target(t, "a", func(w http.ResponseWriter, r *http.Request) {
		headersOnly(w)
		for i := range 10 {
			_, _ = fmt.Fprintf(w, "data: {\"n\":%d}\n\n", i)
			_ = http.NewResponseController(w).Flush()
		}
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = io.WriteString(w, "data: [DONE]\n\n")
	}))))
	results := make(chan error)
	for range streams {
		go func() {
			var failed error
			for range rounds {
				failed = errors.Join(failed, g.wholeStream(body))
			}
			results <- failed
		}()
	}
	for range streams {
		if err := <-results; err != nil {
			t.Error(err)
		}
	}
}

// wholeStream asks for a stream and says what is wrong with it.
func (g *gateway) wholeStream(body string) error {
	resp, err := g.client.Do(g.request(http.MethodPost, "/v1/chat/completions", body))
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	all, err := io.ReadAll(resp.Body)
	if err != nil || !strings.HasSuffix(string(all), "data: [DONE]\n\n") || strings.Count(string(all), "data: ") != 11 {
		return fmt.Errorf("status %d, %d bytes, error %w", resp.StatusCode, len(all), err)
	}
	return nil
}
