package cache

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"slices"

	"github.com/fairlead-dev/fairlead/gateway/jsonscan"
)

// Each value is written in a form that only equal values share, and that no other begins with: a word is its first letter; a number is
// described at its method; a string is tagText, four bytes of length and what it means; an array is its elements between brackets; an
// object its members, each a string and a value, between braces, in the order of those bytes.
//
// A form of more than foldAbove bytes is replaced by tagFold and its hash. That bounds what the members of an object take, and so what
// sorting them costs at each level, whatever is sent.
const (
	tagText   = 'S'
	tagNumber = 'N'
	tagRaw    = 'R'
	tagFold   = '#'

	// foldAbove is in bytes; it is larger than what replaces a form.
	foldAbove = 512
	// textLength is how many bytes the length of a string takes.
	textLength = 4
)

// pathResponses is the path of OpenAI's Responses API, whose answers repeat what the request says of its caller.
// Source: https://platform.openai.com/docs/api-reference/responses/object
const pathResponses = "/responses"

// normal writes the normalised form of a request.
type normal struct {
	reader
	// echoes says that the answer repeats members which say who asks.
	echoes bool
	out    []byte
	// members of the objects that are open, the innermost object's last.
	members []member
	// sorted is where the members of an object are put in order.
	sorted []byte
}

// member is where the form of a member stands in the output.
type member struct{ start, end int }

// ignored says whether a member of the top-level object leaves the answer as it is: it is for the cache, or says who asks.
func (n *normal) ignored(name []byte) bool {
	switch string(name) {
	case "cache":
		return true
	case "user", "metadata", "safety_identifier", "prompt_cache_key":
		return !n.echoes
	}
	return bytes.HasPrefix(name, []byte("litellm_"))
}

// top writes the top-level object.
func (n *normal) top() { n.object(n.ignored) }

func (n *normal) value() {
	start := len(n.out)
	switch c := n.peek(); c {
	case '{':
		n.object(nil)
	case '[':
		n.array()
	case '"':
		n.text()
	case 't', 'f', 'n':
		n.out = append(n.out, c)
		n.plain()
	default:
		n.number()
	}
	n.fold(start)
}

// fold replaces the form that begins at start if it is long.
func (n *normal) fold(start int) {
	if len(n.out)-start <= foldAbove {
		return
	}
	sum := sha256.Sum256(n.out[start:])
	n.out = append(append(n.out[:start], tagFold), sum[:]...)
}

// next goes on to the next element or member, and says whether there is one before what closes the value.
func (n *normal) next(closing byte) bool {
	c := n.peek()
	if c == ',' {
		n.i++
		c = n.peek()
	}
	if c == closing || c == 0 {
		n.i++
		return false
	}
	return true
}

func (n *normal) array() {
	n.out = append(n.out, '[')
	n.i++
	for n.next(']') {
		n.value()
	}
	n.out = append(n.out, ']')
}

// object leaves out the members whose names skip says, if there is one.
func (n *normal) object(skip func(name []byte) bool) {
	n.out = append(n.out, '{')
	n.i++
	start, first := len(n.out), len(n.members)
	for n.next('}') {
		from := len(n.out)
		n.text()
		skipped := skip != nil && skip(n.out[from+1+textLength:])
		n.fold(from)
		n.peek()
		n.i++ // the colon
		if skipped {
			n.out = n.out[:from]
			n.peek()
			n.skip()
			continue
		}
		n.value()
		n.members = append(n.members, member{from, len(n.out)})
	}
	n.sort(start, n.members[first:])
	n.members = n.members[:first]
	n.out = append(n.out, '}')
}

// sort puts the members, which the output has from start on, in order.
func (n *normal) sort(start int, members []member) {
	order := func(a, b member) int { return bytes.Compare(n.out[a.start:a.end], n.out[b.start:b.end]) }
	if slices.IsSortedFunc(members, order) {
		return
	}
	slices.SortFunc(members, order)
	n.sorted = n.sorted[:0]
	for _, m := range members {
		n.sorted = append(n.sorted, n.out[m.start:m.end]...)
	}
	copy(n.out[start:], n.sorted)
}

// text writes a string.
func (n *normal) text() {
	s, escaped := n.quoted()
	n.out = append(n.out, tagText, 0, 0, 0, 0)
	start := len(n.out)
	if escaped {
		n.out = jsonscan.AppendText(n.out, s)
	} else {
		n.out = append(n.out, s[1:len(s)-1]...)
	}
	binary.BigEndian.PutUint32(n.out[start-textLength:], uint32(len(n.out)-start))
}
