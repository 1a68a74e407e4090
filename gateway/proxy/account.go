package proxy

import (
	"errors"
	"net/http"
	"time"

	"github.com/fairlead-dev/fairlead/gateway/admission"
	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/ledger"
	"github.com/fairlead-dev/fairlead/gateway/limit"
	"github.com/fairlead-dev/fairlead/gateway/protocol"
)

const (
	// bytesPerToken is about what a token of English text takes. Source: https://help.openai.com/en/articles/4936856
	bytesPerToken = 4
	// checkpointEvery is how often a long stream writes down how far it is.
	checkpointEvery = 5 * time.Second
)

// tally is what a request has cost so far.
type tally struct {
	usage chat.Usage
	// prompt is how long the request was, in bytes of text.
	prompt int64
	// produced estimates the tokens of the answer, for upstreams that do not count them and for answers that break off.
	produced int64
	// spoilt says that a stream ended with an error which the upstream reported in it.
	spoilt bool
	// concluded says that an observer has said its last word.
	concluded bool
	// noted is when the last checkpoint was.
	noted time.Time
}

// account notes what the answer cost.
func (e *exchange) account(u chat.Usage) {
	if !u.Known {
		return
	}
	u = u.Bounded()
	e.usage = u
	e.x.TokensKnown, e.x.InputTokens, e.x.OutputTokens = true, u.InputTokens, u.OutputTokens
}

// accountObserved notes what an answer that was relayed said that it cost, as far as it went.
func (e *exchange) accountObserved(o protocol.Observer) {
	o.End()
	e.spoilt = o.Failed()
	e.account(o.Usage())
}

// concludeObserved closes the books on an answer that was relayed whole. Only the first call counts.
func (e *exchange) concludeObserved(o protocol.Observer, status int) {
	if e.concluded {
		return
	}
	e.concluded = true
	e.accountObserved(o)
	state := ledger.Complete
	switch {
	case status >= http.StatusBadRequest:
		state = ledger.Failed
	case e.spoilt:
		state = ledger.Incomplete
	}
	e.conclude(state, status)
}

// progress notes that so many more pieces of a stream have come. Most upstreams send a token in each.
func (e *exchange) progress(pieces int) { e.produced += int64(pieces) }

// wrote notes how long a whole answer is so far. Most of it is text, save where it is vectors.
func (e *exchange) wrote(bytes int64) {
	if e.call.Operation != protocol.Embeddings {
		e.produced = bytes / bytesPerToken
	}
}

// conclude closes the books. It has to happen before the client has the last byte: what a client has, and only that, is accounted
// for whatever happens to the process. Only the first call counts.
func (e *exchange) conclude(state ledger.State, status int) {
	if e.ticket == nil {
		return
	}
	r := e.report(state, status)
	e.ticket.Close(&r)
	e.x.Cost, _ = e.ticket.Cost()
}

// over closes the books on a request that ended in any other way.
func (e *exchange) over(err error) {
	switch {
	case e.ticket == nil:
	case err == nil:
		e.conclude(ledger.Complete, e.x.Status)
	case errors.Is(err, ErrCut), errors.Is(err, ErrClientGone):
		e.conclude(ledger.Incomplete, e.proxy.statusOf(err))
	default:
		e.conclude(ledger.Failed, e.proxy.statusOf(err))
	}
}

// checkpoint writes down how far a stream is, from time to time.
func (e *exchange) checkpoint(usage func() chat.Usage) {
	if e.ticket == nil {
		return
	}
	now := time.Now()
	if e.noted.IsZero() {
		e.noted = now
	}
	if now.Sub(e.noted) < checkpointEvery {
		return
	}
	e.noted = now
	if usage != nil {
		e.account(usage())
	}
	r := e.report(ledger.Begun, 0)
	e.ticket.Checkpoint(&r)
}

func (e *exchange) report(state ledger.State, status int) admission.Report {
	r := admission.Report{
		State: state, Status: status, Target: e.at, Attempts: e.x.Attempts, Stream: e.stream || e.x.Stream, Usage: e.usage,
		FirstByte: e.x.FirstByte, Now: time.Now(),
	}
	if e.at != nil {
		r.UpstreamModel = e.upstreamModel(e.at)
	}
	switch {
	case state == ledger.Failed || !e.textual():
	case !e.usage.Known:
		r.Usage, r.Estimated = e.guess(), true
	case state != ledger.Complete && e.produced > e.usage.OutputTokens:
		// Some upstreams say at the start what the prompt cost, and only at the end what the answer did.
		r.Usage.OutputTokens, r.Estimated = e.produced, true
	}
	return r
}

// measure notes how long the request is, as long as it is there.
func (e *exchange) measure() {
	if e.in != nil && e.in.scan != nil {
		e.prompt = limit.PromptBytes(e.in.scan.Body)
	}
}

// textual says whether tokens can be told from the size of a request and its answer.
func (e *exchange) textual() bool {
	switch e.call.Operation {
	case protocol.Chat, protocol.TextCompletion, protocol.Responses, protocol.Embeddings:
		return true
	}
	return false
}

// guess is what the request may have cost, where the upstream does not say.
func (e *exchange) guess() chat.Usage {
	if e.x.Attempts == 0 {
		return chat.Usage{}
	}
	// The request is still there where the target has not begun to answer.
	e.measure()
	return chat.Usage{InputTokens: e.prompt / bytesPerToken, OutputTokens: e.produced}
}
