package cache

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
)

// MaxRequest is the largest body of a request whose answer is kept, in bytes: larger ones cost more to hash than they are likely to be
// asked for again.
const MaxRequest = 8 << 20

// Request is what an answer is looked up by.
type Request struct {
	// Alias is the ModelAlias, `namespace/name`, and Revision that of its route: an edit of the alias leaves its old answers behind.
	Alias, Revision string
	// Path is the protocol's own path, as protocol.Call has it, and Query what a provider sees of the query.
	Path, Query string
	// Model is the name that the client asked for, Protocol the one that it speaks.
	Model, Protocol string
	// Stream says that the answer is a stream.
	Stream bool
	// Scope is who shares the answer: empty for the whole gateway, else ScopeOf a key and its end user.
	Scope string
	// Namespace is Directives.Namespace.
	Namespace string
	// Header is the client's. Those of VaryHeaders count.
	Header http.Header
	// Body was scanned.
	Body []byte
}

// ScopeOf is the scope of what one end user of one key is answered. Either may be empty; no two pairs have the same scope.
func ScopeOf(keyID, user string) string { return strconv.Itoa(len(keyID)) + ":" + keyID + "/" + user }

// VaryHeaders are the headers of a request, in canonical form, that change its answer.
func VaryHeaders() [4]string {
	return [4]string{"Anthropic-Beta", "Anthropic-Version", "Openai-Beta", "X-Fairlead-Targets"}
}

// Key is what an answer is found under. It tells nothing of the request.
type Key [sha256.Size]byte

// domain keeps keys of this form apart from those of another.
const domain = "fairlead response cache 1"

// name is the key in Redis.
func (c *Cache) name(key Key) string {
	b := make([]byte, 0, 128)
	return string(hex.AppendEncode(append(b, c.prefix...), key[:]))
}

// KeyOf returns the key of a request, and false for one whose answer is not kept: its body is larger than MaxRequest, or no JSON object.
//
// Two requests have the same key exactly where all fields of Request but Body are the same, and the bodies are the same value of JSON
// after the members are left out that do not change an answer. Of an object the order does not count, of an array it does. Numbers are
// the same where they are the same decimal number: 1, 1.0 and 10e-1. (No rounding: 0.1 and 0.10000000000000000001 differ.) A member
// that is null differs from one that is not there.
func (c *Cache) KeyOf(r *Request) (Key, bool) {
	if len(r.Body) > MaxRequest {
		return Key{}, false
	}
	n := c.normals.Get().(*normal)
	defer c.normals.Put(n)
	n.begin(r)
	if n.peek() != '{' {
		return Key{}, false
	}
	n.top()
	return n.sum(), true
}

// begin writes all of the request but its body, each part with its length.
func (n *normal) begin(r *Request) {
	n.reader = reader{b: r.Body}
	n.echoes = strings.HasPrefix(r.Path, pathResponses)
	n.out = append(n.out[:0], domain...)
	for _, text := range [...]string{r.Alias, r.Revision, r.Path, r.Query, r.Model, r.Protocol, r.Scope, r.Namespace} {
		n.part(text)
	}
	for _, name := range VaryHeaders() {
		values := r.Header[name]
		n.out = binary.AppendUvarint(n.out, uint64(len(values)))
		for _, v := range values {
			n.part(v)
		}
	}
	stream := byte(0)
	if r.Stream {
		stream = 1
	}
	n.out = append(n.out, stream)
}

func (n *normal) part(text string) {
	n.out = append(binary.AppendUvarint(n.out, uint64(len(text))), text...)
}

// sum is the key of what was written. It gives up buffers that one large request made.
func (n *normal) sum() Key {
	const keep = 256 << 10
	key := Key(sha256.Sum256(n.out))
	n.reader = reader{}
	if cap(n.out) > keep {
		n.out = nil
	}
	if cap(n.sorted) > keep {
		n.sorted = nil
	}
	if cap(n.members) > keep/64 {
		n.members = nil
	}
	return key
}
