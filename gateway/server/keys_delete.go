package server

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/fairlead-dev/fairlead/gateway/fault"
	"github.com/fairlead-dev/fairlead/gateway/keyapi"
	"github.com/fairlead-dev/fairlead/gateway/keystore"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
)

// doomed is a key that is to be deleted.
type doomed struct {
	name string
	// key is nil where it is not in service.
	key *snapshot.Key
}

// id names the key in the answer.
func (d *doomed) id() string {
	if d.key == nil {
		return d.name
	}
	return d.key.ID
}

// deleteKeys deletes keys and answers once this replica refuses them; the others hear of it at the same time. Where one of the keys is
// not there or not the store's, none is deleted.
func (s *Server) deleteKeys(w http.ResponseWriter, r *http.Request, snap *snapshot.Snapshot, body []byte) error {
	ask, err := keyapi.ParseRemove(body)
	if err != nil {
		return err
	}
	all, err := s.doom(r, snap, ask)
	if err != nil {
		return err
	}
	ids := make([]string, len(all))
	for i := range all {
		ids[i] = all[i].id()
		if err := s.options.Keys.Delete(r.Context(), all[i].name); err != nil && !errors.Is(err, keystore.ErrNotFound) {
			return s.storeFault(err)
		}
		s.options.Log.Info("deleted a key", "key", ids[i], "name", all[i].name)
	}
	if !s.awaitKeys(r.Context(), func(keys *snapshot.Keys) bool { return gone(keys, all) }) {
		return &fault.Error{
			Status: http.StatusServiceUnavailable, Code: codeKeyStoreAway, RetryAfter: keyStoreAwayFor,
			Message: "The keys are deleted, but this replica has not heard of it yet.",
		}
	}
	return writeJSON(w, http.StatusOK, keyapi.Removed(ids))
}

// doom finds all that the request names. A key that is named twice is deleted once.
func (s *Server) doom(r *http.Request, snap *snapshot.Snapshot, ask *keyapi.Remove) ([]doomed, error) {
	var all []doomed
	seen := map[string]bool{}
	add := func(d doomed) {
		if !seen[d.name] {
			seen[d.name] = true
			all = append(all, d)
		}
	}
	for i, named := range ask.Keys {
		param := fmt.Sprintf("keys[%d]", i)
		k := findKey(snap, named)
		if k == nil {
			return nil, noSuchKey(param)
		}
		if k.Namespace != s.options.Keys.Namespace() {
			return nil, elsewhere(param, k)
		}
		add(doomed{name: k.Name, key: k})
	}
	for i, alias := range ask.Aliases {
		d, err := s.doomAlias(r.Context(), snap, alias, fmt.Sprintf("key_aliases[%d]", i))
		if err != nil {
			return nil, err
		}
		add(d)
	}
	return all, nil
}

// doomAlias finds a key by what people call it, which the store knows even of one that is not in service.
func (s *Server) doomAlias(ctx context.Context, snap *snapshot.Snapshot, alias, param string) (doomed, error) {
	if alias == "" {
		return doomed{}, noSuchKey(param)
	}
	name := keystore.NameOf(alias, "")
	if _, err := s.options.Keys.Get(ctx, name); errors.Is(err, keystore.ErrNotFound) {
		return doomed{}, noSuchKey(param)
	} else if err != nil {
		return doomed{}, s.storeFault(err)
	}
	return doomed{name: name, key: snap.Keys.Find(s.options.Keys.Namespace() + "/" + name)}, nil
}

// elsewhere is for a key that somebody else keeps, and would make again.
func elsewhere(param string, k *snapshot.Key) *fault.Error {
	return &fault.Error{
		Status: http.StatusForbidden, Code: codeKeyElsewhere, Param: param,
		Message: fmt.Sprintf("The key is that of GatewayKey %s/%s, which is not kept by this gateway. Delete it there.", k.Namespace, k.Name),
	}
}

// gone says whether none of the keys is served any more.
func gone(keys *snapshot.Keys, all []doomed) bool {
	for _, d := range all {
		if d.key != nil && keys.Find(d.key.ID) != nil {
			return false
		}
	}
	return true
}
