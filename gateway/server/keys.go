package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/fairlead-dev/fairlead/gateway/fault"
	"github.com/fairlead-dev/fairlead/gateway/keystore"
	"github.com/fairlead-dev/fairlead/gateway/policy"
	"github.com/fairlead-dev/fairlead/gateway/proxy"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
)

const (
	codeNoKeyStore   = "no_key_store"
	codeKeyStoreAway = "key_store_unavailable"
	codeKeyNotServed = "key_not_served"
	codeKeyNotFound  = "key_not_found"
	codeKeyExists    = "key_exists"
	codeKeyElsewhere = "key_managed_elsewhere"
	// keyPatience is how long the answer about a new key waits for all replicas, and then how long for this one.
	keyPatience = 5 * time.Second
	// keyLook is how often the routing table is looked at meanwhile.
	keyLook = 5 * time.Millisecond
	// keyStoreAwayFor is when a client may try again.
	keyStoreAwayFor = 5 * time.Second
	// maxKeyBody bounds the body of a request about keys, in bytes.
	maxKeyBody = 64 << 10
)

// KeyStore keeps the keys that are made through the gateway. What it keeps reaches the routing table by itself.
type KeyStore interface {
	// Namespace is that of the keys which the store may delete.
	Namespace() string
	// Create records a key. The error wraps keystore.ErrExists or keystore.ErrRefused where asking again is of no use.
	Create(ctx context.Context, k *keystore.Key) error
	// Await returns once all replicas are known to serve a key, or ctx ends. The error wraps keystore.ErrRefused where none ever will.
	Await(ctx context.Context, name string) error
	// Get returns what is known of a key. The error wraps keystore.ErrNotFound where there is none.
	Get(ctx context.Context, name string) (*keystore.Record, error)
	// Delete forgets a key. The error wraps keystore.ErrNotFound where there is none.
	Delete(ctx context.Context, name string) error
}

// keyCall is a request of LiteLLM's key management.
type keyCall uint8

const (
	noKeyCall keyCall = iota
	keyGenerate
	keyInfo
	keyDelete
)

// keyCallOf reads a path without slashes around it.
func keyCallOf(path string) keyCall {
	switch path {
	case "key/generate":
		return keyGenerate
	case "key/info":
		return keyInfo
	case "key/delete":
		return keyDelete
	}
	return noKeyCall
}

func (c keyCall) method() string {
	if c == keyInfo {
		return http.MethodGet
	}
	return http.MethodPost
}

// keys serves a request about keys. Only the master key may make and delete any; another may ask about itself.
func (s *Server) keys(w http.ResponseWriter, r *http.Request, call keyCall) error {
	snap, caller, err := s.proxy.Authorize(withoutQuery(r))
	if err != nil {
		return err
	}
	if call == keyInfo {
		return s.keyInfo(w, r, snap, &caller)
	}
	if err := onlyMaster(&caller); err != nil {
		return err
	}
	if s.options.Keys == nil {
		return &fault.Error{
			Status: http.StatusServiceUnavailable, Code: codeNoKeyStore,
			Message: "This gateway has nowhere to keep keys. Write a GatewayKey instead.",
		}
	}
	body, err := keyBody(r)
	if err != nil {
		return err
	}
	if call == keyDelete {
		return s.deleteKeys(w, r, snap, body)
	}
	return s.generateKey(w, r, snap, body)
}

// withoutQuery is r without its query, which holds a key that is asked about here and not, as in Google's paths, that of the caller.
func withoutQuery(r *http.Request) *http.Request {
	bare := *r
	bare.URL = &url.URL{Path: r.URL.Path}
	return &bare
}

// onlyMaster refuses everybody else, even where calls need no key: what is made here outlives that.
func onlyMaster(c *policy.Caller) error {
	switch {
	case c.Master:
		return nil
	case c.Key == nil:
		return fault.NoKey()
	}
	return &fault.Error{Status: http.StatusForbidden, Code: codeMasterOnly, Message: "Only the master key of the gateway may do this."}
}

func keyBody(r *http.Request) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxKeyBody+1))
	if err != nil {
		return nil, fmt.Errorf("reading a request about keys (%w): %w", err, proxy.ErrClientGone)
	}
	if len(body) > maxKeyBody {
		return nil, fault.BodyTooLarge(maxKeyBody)
	}
	return body, nil
}

// awaitKeys looks at the routing table until it is as it should be. It returns false where that takes longer than keyPatience, or the
// client is gone.
func (s *Server) awaitKeys(ctx context.Context, done func(*snapshot.Keys) bool) bool {
	ctx, cancel := context.WithTimeout(ctx, keyPatience)
	defer cancel()
	look := time.NewTicker(keyLook)
	defer look.Stop()
	var seen *snapshot.Snapshot
	for {
		if snap := s.options.Snapshots.Load(); snap != seen {
			if seen = snap; done(&snap.Keys) {
				return true
			}
		}
		select {
		case <-ctx.Done():
			return false
		case <-look.C:
		}
	}
}

// storeFault is what a client is told of an error of the store. Where the store is away, the details are for the log.
func (s *Server) storeFault(err error) error {
	switch {
	case errors.Is(err, keystore.ErrExists):
		return &fault.Error{
			Status: http.StatusBadRequest, Code: codeKeyExists, Param: "key_alias",
			Message: "There is a key with this alias or this value already.",
		}
	case errors.Is(err, keystore.ErrRefused):
		return fault.Invalid(fault.CodeInvalidValue, "", "%s", fault.Repeat(err.Error()))
	case errors.Is(err, keystore.ErrNotFound):
		return noSuchKey("")
	}
	s.options.Log.Error(err, "managing keys")
	return &fault.Error{
		Status: http.StatusServiceUnavailable, Code: codeKeyStoreAway, RetryAfter: keyStoreAwayFor,
		Message: "The keys cannot be changed now. Keys that exist go on to work. The log of the gateway says more.",
	}
}

// noSuchKey does not repeat what was sent, which may be a key.
func noSuchKey(param string) *fault.Error {
	return &fault.Error{
		Status: http.StatusNotFound, Code: codeKeyNotFound, Param: param, Message: "There is no such key.",
	}
}
