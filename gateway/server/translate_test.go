package server

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/fault"
	"github.com/fairlead-dev/fairlead/gateway/protocol"
	"github.com/fairlead-dev/fairlead/gateway/provider"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
)

// lineProtocol is another protocol: the model's name goes up; lines come down, each of which is a piece of text. A line `fail` is
// an error that the upstream reports, one with `?` is malformed, and `end` says that the answer is complete.
type lineProtocol struct{}

func (lineProtocol) Native(*protocol.Call, string, bool) (provider.Outbound, bool) {
	return provider.Outbound{}, false
}

func (lineProtocol) EncodeChat(req *chat.Request, model string) (provider.Outbound, error) {
	ledger := req.Open()
	if ledger.Take("inexpressible") != nil {
		return provider.Outbound{}, fault.Unsupported("inexpressible", "lines cannot say it.")
	}
	return provider.Outbound{Path: "/lines", Body: [][]byte{[]byte(`{"model":"` + model + `"}`)}, Stream: req.Stream, Lost: ledger.Lost()}, nil
}

func (lineProtocol) DecodeChat(*chat.Request) provider.ChatDecoder { return lineDecoder{} }

// Error knows better than the status in three cases.
func (lineProtocol) Error(status int, _ http.Header, upstream []byte) *fault.Error {
	switch string(upstream) {
	case "not you":
		status = http.StatusBadGateway
	case "bad option":
		status = http.StatusBadRequest
	case "bad key":
		status = http.StatusUnauthorized
	}
	return &fault.Error{Status: status, Code: "translated", Message: "upstream says: " + string(upstream)}
}

type lineDecoder struct{}

var (
	errMalformed = errors.New("malformed line")
	errOverload  = &fault.Error{Status: http.StatusServiceUnavailable, Code: "overloaded", Message: "reported"}
)

func (lineDecoder) line(l string) error {
	switch {
	case strings.Contains(l, "?"):
		return errMalformed
	case l == "fail":
		return errOverload
	case l == "key":
		return &fault.Error{Status: http.StatusUnauthorized, Code: "bad_key", Message: "wrong key: sk-upstream-key"}
	}
	return nil
}

func (d lineDecoder) Whole(upstream []byte) (*chat.Answer, error) {
	l := strings.TrimSpace(string(upstream))
	choice := chat.Choice{Parts: []chat.Part{chat.Text(l)}, Finish: chat.Finish{Reason: chat.FinishStop}}
	return &chat.Answer{Choices: []chat.Choice{choice}, Usage: lineUsage()}, d.line(l)
}

func lineUsage() chat.Usage { return chat.Usage{Known: true, InputTokens: 2, OutputTokens: 1} }

func (d lineDecoder) Stream(src io.Reader, emit func(*chat.Event) error) error {
	in := bufio.NewScanner(src)
	if err := emit(&chat.Event{Kind: chat.EventStart}); err != nil {
		return err
	}
	for in.Scan() {
		if in.Text() == "end" {
			return errors.Join(
				emit(&chat.Event{Kind: chat.EventFinish, Finish: chat.Finish{Reason: chat.FinishStop}}),
				emit(&chat.Event{Kind: chat.EventUsage, Usage: lineUsage()}))
		}
		if err := d.line(in.Text()); err != nil {
			return err
		}
		if err := emit(&chat.Event{Kind: chat.EventText, Text: in.Text()}); err != nil {
			return err
		}
	}
	if err := in.Err(); err != nil {
		return err
	}
	return chat.ErrUnfinished
}

// told is an answer in short: its texts, the code of an error, and how it ended.
func told(t *testing.T, body string) string {
	t.Helper()
	var out []string
	for line := range strings.Lines(body) {
		data := strings.TrimPrefix(strings.TrimSpace(line), "data: ")
		if data == "" || data == "[DONE]" {
			out = append(out, data)
			continue
		}
		var doc struct {
			Choices []struct{ Delta, Message struct{ Content string } }
			Error   *struct{ Code string }
		}
		if err := json.Unmarshal([]byte(data), &doc); err != nil {
			t.Fatalf("not JSON: %q", data)
		}
		if doc.Error != nil {
			out = append(out, "error "+doc.Error.Code)
		}
		for _, c := range doc.Choices {
			out = append(out, c.Delta.Content+c.Message.Content)
		}
	}
	return strings.Join(slices.DeleteFunc(out, func(s string) bool { return s == "" }), " ")
}

