package main

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
)

// message is a message in an SDK's own type.
type message = any

// request is what a client is to ask.
type request struct {
	model, system       string
	messages            []message
	tools, force, think bool
	max                 int
	// onText is called for each piece of a streamed text; its error leaves the stream. A request without it is not streamed.
	onText func() error
}

// call is a tool call.
type call struct {
	id, name string
	args     map[string]any
}

// answer is what a client understood. finish is stop, length or tools; messages are what a later request repeats.
type answer struct {
	text, finish, thinking string
	calls                  []call
	messages               []message
	input, output          int64
	// cached is negative where the SDK has no such number.
	cached int64
}

// client is an SDK behind a few functions.
type client interface {
	user(text string, image *picture) message
	results(calls []call, texts []string) []message
	ask(ctx context.Context, r request) (*answer, error)
	structured(ctx context.Context, model, text string) (map[string]any, error)
	// status is that of one of the SDK's own errors, and 0 for any other error.
	status(err error) int
	// with is the same client with another key.
	with(key string) client
	// forces is true where a tool can be forced.
	forces() bool
}

// suite are the features that follow from the functions of a client.
type suite struct {
	*scenario
	client client
}

func (s suite) features() map[string]feature {
	return map[string]feature{
		"chat": s.chat, "stream": s.stream, "tools": s.tools, "parallel": s.parallel, "toolstream": s.toolstream,
		"structured": s.structured, "image": s.image, "thinking": s.thinking, "errors": s.errors, "usage": s.usage, "cancel": s.cancel,
	}
}

// ask asks in one of two ways: at once, or as a stream.
type ask func(ctx context.Context, r request) (*answer, error)

// streamed asks for a stream and wants it to be one.
func (s suite) streamed(ctx context.Context, r request) (*answer, error) {
	pieces := 0
	r.onText = func() error { pieces++; return nil }
	a, err := s.client.ask(ctx, r)
	if err == nil && pieces < 2 && len(a.calls) == 0 {
		err = fmt.Errorf("the stream had %d pieces of text", pieces)
	}
	return a, err
}

func (s suite) say(c cell, text string) request {
	return request{model: c.Model, messages: []message{s.client.user(text, nil)}}
}

func (s suite) chat(ctx context.Context, c cell) error { return s.talk(ctx, c, s.client.ask) }

func (s suite) stream(ctx context.Context, c cell) error {
	if err := s.talk(ctx, c, s.streamed); err != nil {
		return err
	}
	long, err := s.streamed(ctx, s.say(c, s.Prompts.Long))
	if err != nil {
		return fmt.Errorf("asking for a long answer: %w", err)
	}
	if !strings.HasPrefix(long.text, s.Answers.LongStart) || !strings.HasSuffix(strings.TrimSpace(long.text), s.Answers.LongEnd) {
		return fmt.Errorf("the long answer is %.40q … of %d bytes", long.text, len(long.text))
	}
	return nil
}

// talk is a first answer, a second turn, and an answer that is too long.
func (s suite) talk(ctx context.Context, c cell, ask ask) error {
	first := s.say(c, s.Prompts.Hello)
	first.system = s.Prompts.System
	hello, err := ask(ctx, first)
	if err != nil {
		return fmt.Errorf("asking for a greeting: %w", err)
	}
	if err := equal("first answer", []string{hello.text, hello.finish}, []string{s.greeting(c.Provider), "stop"}); err != nil {
		return err
	}
	second := first
	second.messages = append(append(first.messages, hello.messages...), s.client.user(s.Prompts.Unicode, nil))
	unicode, err := ask(ctx, second)
	if err != nil {
		return fmt.Errorf("asking for a second answer: %w", err)
	}
	if err := equal("second answer", unicode.text, s.Answers.Unicode); err != nil {
		return err
	}
	longest := s.say(c, s.Prompts.Max)
	longest.max = 16
	cut, err := ask(ctx, longest)
	if err != nil {
		return fmt.Errorf("asking for too much: %w", err)
	}
	return equal("answer that is too long", []string{strings.TrimSpace(cut.text), cut.finish}, []string{s.Answers.Max, "length"})
}

func (s suite) tools(ctx context.Context, c cell) error {
	if _, err := s.loop(ctx, c, s.Prompts.Weather, 1, false, s.client.ask); err != nil {
		return err
	}
	if !s.client.forces() || c.Provider == "ollama" { // Ollama has no tool_choice
		return nil
	}
	forced := s.say(c, s.Prompts.Forced)
	forced.tools, forced.force = true, true
	a, err := s.client.ask(ctx, forced)
	if err != nil {
		return fmt.Errorf("forcing a tool: %w", err)
	}
	return s.expectCalls(a, 1)
}

func (s suite) parallel(ctx context.Context, c cell) error {
	_, err := s.loop(ctx, c, s.Prompts.Parallel, 2, false, s.client.ask)
	return err
}

func (s suite) toolstream(ctx context.Context, c cell) error {
	if _, err := s.loop(ctx, c, s.Prompts.Weather, 1, false, s.streamed); err != nil {
		return err
	}
	_, err := s.loop(ctx, c, s.Prompts.Parallel, 2, false, s.streamed)
	return err
}

