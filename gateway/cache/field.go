package cache

import (
	"bytes"
	"encoding/json"

	"github.com/fairlead-dev/fairlead/gateway/fault"
	"github.com/fairlead-dev/fairlead/gateway/jsonscan"
)

// fieldCache is the member of a request that is for the cache.
const fieldCache = "cache"

// Range is a part of a body, from Start to End.
type Range struct{ Start, End int }

// Empty says that there is no such part.
func (r Range) Empty() bool { return r.End <= r.Start }

// Cut is the body without the part. It is the body itself where the part is empty, and else a copy.
func (r Range) Cut(body []byte) []byte {
	if r.Empty() {
		return body
	}
	short := make([]byte, 0, len(body)-(r.End-r.Start))
	return append(append(short, body[:r.Start]...), body[r.End:]...)
}

// member reads the body's member.
func (d *Directives) member(body []byte) (Range, error) {
	if !mentions(body) {
		return Range{}, nil
	}
	value, field := find(body)
	if field.Empty() || string(value) == "null" {
		return field, nil
	}
	if value[0] != '{' {
		return Range{}, fault.Invalid(fault.CodeInvalidType, fieldCache, "'cache' must be an object or null.")
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(value, &members); err != nil {
		return Range{}, fault.Invalid(fault.CodeInvalidJSON, fieldCache, "'cache' must be an object or null.")
	}
	return field, d.object(members)
}

// mentions says whether the name is anywhere in the body: spelt out, or with an escape of one of its letters, all of which begin alike.
func mentions(body []byte) bool {
	return bytes.Contains(body, []byte(`"`+fieldCache+`"`)) || bytes.Contains(body, []byte(`\u006`))
}

// find returns the value of the member and where the member stands, with the comma that goes with it.
func find(body []byte) (value []byte, field Range) {
	r := reader{b: body}
	r.peek()
	r.i++
	for before := r.i; r.peek() == '"'; {
		start := r.i
		name, escaped := r.quoted()
		found := string(name) == `"`+fieldCache+`"` || escaped && string(jsonscan.AppendText(nil, name)) == fieldCache
		r.peek()
		r.i++ // the colon
		r.peek()
		from := r.i
		r.skip()
		end := r.i
		comma := r.peek() == ','
		switch {
		case found && comma && body[before] != ',':
			return body[from:end], Range{start, r.i + 1}
		case found && body[before] == ',':
			return body[from:end], Range{before, end}
		case found:
			return body[from:end], Range{start, end}
		}
		before = r.i
		r.i++
	}
	return nil, Range{}
}

// object reads the members of `cache`.
func (d *Directives) object(members map[string]json.RawMessage) error {
	use := true
	m := fieldReader{members: members}
	m.boolean("no-cache", &d.NoCache)
	m.boolean("no-store", &d.NoStore)
	m.boolean("use-cache", &use)
	if !use {
		d.NoCache, d.NoStore = true, true
	}
	m.seconds("ttl", func(s float64) {
		d.TTL = duration(s)
		d.NoStore = d.NoStore || d.TTL == 0
	})
	m.seconds("s-maxage", d.age)
	m.seconds("s-max-age", d.age)
	m.text("namespace", &d.Namespace)
	if m.err != nil {
		return m.err
	}
	return nil
}

// fieldReader reads members of `cache` and keeps the first mistake. A member that is null is none.
type fieldReader struct {
	members map[string]json.RawMessage
	err     *fault.Error
}

func (m *fieldReader) into(name string, v any, want string) bool {
	raw := m.members[name]
	if raw == nil || string(raw) == "null" {
		return false
	}
	if err := json.Unmarshal(raw, v); err != nil {
		m.wrong(name, want)
		return false
	}
	return true
}

func (m *fieldReader) wrong(name, want string) {
	if m.err == nil {
		path := fieldCache + "." + name
		m.err = fault.Invalid(fault.CodeInvalidType, path, "'%s' must be %s or null.", path, want)
	}
}

// boolean reads a true into on where on stands for false, and a false where it stands for true: what the header said is not taken back.
func (m *fieldReader) boolean(name string, on *bool) {
	var b bool
	if m.into(name, &b, "a boolean") && (b || name == "use-cache") {
		*on = b
	}
}

func (m *fieldReader) text(name string, s *string) { m.into(name, s, "a string") }

func (m *fieldReader) seconds(name string, use func(float64)) {
	const want = "a number of seconds, 0 or more,"
	var s float64
	switch ok := m.into(name, &s, want); {
	case !ok:
	case s < 0:
		m.wrong(name, want)
	default:
		use(s)
	}
}
