package proxy

import (
	"context"
	"fmt"
	"net/http"
	"strconv"

	"github.com/fairlead-dev/fairlead/gateway/admission"
	"github.com/fairlead-dev/fairlead/gateway/cache"
	"github.com/fairlead-dev/fairlead/gateway/policy"
	"github.com/fairlead-dev/fairlead/gateway/protocol"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
	"github.com/fairlead-dev/fairlead/gateway/telemetry"
)

// exchange is one request for a model, from the moment that it was read.
type exchange struct {
	proxy *Proxy
	w     http.ResponseWriter
	// direct is the client, past what keeps the answer for others.
	direct http.ResponseWriter
	r      *http.Request
	// client ends when the client is gone.
	client  context.Context
	x       *telemetry.Exchange
	call    *protocol.Call
	service *protocol.Service
	caller  policy.Caller
	model   *snapshot.Model
	// star is what the `*` of the model's name stands for.
	star string
	// stream says that the client wants a stream.
	stream bool
	ticket *admission.Ticket
	tally
	// at is the target that is or was tried last.
	at *snapshot.Target
	// limited says that the gateway has limits for the request.
	limited bool
	// private is a member of the body that is meant for the gateway only.
	private cache.Range
	// in is nil once it is not needed any more.
	in *intake
	// neutral is the request as far as it had to be translated.
	neutral neutral
	// room is for the order of the targets, of which an alias has at most as many.
	room [16]*snapshot.Target
	// flight has others wait for the answer; nil where nobody does.
	flight *cache.Flight
	// retrying says that a retry of the model's budget is in use.
	retrying bool
	// passed are servers that did not answer the request.
	passed []*snapshot.Server
	// promised says that the client was sent the head of a stream while it waited for a server to start.
	promised bool
}

// named is the model that the client asks for.
func (e *exchange) named() string {
	if e.call.Model != "" {
		return e.call.Model
	}
	return e.in.model()
}

// upstreamModel is the target's own name of the model that the client asks for.
func (e *exchange) upstreamModel(t *snapshot.Target) string { return t.ModelFor(e.star) }

// unasked is the answer to a request that no upstream has to see.
func (e *exchange) unasked(p *plan) (answer []byte, ok bool) {
	u, can := e.service.Chat.(protocol.Unasker)
	if !can || p.native {
		return nil, false
	}
	return u.Unasked(e.neutral.chat)
}

// reply sends a whole answer.
func (e *exchange) reply(answer []byte) error {
	e.sent()
	h := e.w.Header()
	h[headerType], h[headerLength] = jsonType, []string{strconv.Itoa(len(answer))}
	e.announce()
	e.w.WriteHeader(http.StatusOK)
	if _, err := e.w.Write(answer); err != nil {
		return fmt.Errorf("%w: %w", ErrClientGone, err)
	}
	return nil
}

// expressible says whether the request can be said in the protocol of a target.
func (e *exchange) expressible(t *snapshot.Target) bool {
	_, err := e.plan(t)
	return err == nil
}

// sent lets go of the request: it will not be sent again. It may be called more than once.
func (e *exchange) sent() {
	if e.in != nil {
		if e.in.arriving() {
			// What the client still sends is nobody's, and net/http panics where it finds the end of it only after the answer.
			e.w.Header()[headerConnection] = closing
		}
		e.x.BytesIn = e.in.size()
		if e.ticket != nil {
			e.measure()
		}
		e.in.release()
		e.in = nil
	}
}