// loop asks with a tool, checks the calls, returns their results, and checks that the answer uses them. It returns the first answer.
func (s suite) loop(ctx context.Context, c cell, text string, calls int, think bool, ask ask) (*answer, error) {
	r := s.say(c, text)
	r.system, r.tools, r.think = s.Prompts.System, true, think
	first, err := ask(ctx, r)
	if err != nil {
		return nil, fmt.Errorf("asking with a tool: %w", err)
	}
	if err := s.expectCalls(first, calls); err != nil {
		return nil, err
	}
	texts := make([]string, calls)
	for i := range texts {
		texts[i] = s.Results[s.Cities[i]]
	}
	r.messages = append(append(r.messages, first.messages...), s.client.results(first.calls, texts)...)
	second, err := ask(ctx, r)
	if err != nil {
		return nil, fmt.Errorf("returning the results of tools: %w", err)
	}
	for _, text := range texts {
		if !strings.Contains(second.text, text) {
			return nil, fmt.Errorf("the answer to the results is %q", second.text)
		}
	}
	return first, equal("end of the answer to the results", second.finish, "stop")
}

func (s suite) expectCalls(a *answer, n int) error {
	ids := map[string]bool{}
	for i, c := range a.calls {
		ids[c.id] = true
		if i < n && (c.name != s.Tool.Name || !reflect.DeepEqual(c.args, map[string]any{"city": s.Cities[i]})) {
			return fmt.Errorf("tool call %d is %v", i, c)
		}
	}
	if len(a.calls) != n || len(ids) != n {
		return fmt.Errorf("%d tool calls with %d ids, wanted %d; the text is %q", len(a.calls), len(ids), n, a.text)
	}
	return equal("end of the answer with tool calls", a.finish, "tools")
}

func (s suite) structured(ctx context.Context, c cell) error {
	object, err := s.client.structured(ctx, c.Model, s.Prompts.Schema)
	if err != nil {
		return err
	}
	return equal("object", object, map[string]any{"name": "text", "age": 1.0, "tags": []any{"text"}})
}

func (s suite) image(ctx context.Context, c cell) error {
	a, err := s.client.ask(ctx, request{model: c.Model, messages: []message{s.client.user(s.Prompts.Image, &s.Picture)}})
	if err != nil {
		return err
	}
	return equal("what the model sees", a.text, s.seen())
}

func (s suite) thinking(ctx context.Context, c cell) error {
	for _, ask := range []ask{s.client.ask, s.streamed} {
		r := s.say(c, s.Prompts.Think)
		r.think = true
		thought, err := ask(ctx, r)
		if err != nil {
			return fmt.Errorf("asking for thoughts: %w", err)
		}
		called, err := s.loop(ctx, c, s.Prompts.ThinkWeather, 1, true, ask)
		if err != nil {
			return err
		}
		if thought.thinking == "" || called.thinking == "" {
			return fmt.Errorf("no thinking is shown: %q, %q before a tool call", thought.thinking, called.thinking)
		}
		if err := equal("answer after thinking", thought.text, s.greeting(c.Provider)); err != nil {
			return err
		}
	}
	return nil
}

func (s suite) errors(ctx context.Context, c cell) error {
	none := c
	none.Model = "no-such-model"
	nothing := func() error { return nil }
	limited := s.say(c, s.Prompts.Fail429)
	limited.onText = nothing
	for _, e := range []struct {
		client client
		status int
		r      request
	}{
		{s.client, 429, s.say(c, s.Prompts.Fail429)},
		{s.client, 429, limited},
		{s.client, 400, s.say(c, s.Prompts.FailContext)},
		{s.client, 404, s.say(none, s.Prompts.Hello)},
		{s.client.with(s.WrongKey), 401, s.say(c, s.Prompts.Hello)},
		{s.client, 500, s.say(c, s.Prompts.Fail500)},
	} {
		_, err := e.client.ask(ctx, e.r)
		if err == nil {
			return fmt.Errorf("no error, wanted one of status %d", e.status)
		}
		if found := s.client.status(err); found != e.status && (e.status != 500 || found < 500) {
			return fmt.Errorf("wanted status %d, found %d: %w", e.status, found, err)
		}
	}
	for _, text := range []string{s.Prompts.FailMidstream, s.Prompts.CutMidstream} {
		r := s.say(c, text)
		r.onText = nothing
		if _, err := s.client.ask(ctx, r); err == nil {
			return fmt.Errorf("no error from the stream of %q", text)
		}
	}
	return nil
}

func (s suite) usage(ctx context.Context, c cell) error {
	for _, ask := range []ask{s.client.ask, s.streamed} {
		a, err := ask(ctx, s.say(c, s.Prompts.Hello))
		if err != nil {
			return err
		}
		if err := equal("tokens of prompt and answer", []int64{a.input, a.output}, []int64{24, 10}); err != nil {
			return err
		}
		if a.cached >= 0 && c.Provider != "ollama" && a.cached != 8 {
			return fmt.Errorf("%d cached tokens, wanted 8", a.cached)
		}
	}
	return nil
}

// errLeft leaves a stream.
var errLeft = errors.New("left")

func (s suite) cancel(ctx context.Context, c cell) error {
	r, pieces := s.say(c, s.Prompts.Long), 0
	r.onText = func() error { pieces++; return errLeft }
	if _, err := s.client.ask(ctx, r); !errors.Is(err, errLeft) {
		return fmt.Errorf("leaving the stream: %w", err)
	}
	if err := equal("pieces before the stream was left", pieces, 1); err != nil {
		return err
	}
	a, err := s.client.ask(ctx, s.say(c, s.Prompts.Hello))
	if err != nil {
		return fmt.Errorf("asking again: %w", err)
	}
	return equal("next answer", a.text, s.greeting(c.Provider))
}

// equal is an error that says what was found instead of what was wanted.
func equal(what string, found, wanted any) error {
	if reflect.DeepEqual(found, wanted) {
		return nil
	}
	return fmt.Errorf("%s: wanted %v, found %v", what, wanted, found)
}
