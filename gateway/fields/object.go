// Package fields reads the JSON objects of a request member by member and knows what was left: what nobody took out is something
// that nobody translated.
package fields

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/fairlead-dev/fairlead/gateway/fault"
)

// Object is one object of a request. Reading takes its members out one after another. The first mistake of the client is kept and
// stops nothing, so that a translation reads like a list; Err has it in the end.
//
// It is decoded level by level with the newer JSON package, because encoding/json reads each level twice, and byte by byte.
type Object struct {
	// at is where the object lies in the request: empty for the request itself, else as `messages[0]`.
	at      string
	members map[string]jsontext.Value
	first   *first
}

// first is the first mistake in the request.
type first struct{ err *fault.Error }

// Read returns the top-level object of body, which was scanned before: the error is for a body that is no object.
func Read(body []byte) (*Object, error) {
	o := &Object{first: new(first)}
	if err := jsonv2.Unmarshal(body, &o.members); err != nil {
		return nil, fmt.Errorf("decoding a request that was scanned: %w", err)
	}
	return o, nil
}

// Err is the client's first mistake in the whole request, or nil.
func (o *Object) Err() error {
	if o.first.err == nil {
		return nil
	}
	return o.first.err
}

// Path is how the client's request spells a member of this object.
func (o *Object) Path(name string) string {
	if o.at == "" {
		return name
	}
	return o.at + "." + name
}

// At is where the object lies in the request, empty for the request itself.
func (o *Object) At() string { return o.at }

// Fail notes a mistake.
func (o *Object) Fail(err *fault.Error) {
	if o.first.err == nil {
		o.first.err = err
	}
}

// Invalid notes that a member cannot have the value that it has. The message begins with its path.
func (o *Object) Invalid(name, format string, args ...any) {
	o.Fail(fault.Invalid(fault.CodeInvalidValue, o.Path(name), "'%s' "+format, append([]any{o.Path(name)}, args...)...))
}

// Unsupported notes that a member asks for something that cannot be translated, and that could not be left out either.
func (o *Object) Unsupported(name, why string) { o.Fail(fault.Unsupported(o.Path(name), why)) }

// Missing notes that a member is required.
func (o *Object) Missing(name string) {
	o.Fail(fault.Invalid(fault.CodeMissingParameter, o.Path(name), "'%s' is required.", o.Path(name)))
}

// WrongType notes that a member must be what want says.
func (o *Object) WrongType(name, want string) {
	o.Fail(fault.Invalid(fault.CodeInvalidType, o.Path(name), "'%s' must be %s.", o.Path(name), want))
}

// Has says whether a member is still there and not null.
func (o *Object) Has(name string) bool {
	raw := o.members[name]
	return raw != nil && string(raw) != "null"
}

// First is the first byte of a member's value: its type. 0 where there is none.
func (o *Object) First(name string) byte {
	if raw := o.members[name]; len(raw) > 0 {
		return raw[0]
	}
	return 0
}

// Peek is a member's value as it is, nil where there is none or it is null. The member stays to be taken out.
func (o *Object) Peek(name string) json.RawMessage {
	if !o.Has(name) {
		return nil
	}
	return json.RawMessage(o.members[name])
}

// Raw takes a member out as it is, nil where there is none or it is null.
func (o *Object) Raw(name string) json.RawMessage {
	raw := o.members[name]
	delete(o.members, name)
	if string(raw) == "null" {
		return nil
	}
	return json.RawMessage(raw)
}

// Into takes a member out and decodes it, and says whether there was one. want is for the message when it has another type.
func (o *Object) Into(name string, v any, want string) bool {
	raw := o.Raw(name)
	if raw == nil {
		return false
	}
	if err := jsonv2.Unmarshal(raw, v); err != nil {
		o.WrongType(name, want)
		return false
	}
	return true
}

