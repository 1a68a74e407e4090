package ollama

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/fairlead-dev/fairlead/gateway/openai"
)

// params are the members of one object of a request. Translating takes them out one after another; what is left at the end is
// what Ollama cannot express. The first problem is kept and stops nothing, so that translating reads like a list.
type params struct {
	// at is where the object lies in the request: empty for the request itself, else as `messages[0]`.
	at      string
	members map[string]json.RawMessage
	// problem of this object and all objects inside it.
	problem *problem
}

// problem is the first thing that was wrong.
type problem struct{ err *openai.Error }

func newParams(body []byte) (*params, error) {
	p := &params{problem: new(problem)}
	if err := json.Unmarshal(body, &p.members); err != nil {
		return nil, fmt.Errorf("decoding a request that was scanned: %w", err)
	}
	return p, nil
}

// path is how an error names a member.
func (p *params) path(name string) string {
	if p.at == "" {
		return name
	}
	return p.at + "." + name
}

func (p *params) fail(err *openai.Error) {
	if p.problem.err == nil {
		p.problem.err = err
	}
}

func (p *params) unsupported(name, why string) { p.fail(openai.Unsupported(p.path(name), why)) }

func (p *params) wrongType(name, want string) {
	p.fail(openai.Invalid(openai.CodeInvalidType, p.path(name), "'%s' must be %s.", p.path(name), want))
}

func (p *params) invalid(name, format string, args ...any) {
	p.fail(openai.Invalid(openai.CodeInvalidValue, p.path(name), "'%s' "+format, append([]any{p.path(name)}, args...)...))
}

// raw takes a member out, or nil where there is none or it is null.
func (p *params) raw(name string) json.RawMessage {
	raw := p.members[name]
	delete(p.members, name)
	if string(raw) == "null" {
		return nil
	}
	return raw
}

// into takes a member out and decodes it, and says whether there was one. want is for the message when it has another type.
func (p *params) into(name string, v any, want string) bool {
	raw := p.raw(name)
	if raw == nil {
		return false
	}
	if err := json.Unmarshal(raw, v); err != nil {
		p.wrongType(name, want)
		return false
	}
	return true
}

func (p *params) text(name string) string {
	var s string
	p.into(name, &s, "a string")
	return s
}

// object takes a member out that is an object, or nil.
func (p *params) object(name string) *params {
	inner := &params{at: p.path(name), problem: p.problem}
	if !p.into(name, &inner.members, "an object") {
		return nil
	}
	return inner
}

// objects takes a member out that is a list of objects.
func (p *params) objects(name string) []*params {
	var list []map[string]json.RawMessage
	p.into(name, &list, "an array of objects")
	inner := make([]*params, len(list))
	for i, members := range list {
		inner[i] = &params{at: fmt.Sprintf("%s[%d]", p.path(name), i), members: members, problem: p.problem}
	}
	return inner
}

// only takes a member out that may have no other value than what Ollama does anyway.
func (p *params) only(name, why string, values ...string) {
	raw := p.raw(name)
	if raw == nil {
		return
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, raw); err != nil || !slices.Contains(values, compact.String()) {
		p.unsupported(name, why)
	}
}

// ignore takes members out that change nothing about the answer.
func (p *params) ignore(names ...string) {
	for _, n := range names {
		delete(p.members, n)
	}
}

// finish refuses what was not taken out, naming the first in the order of the alphabet.
func (p *params) finish() {
	for _, name := range slices.Sorted(maps.Keys(p.members)) {
		if string(p.members[name]) != "null" {
			p.unsupported(name, "Ollama has nothing like it")
		}
	}
}

// done ends the translation: the error is what was wrong first.
func (p *params) done() error {
	p.finish()
	if p.problem.err != nil {
		return p.problem.err
	}
	return nil
}
