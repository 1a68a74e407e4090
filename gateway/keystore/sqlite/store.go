package sqlite

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"sync"
	"time"

	sqlite "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/keystore"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
	"github.com/fairlead-dev/fairlead/gateway/watch"
)

// Namespace is where the keys of a Store seem to be: they are in no manifest.
const Namespace = "fairlead-keys"

// pepperSize is the length of the pepper in bytes.
const pepperSize = 32

// schema of the file. It has a version of its own in user_version, so that a newer file is told from a broken one.
const (
	schemaVersion = 1
	schema        = `
CREATE TABLE IF NOT EXISTS keys (name TEXT PRIMARY KEY, digest TEXT NOT NULL UNIQUE, policy TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS peppers (pepper BLOB NOT NULL) STRICT;
PRAGMA user_version = 1;`
)

// Store keeps keys in a file and in memory. It is safe for concurrent use.
type Store struct {
	db      *sql.DB
	pepper  []byte
	changed chan struct{}

	mu   sync.Mutex
	keys map[string]*keystore.Key
	// policies are made once for each key and gateway, because a snapshot takes an equal pointer for an unchanged key.
	policies map[string]*v1alpha1.KeyPolicy
	gateway  string
}

// Open opens the file at path, which is made where there is none; nobody but its owner can read it. The error says what is wrong with
// a file that cannot be used.
func Open(ctx context.Context, path string) (*Store, error) {
	db, err := open(path)
	if err != nil {
		return nil, fmt.Errorf("opening the keys in %s: %w", path, err)
	}
	s := &Store{db: db, changed: make(chan struct{}, 1), keys: map[string]*keystore.Key{}}
	if err := s.load(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("opening the keys in %s: %w", path, err), db.Close())
	}
	return s, nil
}

func open(path string) (*sql.DB, error) {
	// SQLite would make a file that others can read.
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := f.Close(); err != nil {
		return nil, err
	}
	settings := url.Values{"_pragma": {"busy_timeout(5000)", "journal_mode(WAL)", "synchronous(FULL)"}}
	db, err := sql.Open("sqlite", "file:"+url.PathEscape(path)+"?"+settings.Encode())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	return db, nil
}

// load brings the file up to date and reads it.
func (s *Store) load(ctx context.Context) error {
	var version int
	if err := s.db.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
		return fmt.Errorf("reading the schema: %w", err)
	}
	if version > schemaVersion {
		return fmt.Errorf("expected schema %d at most, found %d: a newer version has written the file", schemaVersion, version)
	}
	if _, err := s.db.ExecContext(ctx, schema); err != nil {
		return fmt.Errorf("making the tables: %w", err)
	}
	if err := s.loadPepper(ctx); err != nil {
		return fmt.Errorf("reading the pepper: %w", err)
	}
	return s.loadKeys(ctx)
}

func (s *Store) loadPepper(ctx context.Context) error {
	err := s.db.QueryRowContext(ctx, "SELECT pepper FROM peppers").Scan(&s.pepper)
	if errors.Is(err, sql.ErrNoRows) {
		s.pepper = make([]byte, pepperSize)
		// rand.Read never fails: it ends the process instead.
		_, _ = rand.Read(s.pepper)
		_, err = s.db.ExecContext(ctx, "INSERT INTO peppers (pepper) VALUES (?)", s.pepper)
	}
	return err
}

func (s *Store) loadKeys(ctx context.Context) error {
	rows, err := s.db.QueryContext(ctx, "SELECT name, policy FROM keys")
	if err != nil {
		return fmt.Errorf("reading the keys: %w", err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var name string
		var policy []byte
		var k keystore.Key
		if err := rows.Scan(&name, &policy); err != nil {
			return fmt.Errorf("reading the keys: %w", err)
		}
		if err := json.Unmarshal(policy, &k); err != nil {
			return fmt.Errorf("decoding the key %q: %w", name, err)
		}
		s.keys[name] = &k
	}
	return rows.Err()
}

// Close closes the file.
func (s *Store) Close() error { return s.db.Close() }

// Pepper is what the digests of the keys are made with, as long as there is the file. It is stored beside them: whoever has the file
// can try keys, and would need longer than there is time for one of 32 random bytes.
func (s *Store) Pepper() []byte { return s.pepper }

// Changed receives after each change of Keys.
func (s *Store) Changed() <-chan struct{} { return s.changed }

// Keys are those of gateway, which is namespace/name, in no order. A key that did not change has the same policy each time.
func (s *Store) Keys(gateway string) []snapshot.GatewayKey {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.policies == nil || s.gateway != gateway {
		s.gateway, s.policies = gateway, map[string]*v1alpha1.KeyPolicy{}
	}
	list := make([]snapshot.GatewayKey, 0, len(s.keys))
	for name, k := range s.keys {
		if s.policies[name] == nil {
			s.policies[name] = k.Policy(gateway)
		}
		list = append(list, snapshot.GatewayKey{Namespace: Namespace, Name: name, Created: k.Created, Policy: s.policies[name]})
	}
	return list
}

// Namespace is Namespace.
func (s *Store) Namespace() string { return Namespace }

// Create records a key. The error wraps keystore.ErrExists where there is one of that name or with that digest.
func (s *Store) Create(ctx context.Context, k *keystore.Key) error {
	kept := *k
	kept.Created = time.Now().UTC().Truncate(time.Second)
	policy, err := json.Marshal(&kept)
	if err != nil {
		return fmt.Errorf("encoding the key %q: %w", k.Name, err)
	}
	_, err = s.db.ExecContext(ctx, "INSERT INTO keys (name, digest, policy) VALUES (?, ?, ?)", k.Name, string(k.Digest), string(policy))
	if failure, ok := errors.AsType[*sqlite.Error](err); ok && failure.Code()&0xff == sqlite3.SQLITE_CONSTRAINT {
		err = keystore.ErrExists
	}
	if err != nil {
		return fmt.Errorf("recording the key %q: %w", k.Name, err)
	}
	s.change(func() { s.keys[k.Name] = &kept })
	return nil
}

// Await returns at once: this process is the only replica.
func (s *Store) Await(context.Context, string) error { return nil }

// Get returns what is known of a key. The error is keystore.ErrNotFound where there is none.
func (s *Store) Get(_ context.Context, name string) (*keystore.Record, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	k := s.keys[name]
	if k == nil {
		return nil, keystore.ErrNotFound
	}
	return &k.Record, nil
}

// Delete forgets a key. The error is keystore.ErrNotFound where there is none.
func (s *Store) Delete(ctx context.Context, name string) error {
	done, err := s.db.ExecContext(ctx, "DELETE FROM keys WHERE name = ?", name)
	if err != nil {
		return fmt.Errorf("deleting the key %q: %w", name, err)
	}
	if n, err := done.RowsAffected(); err == nil && n == 0 {
		return keystore.ErrNotFound
	}
	s.change(func() {
		delete(s.keys, name)
		delete(s.policies, name)
	})
	return nil
}

func (s *Store) change(edit func()) {
	s.mu.Lock()
	edit()
	s.mu.Unlock()
	watch.Signal(s.changed)
}
