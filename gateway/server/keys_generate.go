package server

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"net/http"
	"time"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/fault"
	"github.com/fairlead-dev/fairlead/gateway/keyapi"
	"github.com/fairlead-dev/fairlead/gateway/keystore"
	"github.com/fairlead-dev/fairlead/gateway/money"
	"github.com/fairlead-dev/fairlead/gateway/policy"
	"github.com/fairlead-dev/fairlead/gateway/proxy"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
)

// generateKey makes a key and answers once it works: here for certain, and everywhere unless that takes longer than a client should
// wait. The answer is the only place where the key ever stands. Where no answer can be given the key is taken back, for nobody has it.
func (s *Server) generateKey(w http.ResponseWriter, r *http.Request, snap *snapshot.Snapshot, body []byte) error {
	ask, err := keyapi.ParseGenerate(body, time.Now())
	if err != nil {
		return err
	}
	if ask.Secret == "" {
		ask.Secret = newSecret()
	}
	digest := policy.Digest(snap.Keys.Pepper, ask.Secret)
	if digest == snap.Keys.Master || snap.Keys.Key(digest[:]) != nil {
		return s.storeFault(keystore.ErrExists)
	}
	k := &ask.Key
	k.Digest = v1alpha1.KeyDigest(hex.EncodeToString(digest[:]))
	k.Name = keystore.NameOf(k.Alias, k.Digest)
	if err := s.options.Keys.Create(r.Context(), k); err != nil {
		return s.storeFault(err)
	}
	served, err := s.awaitKey(r.Context(), k.Name, digest[:])
	if err != nil {
		s.takeBack(r.Context(), k.Name)
		return err
	}
	s.options.Log.Info("made a key", "key", served.ID, "name", served.Name)
	k.Alias, k.Created = alias(k), time.Now().Truncate(time.Second)
	return writeJSON(w, http.StatusOK, keyapi.Generated(ask.Secret, keyapi.FactsOf(served, &k.Record, new(money.USD)), ask.Ignored))
}

// newSecret makes a key that nobody guesses.
func newSecret() string {
	var random [32]byte
	// crypto/rand.Read never fails: it ends the process where the system has no randomness.
	_, _ = rand.Read(random[:])
	return "sk-" + base64.RawURLEncoding.EncodeToString(random[:])
}

// alias is what answers call the key: its name where nobody has named it.
func alias(k *keystore.Key) string {
	if k.Alias == "" {
		return k.Name
	}
	return k.Alias
}

// awaitKey waits for a key that was recorded to work.
func (s *Server) awaitKey(ctx context.Context, name string, digest []byte) (served *snapshot.Key, err error) {
	patience, cancel := context.WithTimeout(ctx, keyPatience)
	defer cancel()
	err = s.options.Keys.Await(patience, name)
	switch {
	case ctx.Err() != nil:
		return nil, proxy.ErrClientGone
	case errors.Is(err, keystore.ErrRefused), errors.Is(err, keystore.ErrNotFound):
		return nil, s.storeFault(err)
	}
	found := s.awaitKeys(ctx, func(keys *snapshot.Keys) bool {
		served = keys.Key(digest)
		return served != nil
	})
	if !found {
		return nil, &fault.Error{
			Status: http.StatusServiceUnavailable, Code: codeKeyNotServed, RetryAfter: keyStoreAwayFor,
			Message: "The key was recorded but did not come into service in time, and was taken back. Is the operator running?",
		}
	}
	return served, nil
}

// takeBack deletes a key that nobody was told, even if the client is gone.
func (s *Server) takeBack(ctx context.Context, name string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), keyPatience)
	defer cancel()
	if err := s.options.Keys.Delete(ctx, name); err != nil && !errors.Is(err, keystore.ErrNotFound) {
		s.options.Log.Error(err, "taking back a key that nobody was told; delete its GatewayKey", "name", name)
	}
}
