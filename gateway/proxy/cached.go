package proxy

import (
	"bytes"
	"context"
	"fmt"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/admission"
	"github.com/fairlead-dev/fairlead/gateway/cache"
	"github.com/fairlead-dev/fairlead/gateway/jsonscan"
	"github.com/fairlead-dev/fairlead/gateway/ledger"
	"github.com/fairlead-dev/fairlead/gateway/policy"
	"github.com/fairlead-dev/fairlead/gateway/protocol"
)

// Values of the header that says what the cache had to do with an answer.
const (
	// cacheHit: it came from the cache. cacheShared: it is that of an identical request which was under way.
	cacheHit    = "hit"
	cacheShared = "shared"
	// cacheMiss: it is new. cacheBypass: it is new because the client asked for that.
	cacheMiss   = "miss"
	cacheBypass = "bypass"
)

// cacheable says whether an answer may be kept: those that say the same each time they are asked for, as far as anybody can tell.
func (e *exchange) cacheable() bool {
	if e.proxy.cache == nil || e.model.Cache == nil || e.in.scan == nil {
		return false
	}
	switch e.call.Operation {
	case protocol.Chat, protocol.TextCompletion, protocol.Responses, protocol.Embeddings, protocol.Moderation, protocol.Rerank:
		return true
	}
	return false
}

// keepPrivate keeps what LiteLLM's clients tell a cache from upstreams, which refuse what they do not know, also where there is no cache. A
// member that is none of LiteLLM's is left alone.
func (e *exchange) keepPrivate() {
	if e.in.scan == nil || !bytes.Contains(e.in.scan.Body, []byte(`"cache"`)) {
		return
	}
	if _, private, err := cache.DirectivesOf(nil, e.in.scan.Body); err == nil {
		e.private = private
	}
}

// cached serves a request from the cache, or serves it and keeps the answer.
func (e *exchange) cached(ctx context.Context, v *admission.Visit) error {
	d, private, err := cache.DirectivesOf(e.r.Header, e.in.scan.Body)
	if err != nil {
		return fmt.Errorf("reading the cache directives: %w", err)
	}
	e.private = private
	key, ok := e.proxy.cache.KeyOf(e.asked(v.Caller, &d))
	if !ok || d.NoCache && d.NoStore {
		e.x.Cache = cacheBypass
		e.proxy.cache.Bypass()
		return e.admitted(ctx, v)
	}
	if d.NoCache {
		e.x.Cache = cacheBypass
		e.proxy.cache.Bypass()
		return e.keep(ctx, v, key, &d, nil)
	}
	if kept, ok := e.proxy.cache.Get(ctx, key, d.MaxAge); ok {
		return e.replay(v, kept, cacheHit)
	}
	e.x.Cache = cacheMiss
	if d.NoStore {
		e.proxy.cache.Bypass()
		return e.admitted(ctx, v)
	}
	return e.share(ctx, v, key, &d)
}

// share waits for the answer to an identical request that is under way, or makes the one that others wait for.
func (e *exchange) share(ctx context.Context, v *admission.Visit, key cache.Key, d *cache.Directives) error {
	flight, leads := e.proxy.cache.Join(key)
	if leads {
		return e.keep(ctx, v, key, d, flight)
	}
	if shared, ok := flight.Wait(ctx); ok {
		return e.replay(v, shared, cacheShared)
	}
	if ctx.Err() != nil {
		return ErrClientGone
	}
	return e.admitted(ctx, v)
}

// keep serves the request and keeps the answer. Whatever happens, nobody is left to wait for the flight, which may be nil.
func (e *exchange) keep(ctx context.Context, v *admission.Visit, key cache.Key, d *cache.Directives, flight *cache.Flight) error {
	defer flight.Done(nil)
	e.flight = flight
	client := e.w
	tape := e.proxy.cache.Record(client, e.model.Cache.MaxBytes, flight)
	defer tape.Free()
	e.w = tape
	err := e.admitted(ctx, v)
	e.w = client
	if err != nil {
		return err
	}
	if entry, ok := tape.Entry(); ok && !e.spoilt && !reportsError(entry) {
		entry.Usage, entry.Target, entry.Provider, entry.Cost = e.usage, e.x.Target, e.x.Provider, e.x.Cost
		e.proxy.cache.Put(key, entry, d.Lifetime(e.model.Cache.TTL))
		flight.Done(entry)
	}
	return nil
}

// reportsError says whether a whole answer is an error in spite of its status: servers exist that send one with 200.
func reportsError(entry *cache.Entry) bool {
	if entry.Stream {
		return false
	}
	f := jsonscan.NewFinder("error", len(entry.Body))
	f.Feed(entry.Body)
	return f.Value() != nil
}

// replay sends an answer that was kept.
func (e *exchange) replay(v *admission.Visit, entry *cache.Entry, how string) error {
	e.sent()
	e.x.Cache, e.x.Stream, e.x.Target, e.x.Provider = how, entry.Stream, entry.Target, entry.Provider
	e.account(entry.Usage)
	e.announce()
	r := e.report(ledger.Complete, entry.Status)
	r.CacheHit = true
	e.proxy.desk.Record(v, &r)
	if err := cache.Replay(e.w, entry); err != nil {
		return fmt.Errorf("%w: %w", ErrClientGone, err)
	}
	return nil
}

// asked is what makes two requests the same.
func (e *exchange) asked(c *policy.Caller, d *cache.Directives) *cache.Request {
	r := &cache.Request{
		Alias: e.model.Namespace + "/" + e.model.Alias, Revision: e.model.Revision, Path: e.call.Path, Query: e.call.Query,
		Model: e.named(), Protocol: string(e.call.Protocol), Stream: e.stream, Namespace: d.Namespace, Header: e.r.Header,
		Body: e.in.scan.Body,
	}
	if e.model.Cache.Scope == v1alpha1.CacheScopeKey {
		r.Scope = cache.ScopeOf(c.KeySubject(), c.User)
	}
	return r
}
