package openai

import (
	"bytes"
	"unicode/utf8"
)

// MaxModelBytes is the longest name of a model that a request may hold.
const MaxModelBytes = 256

// Fields of a request that the gateway itself reads.
const (
	fieldModel         = "model"
	fieldStream        = "stream"
	fieldStreamOptions = "stream_options"
	fieldIncludeUsage  = "include_usage"
	fieldMessages      = "messages"
	fieldPrompt        = "prompt"
	fieldInput         = "input"
)

// field looks at one member of the top-level object.
func (s *scanner) field(k key, v value) *Error {
	name := k.name(s.b)
	switch string(name) {
	case fieldModel:
		return s.model(v)
	case fieldStream:
		on, err := s.boolean(fieldStream, v)
		s.req.Stream = on
		return err
	case fieldStreamOptions:
		return s.options(v)
	case s.content():
		s.hasContent = true
		return s.checkContent(v)
	}
	return s.ambiguous("", name, v, fieldModel, fieldStream, fieldStreamOptions, s.content())
}

// options goes over stream_options, which is known to be good JSON, once more.
func (s *scanner) options(v value) *Error {
	if v.kind == kindNull {
		return nil
	}
	if v.kind != kindObject {
		return s.wrongType(fieldStreamOptions, "an object or null", v)
	}
	after := s.i
	s.i = v.start
	err := s.members(s.option)
	s.i = after
	return err
}

// option looks at one member of stream_options.
func (s *scanner) option(k key, v value) *Error {
	name := k.name(s.b)
	if string(name) == fieldIncludeUsage {
		on, err := s.boolean(fieldStreamOptions+"."+fieldIncludeUsage, v)
		s.req.IncludeUsage = on
		return err
	}
	return s.ambiguous(fieldStreamOptions+".", name, v, fieldIncludeUsage)
}

func (s *scanner) model(v value) *Error {
	if v.kind != kindString {
		return s.wrongType(fieldModel, "a string", v)
	}
	text := unquote(nil, s.b[v.start:v.end])
	switch {
	case len(text) == 0:
		return Invalid(CodeInvalidValue, fieldModel, "'model' must name a model, but it is empty.")
	case len(text) > MaxModelBytes:
		return Invalid(CodeInvalidValue, fieldModel, "'model' must be at most %d bytes long, but it has %d.", MaxModelBytes, len(text))
	}
	s.hasModel, s.req.Model = true, string(text)
	s.req.ModelStart, s.req.ModelEnd = v.start, v.end
	return nil
}

func (s *scanner) boolean(param string, v value) (bool, *Error) {
	switch v.kind {
	case kindTrue:
		return true, nil
	case kindFalse, kindNull:
		return false, nil
	}
	return false, s.wrongType(param, "a boolean or null", v)
}

// content is the field that holds what the model is to work on.
func (s *scanner) content() string {
	switch s.req.Operation {
	case ChatCompletions:
		return fieldMessages
	case Completions:
		return fieldPrompt
	}
	return fieldInput
}

func (s *scanner) checkContent(v value) *Error {
	name := s.content()
	if name == fieldMessages && v.kind != kindArray {
		return s.wrongType(name, "an array of messages", v)
	}
	if v.kind != kindArray && v.kind != kindString {
		return s.wrongType(name, "a string or an array", v)
	}
	if v.kind == kindArray && v.length == 0 {
		return Invalid(CodeInvalidValue, name, "'%s' must not be an empty array.", name)
	}
	if name == fieldMessages && v.other != kindObject {
		return Invalid(CodeInvalidType, name, "Every element of '%s' must be an object, but one is %s.", name, v.other)
	}
	return nil
}

// ambiguous refuses a name that a reader which folds case would take for one of the fields, which lie at the path in.
func (s *scanner) ambiguous(in string, name []byte, v value, fields ...string) *Error {
	if len(name) == 0 {
		return nil
	}
	for _, f := range fields {
		if first := name[0] | 0x20; first != f[0] && first < utf8.RuneSelf {
			continue
		}
		if bytes.EqualFold(name, []byte(f)) {
			return Invalid(CodeAmbiguousKey, in+f, "The key '%s' (%s) differs from '%s' by case alone; spell it '%s'.", string(name), s.at(v.start), f, f)
		}
	}
	return nil
}

func (s *scanner) wrongType(param, want string, v value) *Error {
	return Invalid(CodeInvalidType, param, "'%s' must be %s, but it is %s (%s).", param, want, v.kind, s.at(v.start))
}
