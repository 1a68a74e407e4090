package anthropic

import (
	"bytes"
	"encoding/json"
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/fairlead-dev/fairlead/gateway/fault"
)

// restrict makes of a JSON Schema one that Anthropic can hold a model to, its members in their order, since models write in that
// order. Constraints that are not supported are left out, and objects are closed; lost says that this lets through, or rules out,
// what the client's schema does not. An object that says nothing of other members loses nothing: models write none.
//
// The error is a *fault.Error for what is no schema.
// Source: https://platform.claude.com/docs/en/build-with-claude/structured-outputs#json-schema-limitations
func restrict(schema json.RawMessage) (restricted json.RawMessage, lost bool, err error) {
	var out bytes.Buffer
	r := &restriction{dec: jsontext.NewDecoder(bytes.NewReader(schema)), enc: jsontext.NewEncoder(&out)}
	r.schema()
	if r.err != nil {
		return nil, false, fault.Invalid(fault.CodeInvalidValue, "", "A JSON Schema of the request cannot be read: it is no valid JSON Schema.")
	}
	return bytes.TrimSpace(out.Bytes()), r.lost, nil
}

// restriction copies one schema. After an error it copies nothing.
type restriction struct {
	dec  *jsontext.Decoder
	enc  *jsontext.Encoder
	lost bool
	err  error
}

// unsupported are the keywords that Anthropic refuses.
func unsupported(keyword string) bool {
	return slices.Contains([]string{
		"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength", "maxLength", "pattern",
		"maxItems", "uniqueItems", "contains", "minContains", "maxContains", "prefixItems", "minProperties", "maxProperties",
		"patternProperties", "propertyNames", "dependentRequired", "dependentSchemas", "unevaluatedProperties", "unevaluatedItems",
		"not", "if", "then", "else",
	}, keyword)
}

// schema copies a schema, which may be true or false.
func (r *restriction) schema() {
	if r.err != nil {
		return
	}
	if r.dec.PeekKind() != '{' {
		r.copy()
		return
	}
	closed, object := false, false
	r.members(func(keyword string) {
		switch keyword {
		case "additionalProperties":
			closed = true
			r.additional()
		case "properties":
			object = true
			r.key(keyword)
			r.named()
		default:
			object = r.keyword(keyword) || object
		}
	}, func() {
		if object && !closed {
			r.key("additionalProperties")
			r.write(jsontext.False)
		}
	})
}

// keyword copies one keyword with its value, and says whether it makes the schema one of an object.
func (r *restriction) keyword(keyword string) (object bool) {
	if unsupported(keyword) {
		r.lost = true
		r.skip()
		return false
	}
	switch keyword {
	case "$defs", "definitions":
		r.key(keyword)
		r.named()
	case "items":
		r.key(keyword)
		r.schema()
	case "oneOf":
		// One of several is any of them: that no two fit is not checked.
		r.key("anyOf")
		r.list()
	case "anyOf", "allOf":
		r.key(keyword)
		r.list()
	default:
		return r.plain(keyword)
	}
	return false
}

// plain copies a keyword whose value is no schema.
func (r *restriction) plain(keyword string) (object bool) {
	value := r.value()
	switch {
	case keyword == "minItems" && string(value) != "0" && string(value) != "1":
		r.lost = true
		return false
	case keyword == "format" && !supportedFormat(string(value)):
		r.lost = true
		return false
	}
	r.key(keyword)
	r.writeValue(value)
	return keyword == "type" && bytes.Contains(value, []byte(`"object"`))
}

func supportedFormat(quoted string) bool {
	return slices.Contains([]string{
		`"date-time"`, `"time"`, `"date"`, `"duration"`, `"email"`, `"hostname"`, `"uri"`, `"ipv4"`, `"ipv6"`, `"uuid"`,
	}, quoted)
}

// additional closes an object: it has no members but those that are named.
func (r *restriction) additional() {
	if value := r.value(); string(value) != "false" {
		r.lost = true
	}
	r.key("additionalProperties")
	r.write(jsontext.False)
}

// named copies an object of schemas.
func (r *restriction) named() {
	if r.dec.PeekKind() != '{' {
		r.copy()
		return
	}
	r.members(func(name string) {
		r.key(name)
		r.schema()
	}, func() {})
}

// list copies an array of schemas.
func (r *restriction) list() {
	if r.err != nil || r.dec.PeekKind() != '[' {
		r.copy()
		return
	}
	r.copyToken()
	for r.err == nil && r.dec.PeekKind() != ']' {
		r.schema()
	}
	r.copyToken()
}

// members copies an object by means of each, which gets the key of each member and reads its value; last may write more members.
func (r *restriction) members(each func(key string), last func()) {
	r.copyToken()
	for r.err == nil && r.dec.PeekKind() != '}' {
		key, err := r.dec.ReadToken()
		if err != nil {
			r.err = err
			return
		}
		each(key.String())
	}
	last()
	r.copyToken()
}

func (r *restriction) key(name string) { r.write(jsontext.String(name)) }

func (r *restriction) copy() { r.writeValue(r.value()) }

func (r *restriction) skip() { r.value() }

func (r *restriction) value() jsontext.Value {
	if r.err != nil {
		return nil
	}
	value, err := r.dec.ReadValue()
	r.err = err
	return value
}

func (r *restriction) copyToken() {
	if r.err != nil {
		return
	}
	token, err := r.dec.ReadToken()
	if r.err = err; err == nil {
		r.write(token)
	}
}

func (r *restriction) write(token jsontext.Token) {
	if r.err == nil {
		r.err = r.enc.WriteToken(token)
	}
}

func (r *restriction) writeValue(value jsontext.Value) {
	if r.err == nil {
		r.err = r.enc.WriteValue(value)
	}
}
