package chaos

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// cancelWithin is how soon the upstream is told that nobody waits for its answer any more.
const cancelWithin = time.Second

// entry is what /spend/logs says of a request, as far as it matters here.
type entry struct {
	PromptTokens     int64 `json:"prompt_tokens"`
	CompletionTokens int64 `json:"completion_tokens"`
	Metadata         struct {
		State           string `json:"state"`
		Stream          bool   `json:"stream"`
		TokensEstimated bool   `json:"tokens_estimated"`
	} `json:"metadata"`
}

// entry waits until the ledger has a request, and fails the test where it has it more than once.
func (g *gateway) entry(id string) entry {
	g.t.Helper()
	var found []entry
	eventually(g.t, id+" is in the ledger", settlePatience, func() bool {
		status, body, err := get(g.t.Context(), g.url()+"/spend/logs?request_id="+id, masterKey)
		if err != nil || status != http.StatusOK {
			return false
		}
		if err := json.Unmarshal([]byte(body), &found); err != nil {
			g.t.Fatalf("reading %s: %v", body, err)
		}
		return len(found) > 0
	})
	if len(found) > 1 {
		g.t.Errorf("%s is in the ledger %d times", id, len(found))
	}
	return found[0]
}

// slow answers so slowly that there is time to do something else meanwhile; `cut` breaks off.
func slow(q *asked) reply {
	r := reply{input: 20, output: 2000, word: "word ", pause: 5 * time.Millisecond}
	switch {
	case strings.Contains(q.Body, "cut"):
		r.cut = 5
	case !q.Stream:
		r.pause = time.Minute
	}
	return r
}

// TestClientGoneInAStream: what an answer has cost so far is in the ledger, and the upstream goes on for nobody.
func TestClientGoneInAStream(t *testing.T) {
	t.Parallel()
	const read = 20
	up := newUpstream(t, slow)
	g := newGateway(t, stack{upstream: up.url}.String())
	q := question{id: "gone-in-a-stream", key: keyA, model: "chat", prompt: strings.Repeat("long ", 20), stream: true}
	ctx, leave := context.WithCancel(t.Context())
	readEvents(ctx, t, newClients(g.url()), q, read)
	leave()
	left(t, up, q.id)
	e, sent := g.entry(q.id), up.of(q.id).tokens
	if e.Metadata.State != "incomplete" || !e.Metadata.Stream || !e.Metadata.TokensEstimated || e.PromptTokens == 0 {
		t.Errorf("the ledger has %+v", e)
	}
	if e.CompletionTokens < read || e.CompletionTokens > sent {
		t.Errorf("the ledger has %d tokens; the client had %d at least, and the upstream sent %d", e.CompletionTokens, read, sent)
	}
}

// TestClientGoneBeforeTheAnswer: the upstream was asked for nothing, and has cost the prompt.
func TestClientGoneBeforeTheAnswer(t *testing.T) {
	t.Parallel()
	up := newUpstream(t, slow)
	g := newGateway(t, stack{upstream: up.url}.String())
	q := question{id: "gone-before-the-answer", key: keyA, model: "chat", prompt: strings.Repeat("long ", 20)}
	ctx, leave := context.WithCancel(t.Context())
	defer leave()
	go newClients(g.url()).ask(ctx, q)
	eventually(t, "the upstream is asked", settlePatience, func() bool { return up.of(q.id).times == 1 })
	leave()
	left(t, up, q.id)
	if e := g.entry(q.id); e.Metadata.State != "incomplete" || e.CompletionTokens != 0 || e.PromptTokens == 0 {
		t.Errorf("the ledger has %+v", e)
	}
}

// TestUpstreamBreaksOff: the client is told, and what it has had is in the ledger.
func TestUpstreamBreaksOff(t *testing.T) {
	t.Parallel()
	g := newGateway(t, stack{upstream: newUpstream(t, slow).url}.String())
	q := question{id: "cut-by-the-upstream", key: keyB, model: "large", prompt: "cut", stream: true}
	if o := newClients(g.url()).ask(t.Context(), q); o.whole() || !strings.Contains(o.text, "broke off") {
		t.Errorf("the client has %q", o.text)
	}
	if e := g.entry(q.id); e.Metadata.State != "incomplete" || e.CompletionTokens != 5 || !e.Metadata.TokensEstimated {
		t.Errorf("the ledger has %+v", e)
	}
}

// TestKilledInAStream: of a stream that dies with its gateway, the ledger has what it had cost at the last checkpoint.
func TestKilledInAStream(t *testing.T) {
	t.Parallel()
	const checkpoint = 5 * time.Second
	up := newUpstream(t, slow)
	g := newGateway(t, stack{upstream: up.url}.String())
	q := question{id: "killed-in-a-stream", key: keyA, model: "chat", prompt: "anything", stream: true}
	began := time.Now()
	readEvents(t.Context(), t, newClients(g.url()), q, 1)
	pause(t, time.Until(began.Add(checkpoint+time.Second)))
	g.kill()
	g.mustStart()
	e, sent := g.entry(q.id), up.of(q.id).tokens
	if e.Metadata.State != "interrupted" || e.CompletionTokens < 1 || e.CompletionTokens > sent {
		t.Errorf("the ledger has %+v, and the upstream sent %d tokens", e, sent)
	}
}

// readEvents reads so many events of a stream, which ends with ctx.
func readEvents(ctx context.Context, t *testing.T, c *clients, q question, events int) {
	t.Helper()
	req, err := c.request(ctx, q)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = resp.Body.Close() })
	lines := bufio.NewReader(resp.Body)
	for n := 0; n < events; {
		line, err := lines.ReadString('\n')
		if err != nil {
			rest, _ := io.ReadAll(resp.Body)
			t.Fatalf("reading a stream: %v: %s%s", err, line, rest)
		}
		if strings.HasPrefix(line, "data: ") {
			n++
		}
	}
}

// left fails the test where the upstream is not told soon that its client has left.
func left(t *testing.T, up *upstream, id string) {
	t.Helper()
	took := eventually(t, "the upstream is cancelled", cancelWithin, func() bool { return !up.of(id).cancelled.IsZero() })
	t.Logf("the upstream was cancelled %v after its client had left", took.Round(time.Millisecond))
}
