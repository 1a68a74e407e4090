package openai

import "bytes"

// usualKeys is how many keys are open at once in most requests; more take further room.
const usualKeys = 16

// Scan reads what routing needs from a request body, in one pass and without building a tree.
//
// It accepts only what every JSON reader understands alike, so that the upstream sees what was routed on: a single RFC 8259
// object in valid UTF-8, nested at most MaxDepth deep, without lone surrogates, without a repeated key at any level, and without
// a spelling of a routed field that differs from it by case alone (`Model`), which some readers would take for the field. The
// field `model` must be a string of 1 to MaxModelBytes bytes, and what the operation cannot do without must be there.
//
// The error is always a 400 that says what was expected, what was found and where. The request refers to body, which must not
// change while it is in use.
func Scan(op Operation, body []byte) (*Request, error) {
	s := scanner{reader: reader{b: body, keys: make([]key, 0, usualKeys)}, req: &Request{Operation: op, Body: body}}
	if err := s.run(); err != nil {
		return nil, err
	}
	return s.req, nil
}

// scanner is a reader that knows the fields of a request.
type scanner struct {
	reader
	req *Request
	// hasModel and hasContent say which of the required fields there were.
	hasModel, hasContent bool
}

func (s *scanner) run() *Error {
	if err := s.opening(); err != nil {
		return err
	}
	if err := s.members(s.field); err != nil {
		return err
	}
	s.space()
	if s.i < len(s.b) {
		return s.unexpected("nothing after the top-level object")
	}
	return s.complete()
}

// opening makes the messages for bodies that are no JSON object at all better than `unexpected byte`.
func (s *scanner) opening() *Error {
	if bytes.HasPrefix(s.b, []byte("\xef\xbb\xbf")) {
		return Invalid(CodeInvalidJSON, "", "The request body must be JSON without a byte order mark.")
	}
	s.space()
	switch {
	case s.i == len(s.b):
		return Invalid(CodeInvalidJSON, "", "The request body must be a JSON object, but it is empty.")
	case s.b[s.i] != '{':
		return s.unexpected("the request body to be a JSON object")
	}
	return nil
}

// complete says whether everything that is required was there.
func (s *scanner) complete() *Error {
	if !s.hasModel {
		return Invalid(CodeMissingParameter, fieldModel, "The field 'model' is required and names the model.")
	}
	if !s.hasContent {
		name := s.content()
		return Invalid(CodeMissingParameter, name, "The field '%s' is required.", name)
	}
	return nil
}
