package sqlite

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/keystore"
)

const (
	digest  = v1alpha1.KeyDigest("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef")
	gateway = "default/main"
)

func opened(t *testing.T, path string) *Store {
	t.Helper()
	s, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func testKey() *keystore.Key {
	return &keystore.Key{
		Record: keystore.Record{Alias: "CI", Metadata: json.RawMessage(`{"a":1}`)}, Name: "ci", Digest: digest,
		Limit: &v1alpha1.RateLimit{Name: "key", Per: v1alpha1.LimitPerKey, Requests: 10, Window: "1m"}, Owner: "ann",
	}
}

func TestKeysOutliveTheProcess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "with space", "keys.db")
	if err := os.Mkdir(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	s := opened(t, path)
	if err := s.Create(t.Context(), testKey()); err != nil {
		t.Fatal(err)
	}
	before, pepper := s.Keys(gateway), s.Pepper()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = opened(t, path)
	if diff := cmp.Diff(before, s.Keys(gateway)); diff != "" {
		t.Errorf("after a restart (-before +after):\n%s", diff)
	}
	if len(pepper) != pepperSize || !bytes.Equal(pepper, s.Pepper()) {
		t.Error("the pepper is another one: no key would work any more")
	}
	got, err := s.Get(t.Context(), "ci")
	if err != nil || got.Alias != "CI" || string(got.Metadata) != `{"a":1}` || got.Created.IsZero() {
		t.Errorf("record %+v: %v", got, err)
	}
}

func TestOnlyTheOwnerReadsTheFiles(t *testing.T) {
	dir := t.TempDir()
	s := opened(t, filepath.Join(dir, "keys.db"))
	if err := s.Create(t.Context(), testKey()); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("files %v: %v", files, err)
	}
	for _, f := range files {
		if info, err := os.Stat(f); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: mode %v: %v", f, info.Mode(), err)
		}
	}
}

func TestEachChangeIsTold(t *testing.T) {
	s := opened(t, filepath.Join(t.TempDir(), "keys.db"))
	if err := s.Create(t.Context(), testKey()); err != nil {
		t.Fatal(err)
	}
	<-s.Changed()
	first, second := s.Keys(gateway), s.Keys(gateway)
	if len(first) != 1 || first[0].Policy != second[0].Policy {
		t.Errorf("a key that did not change has another policy: %v, %v", first, second)
	}
	if other := s.Keys("default/other"); other[0].Policy.Gateway != "default/other" {
		t.Errorf("policy for another gateway: %+v", other[0].Policy)
	}
	if err := s.Await(t.Context(), "ci"); err != nil {
		t.Error(err)
	}
	if err := s.Delete(t.Context(), "ci"); err != nil {
		t.Fatal(err)
	}
	<-s.Changed()
	if left := s.Keys(gateway); len(left) != 0 {
		t.Errorf("left after the deletion: %v", left)
	}
}

func TestRefusals(t *testing.T) {
	s := opened(t, filepath.Join(t.TempDir(), "keys.db"))
	ctx := t.Context()
	if err := s.Create(ctx, testKey()); err != nil {
		t.Fatal(err)
	}
	if err := s.Create(ctx, testKey()); !errors.Is(err, keystore.ErrExists) {
		t.Errorf("the same name: %v", err)
	}
	other := testKey()
	other.Name = "other"
	if err := s.Create(ctx, other); !errors.Is(err, keystore.ErrExists) {
		t.Errorf("the same digest: %v", err)
	}
	if err := s.Delete(ctx, "none"); !errors.Is(err, keystore.ErrNotFound) {
		t.Errorf("deleting what is not there: %v", err)
	}
	if _, err := s.Get(ctx, "none"); !errors.Is(err, keystore.ErrNotFound) {
		t.Errorf("getting what is not there: %v", err)
	}
}

func TestFilesThatCannotBeUsed(t *testing.T) {
	dir := t.TempDir()
	text := filepath.Join(dir, "text")
	if err := os.WriteFile(text, bytes.Repeat([]byte("this is no database\n"), 100), 0o600); err != nil {
		t.Fatal(err)
	}
	newer := filepath.Join(dir, "newer")
	s := opened(t, newer)
	if _, err := s.db.ExecContext(t.Context(), "PRAGMA user_version = 99"); err != nil {
		t.Fatal(err)
	}
	_ = s.Close()
	broken := filepath.Join(dir, "broken")
	s = opened(t, broken)
	if _, err := s.db.ExecContext(t.Context(), "INSERT INTO keys VALUES ('ci', 'd', '{')"); err != nil {
		t.Fatal(err)
	}
	_ = s.Close()
	for name, path := range map[string]string{
		"Directory": dir, "NoDirectory": filepath.Join(dir, "none", "keys"), "OtherFormat": text, "NewerSchema": newer, "BrokenRow": broken,
	} {
		t.Run(name, func(t *testing.T) {
			if s, err := Open(t.Context(), path); err == nil {
				_ = s.Close()
				t.Error("opened")
			}
		})
	}
}