// Text takes a string out, empty where there is none. Most have no escapes: the request was scanned, so that they are what they say.
func (o *Object) Text(name string) string {
	raw := o.members[name]
	if raw == nil {
		return ""
	}
	if raw[0] == '"' && bytes.IndexByte(raw, '\\') < 0 {
		delete(o.members, name)
		return string(raw[1 : len(raw)-1])
	}
	var s string
	o.Into(name, &s, "a string")
	return s
}

// Bool takes a boolean out, nil where there is none.
func (o *Object) Bool(name string) *bool {
	if !o.Has(name) {
		return nil
	}
	var b bool
	if !o.Into(name, &b, "a boolean") {
		return nil
	}
	return &b
}

// Int takes an integer out, 0 where there is none.
func (o *Object) Int(name string) int64 {
	if !o.Has(name) {
		return 0
	}
	var n int64
	o.Into(name, &n, "an integer")
	return n
}

// Checked takes a member out as it is, after making sure that it decodes into v.
func (o *Object) Checked(name string, v any, want string) json.RawMessage {
	raw := o.members[name]
	if !o.Into(name, v, want) {
		return nil
	}
	return json.RawMessage(raw)
}

// Schema takes a JSON object out as it is, nil where there is none.
func (o *Object) Schema(name string) json.RawMessage {
	if !o.Has(name) {
		return nil
	}
	var object map[string]json.RawMessage
	return o.Checked(name, &object, "an object")
}

// Object takes an object out, nil where there is none.
func (o *Object) Object(name string) *Object {
	if !o.Has(name) {
		return nil
	}
	inner := &Object{at: o.Path(name), first: o.first}
	if !o.Into(name, &inner.members, "an object") {
		return nil
	}
	return inner
}

// Objects takes a list of objects out.
func (o *Object) Objects(name string) []*Object {
	if tooMany(o.members[name]) {
		o.Invalid(name, "must have at most %d elements.", maxObjects)
		o.Drop(name)
		return nil
	}
	var list []map[string]jsontext.Value
	o.Into(name, &list, "an array of objects")
	inner := make([]*Object, len(list))
	for i, members := range list {
		inner[i] = &Object{at: fmt.Sprintf("%s[%d]", o.Path(name), i), members: members, first: o.first}
	}
	return inner
}

// maxObjects is how many elements a list of objects may have: an empty one takes three bytes of the body, and a hundred times that here.
const maxObjects = 100_000

// tooMany says whether a list has more than maxObjects elements. Most are too short for it.
func tooMany(list jsontext.Value) bool {
	const shortest = len("{},")
	if len(list) < shortest*maxObjects {
		return false
	}
	dec, n := jsontext.NewDecoder(bytes.NewReader(list)), 0
	if _, err := dec.ReadToken(); err != nil {
		return false
	}
	for dec.PeekKind() != ']' && dec.SkipValue() == nil {
		n++
	}
	return n > maxObjects
}

// Strings takes out a list of strings, or one string as a list.
func (o *Object) Strings(name string) []string {
	if o.First(name) == '"' {
		return []string{o.Text(name)}
	}
	if !o.Has(name) {
		return nil
	}
	var list []string
	o.Into(name, &list, "a string or an array of strings")
	return list
}

// Is takes a member out and says whether it is absent, null, or one of values, which are compact JSON.
func (o *Object) Is(name string, values ...string) bool {
	raw := o.Raw(name)
	if raw == nil {
		return true
	}
	var compact bytes.Buffer
	return json.Compact(&compact, raw) == nil && slices.Contains(values, compact.String())
}

// Drop takes members out that say nothing which anybody would miss.
func (o *Object) Drop(names ...string) {
	for _, n := range names {
		delete(o.members, n)
	}
}

// Rest takes out all members that are left and not null, by name in alphabetical order.
func (o *Object) Rest(visit func(name string, value json.RawMessage)) {
	if len(o.members) == 0 {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(o.members)) {
		if raw := o.Raw(name); raw != nil {
			visit(name, raw)
		}
	}
}
