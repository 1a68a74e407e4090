package chaos

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// asked is one request as the upstream sees it.
type asked struct {
	ID     string
	Model  string
	Header http.Header
	Body   string
	Stream bool
}

// reply is what the upstream does about a request.
type reply struct {
	// status, header and body are of an error, or of an answer that is like no other; 0 for an ordinary answer.
	status int
	header http.Header
	body   string
	// input and output are the tokens that the answer says it cost. A stream has an event for each of the latter.
	input, output int64
	// word is the text of each token.
	word string
	// pause precedes each event of a stream, and the whole of another answer.
	pause time.Duration
	// cut breaks the connection after so many events; 0 for never.
	cut int64
}

// service is the upstream's own record of one x-request-id.
type service struct {
	// times it was asked, and when first.
	times int
	at    time.Time
	model string
	// input and output are what the last answer said, and bytes what was sent of all of them.
	input, output int64
	bytes         int64
	// tokens is how many events of text a stream was sent.
	tokens int64
	// complete says that the whole of an answer was sent, and cancelled when the gateway gave up waiting for one.
	complete  bool
	cancelled time.Time
}

// upstream is a fake provider of OpenAI's protocol that remembers what it served.
type upstream struct {
	url  string
	plan func(*asked) reply

	mu     sync.Mutex
	served map[string]*service
}

func newUpstream(t *testing.T, plan func(*asked) reply) *upstream {
	t.Helper()
	u := &upstream{plan: plan, served: map[string]*service{}}
	server := httptest.NewServer(http.HandlerFunc(u.serve))
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	u.url = server.URL + "/v1"
	return u
}

// record is a copy of what was served so far.
func (u *upstream) record() map[string]service {
	u.mu.Lock()
	defer u.mu.Unlock()
	all := make(map[string]service, len(u.served))
	for id, s := range maps.All(u.served) {
		all[id] = *s
	}
	return all
}

func (u *upstream) of(id string) service { return u.record()[id] }

// note changes the record of a request.
func (u *upstream) note(id string, change func(*service)) {
	u.mu.Lock()
	defer u.mu.Unlock()
	s := u.served[id]
	if s == nil {
		s = &service{at: time.Now()}
		u.served[id] = s
	}
	change(s)
}

func (u *upstream) serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	q := asked{ID: r.Header.Get("X-Request-Id"), Header: r.Header, Body: string(body)}
	if err := json.Unmarshal(body, &q); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	plan := u.plan(&q)
	u.note(q.ID, func(s *service) { s.times, s.model, s.input, s.output = s.times+1, q.Model, plan.input, plan.output })
	answer := &answer{upstream: u, w: w, r: r, id: q.ID, plan: plan}
	switch {
	case plan.status != 0:
		maps.Copy(w.Header(), plan.header)
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(plan.status)
		answer.send(plan.body)
	case q.Stream:
		answer.stream()
	default:
		answer.whole()
	}
	if r.Context().Err() != nil {
		u.note(q.ID, func(s *service) { s.cancelled = time.Now() })
	}
}

// answer is one that the upstream gives.
type answer struct {
	upstream *upstream
	w        http.ResponseWriter
	r        *http.Request
	id       string
	plan     reply
}

// send sends at once, and says whether the gateway is still there.
func (a *answer) send(text string) bool {
	n, err := io.WriteString(a.w, text)
	if err == nil {
		err = http.NewResponseController(a.w).Flush()
	}
	a.upstream.note(a.id, func(s *service) { s.bytes += int64(n) })
	return err == nil
}

// rest pauses, and says whether the gateway is still there.
func (a *answer) rest() bool {
	timer := time.NewTimer(a.plan.pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-a.r.Context().Done():
		return false
	}
}

func (a *answer) usage() string {
	return fmt.Sprintf(`{"prompt_tokens":%d,"completion_tokens":%d,"total_tokens":%d}`, a.plan.input, a.plan.output, a.plan.input+a.plan.output)
}

func (a *answer) stream() {
	const chunk = `data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"content":%q},"finish_reason":%s}]}` + "\n\n"
	a.w.Header().Set("Content-Type", "text/event-stream")
	for n := range a.plan.output {
		if a.plan.cut > 0 && n == a.plan.cut {
			panic(http.ErrAbortHandler)
		}
		if !a.rest() || !a.send(fmt.Sprintf(chunk, a.plan.word, "null")) {
			return
		}
		a.upstream.note(a.id, func(s *service) { s.tokens++ })
	}
	// The pieces arrive one by one, so that a death in between is possible.
	sent := a.send(fmt.Sprintf(chunk, "", `"stop"`)) &&
		a.send(`data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"m","choices":[],"usage":`+a.usage()+"}\n\n") &&
		a.send("data: [DONE]\n\n")
	if sent {
		a.upstream.note(a.id, func(s *service) { s.complete = true })
	}
}

func (a *answer) whole() {
	if !a.rest() {
		return
	}
	text := fmt.Sprintf(
		`{"id":"chatcmpl-1","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":%q},"finish_reason":"stop"}],"usage":%s}`,
		strings.Repeat(a.plan.word, int(a.plan.output)), a.usage())
	a.w.Header().Set("Content-Type", "application/json")
	a.w.Header().Set("Content-Length", strconv.Itoa(len(text)))
	if a.plan.cut > 0 {
		a.send(text[:len(text)/2])
		panic(http.ErrAbortHandler)
	}
	if a.send(text) {
		a.upstream.note(a.id, func(s *service) { s.complete = true })
	}
}
