package server

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/fault"
	"github.com/fairlead-dev/fairlead/gateway/keystore"
)

// badStore is a store in trouble. What it records never comes into service.
type badStore struct {
	created, awaited, got, deleted error
	kept                           int
}

func (b *badStore) Namespace() string { return "team-a" }

func (b *badStore) Create(context.Context, *keystore.Key) error {
	if b.created == nil {
		b.kept++
	}
	return b.created
}

func (b *badStore) Await(context.Context, string) error { return b.awaited }

func (b *badStore) Get(context.Context, string) (*keystore.Record, error) {
	return &keystore.Record{}, b.got
}

func (b *badStore) Delete(ctx context.Context, _ string) error {
	if b.deleted == nil && ctx.Err() == nil {
		b.kept--
	}
	return b.deleted
}

// ask serves one request without a network, so that a test's clock passes.
func (b *badStore) ask(ctx context.Context, t *testing.T, path, body string) *httptest.ResponseRecorder {
	t.Helper()
	tb := &table{}
	tb.Store(withKeys(v1alpha1.KeysRequired))
	s := New(Options{Snapshots: tb, Keys: b})
	w := httptest.NewRecorder()
	r := httptest.NewRequestWithContext(ctx, http.MethodPost, path, strings.NewReader(body))
	if path == "/key/info" {
		r = httptest.NewRequestWithContext(ctx, http.MethodGet, path+"?key="+issuedID(), nil)
	}
	r.Header.Set("Authorization", "Bearer "+testKey)
	s.Handler().ServeHTTP(w, r)
	return w
}

func TestKeyStoreInTrouble(t *testing.T) {
	away := errors.New("connection refused at 10.0.0.1")
	const one = `{"keys":["` + issuedKey + `"]}`
	for name, c := range map[string]struct {
		store      badStore
		path, body string
		status     int
		code       string
	}{
		"AwayAtCreate":       {badStore{created: away}, "/key/generate", `{}`, 503, codeKeyStoreAway},
		"RefusedByTheServer": {badStore{created: keystore.ErrRefused}, "/key/generate", `{}`, 400, fault.CodeInvalidValue},
		"RefusedByOperator":  {badStore{awaited: keystore.ErrRefused}, "/key/generate", `{}`, 400, fault.CodeInvalidValue},
		"DeletedMeanwhile":   {badStore{awaited: keystore.ErrNotFound}, "/key/generate", `{}`, 404, codeKeyNotFound},
		"NeverServed":        {badStore{}, "/key/generate", `{}`, 503, codeKeyNotServed},
		"NobodyJudges":       {badStore{awaited: context.DeadlineExceeded}, "/key/generate", `{}`, 503, codeKeyNotServed},
		"AwayAtDelete":       {badStore{deleted: away}, "/key/delete", one, 503, codeKeyStoreAway},
		"AwayAtAlias":        {badStore{got: away}, "/key/delete", `{"key_aliases":["a"]}`, 503, codeKeyStoreAway},
		"NotHeardOfDeletion": {badStore{kept: 1}, "/key/delete", one, 503, codeKeyStoreAway},
		"InfoWhileAway":      {badStore{got: away}, "/key/info", "", 200, `"metadata":null`},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := c.store.ask(t.Context(), t, c.path, c.body)
				if w.Code != c.status || !strings.Contains(w.Body.String(), c.code) {
					t.Errorf("%d %s, want %d %s", w.Code, w.Body, c.status, c.code)
				}
				if strings.Contains(w.Body.String(), "10.0.0.1") {
					t.Errorf("the answer tells an address: %s", w.Body)
				}
				if c.store.kept != 0 {
					t.Errorf("%d keys are left that nobody has", c.store.kept)
				}
			})
		})
	}
}

// TestKeyOfAClientThatWentIsTakenBack: nobody has it, so that nobody would delete it.
func TestKeyOfAClientThatWentIsTakenBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		b := &badStore{}
		defer func() {
			if cause, _ := recover().(error); !errors.Is(cause, http.ErrAbortHandler) {
				t.Errorf("the connection is not closed: %v", cause)
			}
			if b.kept != 0 {
				t.Errorf("%d keys are left", b.kept)
			}
		}()
		cancel()
		b.ask(ctx, t, "/key/generate", `{}`)
	})
}
