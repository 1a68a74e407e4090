// Package jsonscan reads what routing needs from a request body, in one pass and without building a tree, and refuses what two
// JSON readers could read differently.
package jsonscan

import (
	"bytes"

	"github.com/fairlead-dev/fairlead/gateway/fault"
)

// usualKeys is how many keys are open at once in most requests; more take further room.
const usualKeys = 16

// Request is a client's request: its original bytes and the few fields of them that routing needs.
type Request struct {
	// Body is the request body as it was received. It is never changed.
	Body []byte
	// Model is the decoded value of the top-level field `model`; empty where the Spec does not ask for it and it is not there.
	Model string
	// ModelStart and ModelEnd bound the JSON string of `model` in Body, its quotes included. Both are 0 where there is none.
	ModelStart, ModelEnd int
	// Open is where the members of the top-level object begin, behind its brace.
	Open int
	// Stream says that the body asks for a stream.
	Stream bool
	// StreamOptions is where the object `stream_options` is; zero where there is none. SaysUsage says that it has `include_usage`,
	// whatever its value, or that it is null.
	StreamOptions Span
	SaysUsage     bool
}

// Scan reads a body.
//
// It accepts only what every JSON reader understands alike, so that the upstream sees what was routed on: a single RFC 8259
// object in valid UTF-8, nested at most MaxDepth deep, without lone surrogates, without a repeated key at any level, and without
// a spelling of a routed field that differs from it by case alone (`Model`), which some readers would take for the field. The
// field `model` must be a string of 1 to MaxModelBytes bytes, and what the Spec requires must be there.
//
// The error is always a *fault.Error, a 400 that says what was expected, what was found and where. The request refers to body,
// which must not change while it is in use.
func Scan(spec *Spec, body []byte) (*Request, error) {
	s := scanner{
		reader: reader{b: body, keys: make([]key, 0, usualKeys)}, spec: spec, req: &Request{Body: body, Stream: spec.Streams},
	}
	if err := s.run(); err != nil {
		return nil, err
	}
	return s.req, nil
}

// scanner is a reader that knows the fields of a request.
type scanner struct {
	reader
	spec *Spec
	req  *Request
	// hasModel and hasContent say which of the required fields there were.
	hasModel, hasContent bool
}

func (s *scanner) run() *fault.Error {
	if err := s.opening(); err != nil {
		return err
	}
	s.req.Open = s.i + 1
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
func (s *scanner) opening() *fault.Error {
	if bytes.HasPrefix(s.b, []byte("\xef\xbb\xbf")) {
		return fault.Invalid(fault.CodeInvalidJSON, "", "The request body must be JSON without a byte order mark.")
	}
	s.space()
	switch {
	case s.i == len(s.b):
		return fault.Invalid(fault.CodeInvalidJSON, "", "The request body must be a JSON object, but it is empty.")
	case s.b[s.i] != '{':
		return s.unexpected("the request body to be a JSON object")
	}
	return nil
}

// complete says whether everything that is required was there.
func (s *scanner) complete() *fault.Error {
	if s.spec.Model && !s.hasModel {
		return fault.Invalid(fault.CodeMissingParameter, fieldModel, "The field 'model' is required and names the model.")
	}
	if c := s.spec.Content; c.Name != "" && !c.Optional && !s.hasContent {
		return fault.Invalid(fault.CodeMissingParameter, c.Name, "The field '%s' is required.", c.Name)
	}
	return nil
}
