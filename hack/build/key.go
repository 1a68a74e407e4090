package build

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// keyLength is the number of hex digits of a key's sum: 64 bits, far more than the few builds of one name need.
const keyLength = 16

// Key collects what a build depends on. The first error sticks and comes out of Sum, so that a key can be written as a chain.
type Key struct {
	hash hash.Hash
	err  error
}

// NewKey starts a key from texts such as the version of the compiler, flags and the names of packages. The order counts.
func NewKey(texts ...string) *Key { return (&Key{hash: sha256.New()}).Text(texts...) }

// Text adds texts; each is marked off, so that ("ab","c") and ("a","bc") differ.
func (k *Key) Text(texts ...string) *Key {
	for _, text := range texts {
		fmt.Fprintf(k.hash, "text %d %s\n", len(text), text)
	}
	return k
}

// Tree adds files and folders below root, by relative path, permission to execute and content. Folders are walked, leaving out what
// cannot end up in a binary: tests, testdata, dot files, and nested Go modules. The path of root itself does not count, so that two
// clones of a repository share builds.
func (k *Key) Tree(root string, paths ...string) *Key {
	for _, path := range paths {
		if k.err == nil {
			k.err = filepath.WalkDir(filepath.Join(root, path), func(file string, entry fs.DirEntry, err error) error {
				if err != nil {
					return err
				}
				return k.visit(root, filepath.Join(root, path), file, entry)
			})
		}
	}
	return k
}

// visit adds one file of a tree, or decides not to descend into a folder. What was named explicitly (start) is never left out.
func (k *Key) visit(root, start, file string, entry fs.DirEntry) error {
	if entry.IsDir() {
		if file != start && leftOut(file, entry) {
			return filepath.SkipDir
		}
		return nil
	}
	if file != start && (strings.HasPrefix(entry.Name(), ".") || strings.HasSuffix(entry.Name(), "_test.go")) {
		return nil
	}
	return k.file(root, file)
}

// leftOut reports whether a folder below the named one is none of the build's input.
func leftOut(dir string, entry fs.DirEntry) bool {
	if entry.Name() == "testdata" || strings.HasPrefix(entry.Name(), ".") {
		return true
	}
	_, err := os.Stat(filepath.Join(dir, "go.mod"))
	return err == nil
}

func (k *Key) file(root, path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	name, err := filepath.Rel(root, path)
	if err != nil {
		return err
	}
	fmt.Fprintf(k.hash, "file %q %t %d\n", filepath.ToSlash(name), info.Mode()&0o111 != 0, info.Size())
	_, err = io.Copy(k.hash, file)
	return err
}

// Sum returns the key as 16 hex digits, or the first error met while collecting.
func (k *Key) Sum() (string, error) {
	if k.err != nil {
		return "", k.err
	}
	return hex.EncodeToString(k.hash.Sum(nil))[:keyLength], nil
}
