package jsonscan

import (
	"bytes"
	"unicode/utf8"

	"github.com/fairlead-dev/fairlead/gateway/fault"
)

// MaxModelBytes is the longest name of a model that a request may hold.
const MaxModelBytes = 256

// Fields of a request that the gateway itself reads.
const (
	fieldModel         = "model"
	fieldStream        = "stream"
	fieldStreamOptions = "stream_options"
	fieldIncludeUsage  = "include_usage"
)

// field looks at one member of the top-level object.
func (s *scanner) field(k key, v value) *fault.Error {
	name := k.name(s.b)
	switch string(name) {
	case fieldModel:
		return s.model(v)
	case fieldStream:
		return s.stream(v)
	case fieldStreamOptions:
		return s.options(v)
	case s.spec.Content.Name:
		return s.content(v)
	}
	return s.ambiguous("", name, v, fieldModel, fieldStream, fieldStreamOptions, s.spec.Content.Name)
}

func (s *scanner) stream(v value) *fault.Error {
	if !s.spec.Stream || v.kind == kindNull {
		return nil
	}
	on, err := s.boolean(fieldStream, v)
	s.req.Stream = on
	return err
}

// options goes over stream_options, which is known to be good JSON, once more.
func (s *scanner) options(v value) *fault.Error {
	if !s.spec.StreamOptions {
		return nil
	}
	if v.kind == kindNull {
		s.req.SaysUsage = true
		return nil
	}
	if v.kind != kindObject {
		return s.wrongType(fieldStreamOptions, "an object or null", v)
	}
	s.req.StreamOptions = Span{v.start, v.end}
	after := s.i
	s.i = v.start
	err := s.members(s.option)
	s.i = after
	return err
}

// option looks at one member of stream_options.
func (s *scanner) option(k key, v value) *fault.Error {
	name := k.name(s.b)
	if string(name) == fieldIncludeUsage {
		s.req.SaysUsage = true
		_, err := s.boolean(fieldStreamOptions+"."+fieldIncludeUsage, v)
		return err
	}
	return s.ambiguous(fieldStreamOptions+".", name, v, fieldIncludeUsage)
}

func (s *scanner) model(v value) *fault.Error {
	if v.kind != kindString {
		return s.wrongType(fieldModel, "a string", v)
	}
	text := unquote(nil, s.b[v.start:v.end])
	switch {
	case len(text) == 0:
		return fault.Invalid(fault.CodeInvalidValue, fieldModel, "'model' must name a model, but it is empty.")
	case len(text) > MaxModelBytes:
		return fault.Invalid(fault.CodeInvalidValue, fieldModel,
			"'model' must be at most %d bytes long, but it has %d.", MaxModelBytes, len(text))
	}
	s.hasModel, s.req.Model = true, string(text)
	s.req.ModelStart, s.req.ModelEnd = v.start, v.end
	return nil
}

func (s *scanner) boolean(param string, v value) (bool, *fault.Error) {
	switch v.kind {
	case kindTrue:
		return true, nil
	case kindFalse, kindNull:
		return false, nil
	}
	return false, s.wrongType(param, "a boolean or null", v)
}

// content looks at the field that holds what the model is to work on.
func (s *scanner) content(v value) *fault.Error {
	c := s.spec.Content
	s.hasContent = true
	switch {
	case c.Name == "" || v.kind == kindNull && c.Optional:
		return nil
	case !c.admits(v.kind):
		return s.wrongType(c.Name, c.want(), v)
	case v.kind == kindArray && v.length == 0 && !c.Optional:
		return fault.Invalid(fault.CodeInvalidValue, c.Name, "'%s' must not be an empty array.", c.Name)
	case c.Objects && v.kind == kindArray && v.length > 0 && v.other != kindObject:
		return fault.Invalid(fault.CodeInvalidType, c.Name, "Every element of '%s' must be an object, but one is %s.", c.Name, v.other)
	}
	return nil
}

// ambiguous refuses a name that a reader which folds case would take for one of the fields, which lie at the path in.
func (s *scanner) ambiguous(in string, name []byte, v value, fields ...string) *fault.Error {
	if len(name) == 0 {
		return nil
	}
	for _, f := range fields {
		if f == "" {
			continue
		}
		if first := name[0] | 0x20; first != f[0] && first < utf8.RuneSelf {
			continue
		}
		if bytes.EqualFold(name, []byte(f)) {
			return fault.Invalid(fault.CodeAmbiguousKey, in+f,
				"The key '%s' (%s) differs from '%s' by case alone; spell it '%s'.", string(name), s.at(v.start), f, f)
		}
	}
	return nil
}

func (s *scanner) wrongType(param, want string, v value) *fault.Error {
	return fault.Invalid(fault.CodeInvalidType, param, "'%s' must be %s, but it is %s (%s).", param, want, v.kind, s.at(v.start))
}