func TestTranslation(t *testing.T) {
	lines := func(status int, body string) http.HandlerFunc { return answering(status, "text/plain", body) }
	cases := map[string]struct {
		reason, request string
		upstream        http.HandlerFunc
		status          int
		want            string // the whole body
		code            string // or the code of the error
	}{
		"Body":         {"translated", chatRequest, lines(200, "hi\n"), 200, "hi", ""},
		"BodyError":    {"an error with a good status", chatRequest, lines(200, "fail"), 503, "", "overloaded"},
		"BodyBad":      {"not the protocol", chatRequest, lines(200, "?"), 502, "", "upstream_error"},
		"BodyCut":      {"before the first byte", chatRequest, hijack("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhi"), 502, "", "upstream_unreachable"},
		"Status":       {"translated error", chatRequest, lines(422, "no"), 422, "", "translated"},
		"StatusBusy":   {"translated error", chatRequest, lines(503, "busy"), 503, "", "translated"},
		"StatusMore":   {"the gateway's fault", chatRequest, lines(403, "not you"), 502, "", "translated"},
		"ReportedKey":  {"a wrong key by no status at all", chatRequest, lines(200, "key"), 502, "", "upstream_error"},
		"StreamedKey":  {"before anything was sent", chatStream, lines(200, "key\n"), 502, "", "upstream_error"},
		"StatusKey":    {"a wrong key by another status", chatRequest, lines(400, "bad key"), 502, "", "upstream_error"},
		"StatusLess":   {"the client's fault", chatRequest, lines(500, "bad option"), 400, "", "translated"},
		"Encode":       {"cannot be said", `{"model":"chat","messages":[{"role":"user","content":"x"}],"inexpressible":1}`, lines(200, "x"), 400, "", "unsupported_parameter"},
		"Stream":       {"with [DONE], which the upstream does not know", chatStream, lines(200, "a\nb\nend\n"), 200, "a b [DONE]", ""},
		"StreamCut":    {"told in an event", chatStream, lines(200, "a\nb\n"), 200, "a b error upstream_error", ""},
		"StreamReset":  {"told in an event", chatStream, hijack("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\na\n"), 200, "a error upstream_error", ""},
		"StreamBad":    {"told in an event", chatStream, lines(200, "a\n?\n"), 200, "a error upstream_error", ""},
		"StreamError":  {"the upstream's own words", chatStream, lines(200, "a\nfail\n"), 200, "a error overloaded", ""},
		"StreamEmpty":  {"nothing to say is an answer too", chatStream, lines(200, "end\n"), 200, "[DONE]", ""},
		"ErrorAtFirst": {"before the first event", chatStream, lines(200, "fail\n"), 503, "", "overloaded"},
		"BadAtFirst":   {"before the first event", chatStream, lines(200, "?\n"), 502, "", "upstream_unreachable"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			r := start(t, routes(model("chat", speakingLines(target(t, "a", c.upstream))))).chat(c.request)
			if r.StatusCode != c.status || r.err != nil {
				t.Errorf("%s: status %d, error %v, want %d", c.reason, r.StatusCode, r.err, c.status)
			}
			if c.code == "" && told(t, r.body) != c.want {
				t.Errorf("%s: body %q, want %q", c.reason, r.body, c.want)
			}
			if c.code != "" && r.code(t) != c.code {
				t.Errorf("%s: code %q, want %q: %s", c.reason, r.code(t), c.code, r.body)
			}
		})
		if c.status < 500 {
			continue
		}
		t.Run(name+"/MovesOn", func(t *testing.T) {
			g := start(t, routes(model("chat", speakingLines(target(t, "a", c.upstream)), target(t, "b", answersChat()))))
			if r := g.chat(c.request); r.StatusCode != http.StatusOK || r.body != chatAnswer {
				t.Errorf("%s: status %d %s", c.reason, r.StatusCode, r.body)
			}
		})
	}
}

// TestWhatCannotBeSaidIsNoAttempt: the target was sent nothing, so nothing is learned of it.
func TestWhatCannotBeSaidIsNoAttempt(t *testing.T) {
	g := start(t, routes(model("chat", speakingLines(refusing(t, "a")))))
	g.chat(`{"model":"chat","messages":[{"role":"user","content":"x"}],"inexpressible":1}`)
	if strings.Contains(g.scrape(), `fairlead_attempts_total{`) {
		t.Errorf("an attempt was counted:\n%s", g.scrape())
	}
}

