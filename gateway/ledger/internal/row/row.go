// Package row says how both kinds of store lay out an event, and how they look for events.
package row

import (
	"time"

	"github.com/fairlead-dev/fairlead/gateway/ledger"
)

// Columns of the table of events, but for those that stores hold in ways of their own: gateway, replica, id and started_at.
const Columns = "state, request_id, key_id, key_name, user_name, operation, model, alias, target, provider, upstream_model, " +
	"attempts, status, stream, cache_hit, usage_known, input_tokens, cached_input_tokens, cache_write_tokens, output_tokens, " +
	"reasoning_tokens, estimated, cost, priced, first_byte_us, duration_us"

// Row is an event that is being read.
type Row struct {
	event               ledger.Event
	state               string
	firstByte, duration int64
}

// Targets are what Columns are scanned into, in their order.
func (r *Row) Targets() []any {
	e, u := &r.event, &r.event.Usage
	return []any{
		&r.state, &e.RequestID, &e.KeyID, &e.Key, &e.User, &e.Operation, &e.Model, &e.Alias, &e.Target, &e.Provider, &e.UpstreamModel,
		&e.Attempts, &e.Status, &e.Stream, &e.CacheHit, &u.Known, &u.InputTokens, &u.CachedInputTokens, &u.CacheWriteTokens,
		&u.OutputTokens, &u.ReasoningTokens, &e.Estimated, &e.Cost, &e.Priced, &r.firstByte, &r.duration,
	}
}

// Event is the event that was read. What it counts against is not stored with it.
func (r *Row) Event(id ledger.ID, start time.Time) *ledger.Event {
	e := &r.event
	e.ID, e.Start, e.State = id, start.UTC(), ledger.ParseState(r.state)
	e.FirstByte, e.Duration = time.Duration(r.firstByte)*time.Microsecond, time.Duration(r.duration)*time.Microsecond
	return e
}

// Values are what Columns hold of an event, in their order.
func Values(e *ledger.Event) []any {
	u := &e.Usage
	return []any{
		e.State.String(), e.RequestID, e.KeyID, e.Key, e.User, e.Operation, e.Model, e.Alias, e.Target, e.Provider, e.UpstreamModel,
		e.Attempts, e.Status, e.Stream, e.CacheHit, u.Known, u.InputTokens, u.CachedInputTokens, u.CacheWriteTokens, u.OutputTokens,
		u.ReasoningTokens, e.Estimated, int64(e.Cost), e.Priced, e.FirstByte.Microseconds(), e.Duration.Microseconds(),
	}
}
