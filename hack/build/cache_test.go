package build

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func testCache(t *testing.T) *Cache {
	t.Helper()
	t.Setenv("FAIRLEAD_CACHE", t.TempDir())
	cache, err := OpenCache()
	if err != nil {
		t.Fatal(err)
	}
	return cache
}

func TestOpenCache(t *testing.T) {
	t.Setenv("FAIRLEAD_CACHE", "")
	t.Setenv("XDG_CACHE_HOME", "/var/cache/me")
	cache, err := OpenCache()
	if err != nil || cache.Dir() != "/var/cache/me/fairlead" {
		t.Errorf("OpenCache() = %v, %v, want it below $XDG_CACHE_HOME", cache, err)
	}
}

func TestEntryIsMadeOnce(t *testing.T) {
	cache := testCache(t)
	var made, cachedCalls atomic.Int32
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			dir, cached, err := cache.Entry(t.Context(), "thing", NewKey("v1"), func(dir string) error {
				made.Add(1)
				return os.WriteFile(filepath.Join(dir, "content"), []byte("made"), 0o644)
			})
			if err != nil {
				t.Errorf("Entry() = %v", err)
				return
			}
			if cached {
				cachedCalls.Add(1)
			}
			if content, err := os.ReadFile(filepath.Join(dir, "content")); err != nil || string(content) != "made" {
				t.Errorf("content = %q, %v", content, err)
			}
		})
	}
	group.Wait()
	if made.Load() != 1 || cachedCalls.Load() != 3 {
		t.Errorf("made %d times and found %d times, want 1 and 3", made.Load(), cachedCalls.Load())
	}
}

func TestEntryThatFailsLeavesNothing(t *testing.T) {
	cache := testCache(t)
	broken := errors.New("no compiler")
	if _, _, err := cache.Entry(t.Context(), "thing", NewKey("v1"), func(string) error { return broken }); !errors.Is(err, broken) {
		t.Fatalf("Entry() = %v, want the error of what makes it", err)
	}
	left, err := filepath.Glob(filepath.Join(cache.Dir(), "build", "*thing*"))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{filepath.Join(cache.Dir(), "build", ".thing.lock")}, left); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}

func TestEntryRemovesWhatAKilledBuildLeft(t *testing.T) {
	cache := testCache(t)
	left := filepath.Join(cache.Dir(), "build", ".thing.new-123")
	if err := os.MkdirAll(left, 0o755); err != nil {
		t.Fatal(err)
	}
	if _, _, err := cache.Entry(t.Context(), "thing", NewKey("v1"), func(string) error { return nil }); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(left); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("Stat(%s) = %v, want it gone", left, err)
	}
}

func TestEntryKeepsTheLastUsed(t *testing.T) {
	cache := testCache(t)
	entry := func(name, version string) string {
		dir, _, err := cache.Entry(t.Context(), name, NewKey(version), func(string) error { return nil })
		if err != nil {
			t.Fatal(err)
		}
		return dir
	}
	other := entry("thing-other", "v1")
	dirs := make([]string, 0, kept+1)
	for i := range kept + 1 {
		dir := entry("thing", strconv.Itoa(i))
		age := time.Now().Add(time.Duration(i-100) * time.Minute)
		if err := os.Chtimes(dir, age, age); err != nil {
			t.Fatal(err)
		}
		dirs = append(dirs, dir)
	}
	if got := entry("thing", "0"); got != dirs[0] { // gone since the last one was made, so this makes it again and pushes out number 1
		t.Fatalf("Entry() = %s, want %s", got, dirs[0])
	}
	for dir, want := range map[string]bool{dirs[0]: true, dirs[1]: false, dirs[2]: true, dirs[3]: true, other: true} {
		if _, err := os.Stat(dir); (err == nil) != want {
			t.Errorf("%s is there: %t, want %t", filepath.Base(dir), err == nil, want)
		}
	}
}

func TestLockGivesUpWithItsContext(t *testing.T) {
	cache := testCache(t)
	release, err := cache.Lock(t.Context(), "one")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := cache.Lock(ctx, "one"); !errors.Is(err, context.Canceled) {
		t.Errorf("Lock() of a taken lock = %v, want %v", err, context.Canceled)
	}
	release()
	again, err := cache.Lock(t.Context(), "one")
	if err != nil {
		t.Fatalf("Lock() of a released lock = %v", err)
	}
	again()
}
