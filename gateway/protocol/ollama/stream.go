package ollama

import (
	"time"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/fault"
	"github.com/fairlead-dev/fairlead/gateway/protocol"
)

// stream writes a streamed answer. Ollama's protocol has one choice: others are left out.
type stream struct {
	form  form
	req   *chat.Request
	out   protocol.Output
	now   func() time.Time
	lines *lines
	// prompt is how long it took until the first event came.
	prompt time.Duration
	sealer sealer
	// The call whose arguments are being collected: Ollama sends calls whole.
	id, name  string
	arguments []byte
	calls     int
	finish    chat.Finish
	usage     chat.Usage
}

func newStream(f form, req *chat.Request, out protocol.Output, now func() time.Time) *stream {
	return &stream{form: f, req: req, out: out, now: now}
}

// begin notes when the first event has come.
func (s *stream) begin(at time.Time) {
	s.prompt, s.lines = elapsed(s.req, s.now), newLines(s.form, s.req.Model, created(at, s.now))
}

// Event writes what an event says. The finish waits for Close, because the usage that goes with it may come later.
func (s *stream) Event(e *chat.Event) error {
	if s.lines == nil {
		s.begin(e.Created)
	}
	if e.Choice != 0 {
		return nil
	}
	switch e.Kind {
	case chat.EventText:
		return s.send(&content{text: e.Text, logprobs: e.Logprobs})
	case chat.EventThinking:
		return s.send(&content{thinking: e.Text})
	case chat.EventSignature:
		s.sealer.thought(e.Signature)
	case chat.EventToolCall:
		s.id, s.name, s.arguments = s.sealer.seal(e.ID, e.Signature), e.Name, s.arguments[:0]
	case chat.EventArguments:
		s.arguments = append(s.arguments, e.Text...)
	case chat.EventToolCallEnd:
		return s.call()
	case chat.EventFinish:
		s.finish = e.Finish
	case chat.EventUsage:
		s.usage = e.Usage
	}
	return nil
}

func (s *stream) send(c *content) error { return s.out.Raw(s.lines.more(c)) }

// call sends the collected call, or its arguments as text where they are no object.
func (s *stream) call() error {
	call, ok := callOf(s.id, s.name, s.arguments)
	if ok {
		call.index = s.calls
		s.calls++
		return s.send(&content{calls: []calledTool{call}})
	}
	for text := range chat.Pieces(string(s.arguments)) {
		if err := s.send(&content{text: text}); err != nil {
			return err
		}
	}
	return nil
}

// Close writes the line that says that the answer is done.
func (s *stream) Close() error {
	if s.lines == nil {
		s.begin(time.Time{})
	}
	took := timing{total: elapsed(s.req, s.now), prompt: s.prompt}
	return s.out.Raw(s.lines.last(&content{}, doneReason(s.finish.Reason), s.usage, &took))
}

// Fail writes the line that says that the answer broke, which Ollama's clients raise as an error.
func (s *stream) Fail(e *fault.Error) error { return s.out.Raw(Errors{}.Frame(e)) }
