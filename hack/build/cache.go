// Package build makes every binary that the local cluster needs from source, once: a finished build is kept in a cache directory under a
// name that holds the hash of everything it was made from, so that a second run finds it and a changed input makes a new one.
package build

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// kept is how many builds of one name stay in the cache; a person who goes back and forth between two branches needs two.
const kept = 3

// Cache is a directory of finished builds. It may be shared by concurrent commands: builds of the same name wait for each other.
type Cache struct{ dir string }

// OpenCache returns the cache at $FAIRLEAD_CACHE, or else at "fairlead" in the user's cache directory ($XDG_CACHE_HOME or ~/.cache).
func OpenCache() (*Cache, error) {
	dir := os.Getenv("FAIRLEAD_CACHE")
	if dir == "" {
		base, err := os.UserCacheDir()
		if err != nil {
			return nil, fmt.Errorf("finding the cache directory (set FAIRLEAD_CACHE): %w", err)
		}
		dir = filepath.Join(base, "fairlead")
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("resolving the cache directory: %w", err)
	}
	return &Cache{dir: dir}, nil
}

// Dir is the absolute path of the cache. Other packages keep state of their own in folders beside "build".
func (c *Cache) Dir() string { return c.dir }

// Lock takes the lock called name, for whatever else must not happen twice at once, and returns what releases it. It waits for another
// holder, in this process or another, until the context ends.
func (c *Cache) Lock(ctx context.Context, name string) (release func(), err error) {
	root := filepath.Join(c.dir, "build")
	if err := os.MkdirAll(root, 0o755); err != nil {
		return nil, fmt.Errorf("making the build cache: %w", err)
	}
	release, err = lock(ctx, filepath.Join(root, "."+name+".lock"))
	if err != nil {
		return nil, fmt.Errorf("waiting for another command that holds the lock of %s: %w", name, err)
	}
	return release, nil
}

// Entry returns the directory that holds the build called name (letters, digits and dashes) with the given key, and whether it was
// there already. If it was not, fill is called to make its content in an empty directory, which then takes its place in one rename: an
// entry is complete or absent, whatever dies. Entries of the same name that have not been used for longest are removed.
func (c *Cache) Entry(ctx context.Context, name string, key *Key, fill func(dir string) error) (dir string, cached bool, err error) {
	sum, err := key.Sum()
	if err != nil {
		return "", false, fmt.Errorf("hashing what %s is built from: %w", name, err)
	}
	root := filepath.Join(c.dir, "build")
	dir = filepath.Join(root, name+"-"+sum)
	if touch(dir) == nil {
		return dir, true, nil
	}
	release, err := c.Lock(ctx, name)
	if err != nil {
		return "", false, err
	}
	defer release()
	if touch(dir) == nil { // built by whoever held the lock
		return dir, true, nil
	}
	if err := c.fill(root, name, dir, fill); err != nil {
		return "", false, err
	}
	return dir, false, prune(root, name)
}

// fill makes an entry aside and moves it into place. What a killed build of the same name left is removed first.
func (c *Cache) fill(root, name, dir string, fill func(string) error) error {
	left, err := filepath.Glob(filepath.Join(root, "."+name+".new-*"))
	if err != nil {
		return fmt.Errorf("looking for unfinished builds: %w", err)
	}
	for _, path := range left {
		if err := os.RemoveAll(path); err != nil {
			return fmt.Errorf("removing an unfinished build: %w", err)
		}
	}
	aside, err := os.MkdirTemp(root, "."+name+".new-")
	if err != nil {
		return fmt.Errorf("making a directory to build in: %w", err)
	}
	defer os.RemoveAll(aside)
	if err := os.Chmod(aside, 0o755); err != nil {
		return fmt.Errorf("opening the build directory to readers: %w", err)
	}
	if err := fill(aside); err != nil {
		return err
	}
	if err := os.Rename(aside, dir); err != nil {
		return fmt.Errorf("putting the build of %s into place: %w", name, err)
	}
	return nil
}

// touch marks an entry as used now; its error says that there is no such entry.
func touch(dir string) error {
	now := time.Now()
	return os.Chtimes(dir, now, now)
}

// prune removes all but the most recently used entries of one name.
func prune(root, name string) error {
	paths, err := filepath.Glob(filepath.Join(root, name+"-*"))
	if err != nil {
		return fmt.Errorf("looking for old builds: %w", err)
	}
	used := map[string]time.Time{}
	paths = slices.DeleteFunc(paths, func(path string) bool {
		hash := strings.TrimPrefix(filepath.Base(path), name+"-")
		info, err := os.Stat(path)
		if err == nil {
			used[path] = info.ModTime()
		}
		return err != nil || len(hash) != keyLength || !info.IsDir() // "kube-x-<hash>" is not an entry of "kube"
	})
	slices.SortFunc(paths, func(a, b string) int { return used[b].Compare(used[a]) })
	for _, path := range paths[min(kept, len(paths)):] {
		if err := os.RemoveAll(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("removing an old build: %w", err)
		}
	}
	return nil
}