// TestTranslatedStreamsKeepTheirConnection: the upstream says that it is done in its own protocol, and only later in HTTP's.
func TestTranslatedStreamsKeepTheirConnection(t *testing.T) {
	var connections atomic.Int32
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = io.WriteString(w, "a\nend\n")
		_ = http.NewResponseController(w).Flush()
		<-time.After(5 * time.Millisecond)
	}))
	srv.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			connections.Add(1)
		}
	}
	srv.Start()
	t.Cleanup(srv.Close)
	g := start(t, routes(model("chat", speakingLines(targetAt(t, "a", srv.URL)))))
	for range 3 {
		if r := g.chat(chatStream); told(t, r.body) != "a [DONE]" || r.err != nil {
			t.Fatalf("body %q, error %v", r.body, r.err)
		}
	}
	if n := connections.Load(); n != 1 {
		t.Errorf("%d connections for 3 streams, want 1", n)
	}
}

// TestATargetThatCannotBeToldIsNoWayOut: a failure must not turn into a 400 because the next target lacks a parameter.
func TestATargetThatCannotBeToldIsNoWayOut(t *testing.T) {
	const request = `{"model":"chat","messages":[{"role":"user","content":"x"}],"inexpressible":1}`
	lacking := func() *snapshot.Target { return speakingLines(refusing(t, "b")) }
	r := start(t, routes(model("chat", failing(429)(t), lacking()))).chat(request)
	if r.StatusCode != http.StatusTooManyRequests || r.code(t) != "theirs" || r.Header.Get("X-Should-Retry") != "" {
		t.Errorf("status %d %s, want the first target's own answer", r.StatusCode, r.body)
	}
	r = start(t, routes(model("chat", failing(429)(t), lacking(), target(t, "c", answersChat())))).chat(request)
	if r.StatusCode != http.StatusOK || r.body != chatAnswer {
		t.Errorf("status %d %s, want the answer of the third target", r.StatusCode, r.body)
	}
	r = start(t, routes(model("chat", refusing(t, "a"), lacking()))).chat(request)
	if r.StatusCode != http.StatusBadGateway || r.code(t) != "upstream_unreachable" {
		t.Errorf("status %d %s, want to hear of the first target", r.StatusCode, r.body)
	}
}

func TestTranslationKeepsRetryAfter(t *testing.T) {
	a := speakingLines(target(t, "a", answering(429, "text/plain", "slow", "Retry-After", "7", "X-Ratelimit-Limit-Requests", "9")))
	r := start(t, routes(model("chat", a))).chat(chatRequest)
	if r.StatusCode != http.StatusTooManyRequests || r.Header.Get("Retry-After") != "7" {
		t.Errorf("status %d, retry-after %q", r.StatusCode, r.Header.Get("Retry-After"))
	}
}

func TestTranslatedStreamsThatFallSilent(t *testing.T) {
	a := speakingLines(target(t, "a", silent(func(w http.ResponseWriter) {
		_, _ = io.WriteString(w, "a\n")
		_ = http.NewResponseController(w).Flush()
	})))
	a.Timeouts.StreamIdle = 50 * time.Millisecond
	r := start(t, routes(model("chat", a))).chat(chatStream)
	if want := "a error upstream_timeout"; told(t, r.body) != want || r.err != nil {
		t.Errorf("body %q, %v, want %q", r.body, r.err, want)
	}
}

// TestTranslationAndPassThroughTakeOverFromEachOther moves on from one protocol to the other: the second target must get the
// client's own bytes, not the first one's translation.
func TestTranslationAndPassThroughTakeOverFromEachOther(t *testing.T) {
	var asked atomic.Int32
	var got seen
	busy := counted(&asked, answering(503, "text/plain", "busy"))
	g := start(t, routes(model("chat", speakingLines(target(t, "a", busy)), target(t, "b", recording(&got, answersChat())))))
	if r := g.chat(chatRequest); r.body != chatAnswer || asked.Load() != 1 {
		t.Errorf("body %q after %d attempts at the first", r.body, asked.Load())
	}
	if want := strings.Replace(chatRequest, `"chat"`, `"upstream-b"`, 1); got.body != want {
		t.Errorf("the second target got %q, want %q", got.body, want)
	}
}
