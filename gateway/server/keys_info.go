package server

import (
	"context"
	"net/http"

	"github.com/fairlead-dev/fairlead/gateway/fault"
	"github.com/fairlead-dev/fairlead/gateway/keyapi"
	"github.com/fairlead-dev/fairlead/gateway/keystore"
	"github.com/fairlead-dev/fairlead/gateway/money"
	"github.com/fairlead-dev/fairlead/gateway/policy"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
)

// keyInfo says what a key may do, from the routing table: what is answered is what is enforced. What only the store and the ledger know
// is null while they are away.
func (s *Server) keyInfo(w http.ResponseWriter, r *http.Request, snap *snapshot.Snapshot, c *policy.Caller) error {
	k, err := keyAsked(snap, c, r.URL.Query()["key"])
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(r.Context(), keyPatience)
	defer cancel()
	return writeJSON(w, http.StatusOK, keyapi.Info(keyapi.FactsOf(k, s.recordOf(ctx, k), s.spendOf(ctx, k))))
}

// keyAsked is the key that a caller may ask about: with the master key any, else only the caller's own, named or not.
func keyAsked(snap *snapshot.Snapshot, c *policy.Caller, named []string) (*snapshot.Key, error) {
	if len(named) > 1 {
		return nil, fault.Invalid(fault.CodeInvalidValue, "key", "'key' must name one key.")
	}
	if len(named) == 0 || named[0] == "" {
		switch {
		case c.Key != nil:
			return c.Key, nil
		case c.Master:
			return nil, fault.Invalid(fault.CodeMissingParameter, "key", "'key' must name a key. The master key may do everything.")
		}
		return nil, fault.NoKey()
	}
	k := findKey(snap, named[0])
	if c.Key != nil && k == c.Key {
		return k, nil
	}
	if err := onlyMaster(c); err != nil {
		return nil, err
	}
	if k == nil {
		return nil, noSuchKey("key")
	}
	return k, nil
}

// findKey is the key that a caller names by itself, or by its ID; nil where there is none.
func findKey(snap *snapshot.Snapshot, named string) *snapshot.Key {
	if len(snap.Keys.Pepper) > 0 {
		digest := policy.Digest(snap.Keys.Pepper, named)
		if k := snap.Keys.Key(digest[:]); k != nil {
			return k
		}
	}
	return snap.Keys.Find(named)
}

// recordOf is what the store knows of a key; nil where it is not the store's, or the store is away.
func (s *Server) recordOf(ctx context.Context, k *snapshot.Key) *keystore.Record {
	store := s.options.Keys
	if store == nil || store.Namespace() != k.Namespace {
		return nil
	}
	record, err := store.Get(ctx, k.Name)
	if err != nil {
		s.options.Log.V(1).Info("answering about a key without what the store knows", "key", k.ID, "error", err.Error())
		return nil
	}
	return record
}

// spendOf is all that was ever spent with a key; nil where nobody keeps count or the ledger is away.
func (s *Server) spendOf(ctx context.Context, k *snapshot.Key) *money.USD {
	usage := s.usage()
	if usage == nil {
		return nil
	}
	spent, err := usage.KeySpend(ctx, k.ID)
	if err != nil {
		s.options.Log.V(1).Info("answering about a key without its spend", "key", k.ID, "error", err.Error())
		return nil
	}
	return &spent
}
