package jsonscan

import (
	"bytes"
	"cmp"
	"hash/maphash"
	"slices"
)

// key is one key of an object: where its text lies, quotes included, and a hash of what it means.
type key struct {
	hash       uint64
	start, end int
}

// seed makes the hashes unpredictable, so that nobody can send keys that collide.
var seed = maphash.MakeSeed()

func newKey(b []byte, start, end int) key {
	k := key{start: start, end: end}
	k.hash = maphash.Bytes(seed, k.name(b))
	return k
}

// name is what the key means, its escapes resolved. It copies only where there are any.
func (k key) name(b []byte) []byte {
	return unquote(nil, b[k.start:k.end])
}

// repeated finds a key that means the same as an earlier one of the same object. Its cost is bounded for any number of keys,
// in time by sorting and in memory by what was allocated while reading: a few pairs are compared, many are sorted in place.
func repeated(b []byte, keys []key) (key, bool) {
	const few = 16
	if len(keys) > few {
		slices.SortFunc(keys, func(x, y key) int {
			return cmp.Or(cmp.Compare(x.hash, y.hash), cmp.Compare(x.start, y.start))
		})
	}
	for i, k := range keys {
		for _, later := range keys[i+1:] {
			if later.hash == k.hash && bytes.Equal(later.name(b), k.name(b)) {
				return later, true
			}
			if len(keys) > few && later.hash != k.hash {
				break
			}
		}
	}
	return key{}, false
}
