package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/fault"
	"github.com/fairlead-dev/fairlead/gateway/ledger"
	"github.com/fairlead-dev/fairlead/gateway/money"
	"github.com/fairlead-dev/fairlead/gateway/policy"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
)

const (
	codeMasterOnly = "master_key_required"
	codeNoUsage    = "no_usage_store"
	codeUsageAway  = "usage_store_unavailable"
	// usageTimeout bounds a question to the store. usageAwayFor is when it may be asked again: the shipper tries as often.
	usageTimeout = 10 * time.Second
	usageAwayFor = 5 * time.Second
)

// Usage answers what was used. It is the ledger's database.
type Usage interface {
	// Logs is a page of events, the newest first. The error wraps ledger.ErrCursor where the cursor is none.
	Logs(ctx context.Context, f ledger.Filter) (ledger.Page, error)
	// Spend is what was used on the days from `from` on and before `to`.
	Spend(ctx context.Context, by ledger.By, from, to time.Time) ([]ledger.Sum, error)
	// KeySpend is all that a key has ever spent.
	KeySpend(ctx context.Context, keyID string) (money.USD, error)
}

// report is a question about usage. The paths are LiteLLM's, whose users' scripts ask them, and so are the shapes of the answers as
// far as the same is known here. Source: https://docs.litellm.ai/docs/proxy/cost_tracking
type report uint8

const (
	noReport report = iota
	spendLogs
	spendKeys
	spendUsers
	spendModels
	spendBy
)

// reportOf reads a path without slashes around it.
func reportOf(path string) report {
	switch path {
	case "spend/logs":
		return spendLogs
	case "spend/keys":
		return spendKeys
	case "spend/users":
		return spendUsers
	case "spend/models":
		return spendModels
	case "global/spend/report":
		return spendBy
	}
	return noReport
}

// spend answers a question about usage. Only the master key may ask: the answers name all keys and users. A key may not even ask about
// itself, because nothing here tells a person from a program that was given the key. That the store is away is a 503 and never a 401.
func (s *Server) spend(w http.ResponseWriter, r *http.Request, snap *snapshot.Snapshot, c *policy.Caller, which report) error {
	if err := masterOnly(snap, c); err != nil {
		return err
	}
	usage := s.usage()
	if usage == nil {
		return &fault.Error{
			Status: http.StatusServiceUnavailable, Code: codeNoUsage,
			Message: "This gateway keeps no record of usage. Give its Gateway a 'postgres'.",
		}
	}
	ctx, cancel := context.WithTimeout(r.Context(), usageTimeout)
	defer cancel()
	q := spendQuery{Usage: usage, keys: &snap.Keys, query: r.URL.Query(), now: time.Now()}
	answer, next, err := q.ask(ctx, which)
	if err != nil {
		return s.spendError(err)
	}
	body, err := json.Marshal(answer)
	if err != nil {
		return fmt.Errorf("reporting usage: %w", err)
	}
	if next != "" {
		w.Header()["X-Next-Cursor"] = []string{next}
	}
	return writeJSON(w, http.StatusOK, body)
}

func (s *Server) usage() Usage {
	if s.options.Usage == nil {
		return nil
	}
	return s.options.Usage()
}

// masterOnly says whether a caller manages the gateway: with the master key, or where no key exists at all, as on a person's own
// machine.
func masterOnly(snap *snapshot.Snapshot, c *policy.Caller) error {
	open := snap.KeysMode == v1alpha1.KeysOptional && snap.Keys.Issued() == 0 && snap.Keys.Master == [len(snap.Keys.Master)]byte{}
	switch {
	case c.Master || open:
		return nil
	case c.Key == nil:
		return fault.NoKey()
	}
	return &fault.Error{Status: http.StatusForbidden, Code: codeMasterOnly, Message: "Only the master key of the gateway may do this."}
}

// spendError keeps what is wrong with the question apart from what is wrong with the store, whose words are for the log.
func (s *Server) spendError(err error) error {
	if _, ok := errors.AsType[*fault.Error](err); ok {
		return err
	}
	if errors.Is(err, ledger.ErrCursor) {
		return fault.Invalid(fault.CodeInvalidValue, "cursor", "'cursor' must be what 'x-next-cursor' of the page before said.")
	}
	s.options.Log.Error(err, "asking the store of usage")
	return &fault.Error{
		Status: http.StatusServiceUnavailable, Code: codeUsageAway, RetryAfter: usageAwayFor,
		Message: "The store of usage does not answer. Nothing is lost: what is used meanwhile is kept and stored later.",
	}
}
