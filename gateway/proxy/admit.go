package proxy

import (
	"context"
	"errors"
	"slices"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/admission"
	"github.com/fairlead-dev/fairlead/gateway/jsonscan"
	"github.com/fairlead-dev/fairlead/gateway/limit"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
)

// errAborted is how a request ended that was not served to its end by the gateway's own fault.
var errAborted = errors.New("serving was aborted")

// introduced is what the desk has to know of the request.
func (e *exchange) introduced(s *snapshot.Snapshot) *admission.Visit {
	return &admission.Visit{
		Snapshot: s, Caller: &e.caller, Model: e.model, Named: e.named(), Operation: e.x.Operation, RequestID: e.x.RequestID,
		Start: e.x.Start, Tokens: e.tokens,
	}
}

// admitted serves a request once it may be served.
func (e *exchange) admitted(ctx context.Context, v *admission.Visit) error {
	var err error
	if e.ticket, err = e.proxy.desk.Admit(ctx, v); err != nil {
		e.announceFailure(err)
		return err
	}
	e.limited = e.ticket.Limited()
	// A panic is over as well.
	failed := errAborted
	defer func() { e.over(failed) }()
	if failed = e.run(); failed != nil {
		e.announceFailure(failed)
	}
	return e.breakPromise(failed)
}

// full is a target whose own limit is reached: as if it had said so itself. It was not asked, so that going on costs no retry.
func (a *attempt) full(err error) error {
	if a.model.RetryOn[v1alpha1.RetryOnRateLimited] && slices.ContainsFunc(a.further, a.expressible) {
		a.verdict = verdictGranted
	}
	return err
}

// tokens estimates what the request will take, prompt and answer together.
func (e *exchange) tokens() int64 {
	if e.in == nil || e.in.scan == nil {
		return limit.EstimateTokens(e.x.BytesIn, 0)
	}
	most, _ := jsonscan.Integer(e.in.scan.Body, "max_completion_tokens", "max_tokens", "max_output_tokens")
	return limit.EstimateTokens(limit.PromptBytes(e.in.scan.Body), most)
}
