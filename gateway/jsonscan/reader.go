package jsonscan

import "github.com/fairlead-dev/fairlead/gateway/fault"

// MaxDepth is how deep the objects and arrays of a request may be nested. Real requests stay below 30; OpenAI's own limit for
// a tool's schema is 10 levels (https://platform.openai.com/docs/guides/structured-outputs).
const MaxDepth = 128

// MaxMembers is how many members the objects that are open at a place of a request may have in all. Each costs memory until its object
// ends, whatever it holds. The largest real objects are schemas and logit_bias, with a few thousand.
const MaxMembers = 100_000

// kind of a JSON value.
type kind uint8

const (
	kindNone kind = iota
	kindObject
	kindArray
	kindString
	kindNumber
	kindTrue
	kindFalse
	kindNull
)

// String is the kind as a message calls it.
func (k kind) String() string {
	return [...]string{"nothing", "an object", "an array", "a string", "a number", "true", "false", "null"}[k]
}

// value is one value that was read, its bytes from start to end.
type value struct {
	kind       kind
	start, end int
	// length is the number of elements of an array, other the kind of one of them: an element that is no object if there is one.
	length int
	other  kind
}

// reader goes over JSON once and checks it. Its methods start at b[i] and leave i after what they read.
type reader struct {
	b     []byte
	i     int
	depth int
	// keys of all objects that are open, the innermost object's last.
	keys []key
}

// value reads any value.
func (r *reader) value() (value, *fault.Error) {
	r.space()
	v := value{start: r.i}
	var err *fault.Error
	switch c := r.peek(); c {
	case '{':
		v.kind, err = kindObject, r.members(nil)
	case '[':
		err = r.array(&v)
	case '"':
		v.kind, err = kindString, r.text()
	case 't':
		v.kind, err = kindTrue, r.word("true")
	case 'f':
		v.kind, err = kindFalse, r.word("false")
	case 'n':
		v.kind, err = kindNull, r.word("null")
	default:
		v.kind, err = kindNumber, r.number()
	}
	v.end = r.i
	return v, err
}

// members reads an object and shows each of its members to visit, if there is one.
func (r *reader) members(visit func(k key, v value) *fault.Error) *fault.Error {
	if err := r.open(); err != nil {
		return err
	}
	first := len(r.keys)
	for r.space(); r.peek() != '}'; {
		if len(r.keys) > first {
			if err := r.comma('}'); err != nil {
				return err
			}
		}
		if err := r.member(visit); err != nil {
			return err
		}
		r.space()
	}
	if k, twice := repeated(r.b, r.keys[first:]); twice {
		return r.duplicate(k)
	}
	r.keys = r.keys[:first]
	r.close()
	return nil
}

func (r *reader) member(visit func(k key, v value) *fault.Error) *fault.Error {
	if r.peek() != '"' {
		return r.unexpected("a string as the key of an object")
	}
	start := r.i
	if err := r.text(); err != nil {
		return err
	}
	k := newKey(r.b, start, r.i)
	if len(r.keys) == MaxMembers {
		return fault.Invalid(fault.CodeTooManyMembers, "", "The request body has more than %d members in its objects at %s.", MaxMembers, r.at(start))
	}
	r.keys = append(r.keys, k)
	r.space()
	if r.peek() != ':' {
		return r.unexpected("':' after the key of an object")
	}
	r.i++
	v, err := r.value()
	if err != nil || visit == nil {
		return err
	}
	return visit(k, v)
}

func (r *reader) array(v *value) *fault.Error {
	v.kind = kindArray
	if err := r.open(); err != nil {
		return err
	}
	for r.space(); r.peek() != ']'; v.length++ {
		if v.length > 0 {
			if err := r.comma(']'); err != nil {
				return err
			}
		}
		e, err := r.value()
		if err != nil {
			return err
		}
		if v.length == 0 || v.other == kindObject {
			v.other = e.kind
		}
		r.space()
	}
	r.close()
	return nil
}

func (r *reader) open() *fault.Error {
	r.depth++
	if r.depth > MaxDepth {
		return fault.Invalid(fault.CodeTooDeep, "", "The request body is nested more than %d levels deep at %s.", MaxDepth, r.at(r.i))
	}
	r.i++
	return nil
}

func (r *reader) close() {
	r.depth--
	r.i++
}

// comma reads the comma between two members or elements, and makes sure that another one follows.
func (r *reader) comma(end byte) *fault.Error {
	if r.peek() != ',' {
		return r.unexpected("',' or '" + string(end) + "'")
	}
	r.i++
	r.space()
	if r.peek() == end {
		return r.unexpected("another value after ','")
	}
	return nil
}

func (r *reader) space() {
	for r.i < len(r.b) {
		switch r.b[r.i] {
		case ' ', '\t', '\n', '\r':
			r.i++
		default:
			return
		}
	}
}

// peek is the next byte, or 0 at the end. A 0 in the body is nowhere allowed, so the two need not be told apart.
func (r *reader) peek() byte {
	if r.i < len(r.b) {
		return r.b[r.i]
	}
	return 0
}
