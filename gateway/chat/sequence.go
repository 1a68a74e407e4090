package chat

import (
	"errors"
	"slices"
)

// ErrUnfinished means that an answer ended without saying why.
var ErrUnfinished = errors.New("the upstream's answer ended before it was finished")

// Sequence brings the events of a decoder into the order that clients rely on, whatever the upstream did:
//
//   - EventStart comes first, and once;
//   - no event carries more text than fits into one line of a stream, see Pieces;
//   - a call of a tool is complete before anything else of its choice begins: what an upstream interleaves is held back, calls as
//     well as text that comes before the arguments are complete;
//   - every call has arguments, `{}` where the upstream sent none, and an end;
//   - a choice that called tools and stopped has finished with FinishToolCalls: agents end their loop on FinishStop;
//   - a choice finishes once, and nothing of it follows.
//
// It is for one goroutine.
type Sequence struct {
	emit    func(*Event) error
	started bool
	choices []*turn
}

// NewSequence returns a Sequence that emits to emit.
func NewSequence(emit func(*Event) error) *Sequence { return &Sequence{emit: emit} }

// turn is the state of one choice.
type turn struct {
	// open is the call whose arguments are being emitted, -1 for none.
	open     int
	called   bool
	finished bool
	// arguments are those of the open call so far.
	arguments []byte
	// held are the calls that wait for the open one, late what else waits for all of them.
	held []*heldCall
	late []Event
}

type heldCall struct {
	begin     Event
	arguments []byte
	ended     bool
}

// Event takes the next event. Its errors are those of emit.
func (s *Sequence) Event(e *Event) error {
	if !s.started {
		s.started = true
		if e.Kind != EventStart {
			if err := s.emit(&Event{Kind: EventStart}); err != nil {
				return err
			}
		}
		if e.Kind == EventStart {
			return s.emit(e)
		}
	}
	switch e.Kind {
	case EventStart:
		return nil
	case EventUsage:
		return s.emit(e)
	}
	t := s.turn(e.Choice)
	if t.finished {
		return nil
	}
	return s.next(t, e)
}

func (s *Sequence) next(t *turn, e *Event) error {
	switch e.Kind {
	case EventToolCall:
		return s.begin(t, e)
	case EventArguments:
		return s.arguments(t, e)
	case EventToolCallEnd:
		return s.end(t, e)
	case EventFinish:
		return s.finish(t, e)
	}
	if e.Text == "" && e.Signature.Value == "" && len(e.Logprobs) == 0 {
		return nil
	}
	if t.busy() {
		t.late = append(t.late, *e)
		return nil
	}
	if err := s.release(t, e.Choice); err != nil {
		return err
	}
	return s.pieces(e)
}

// End says that the decoder is done. It returns ErrUnfinished where a choice did not finish, or where there was none.
func (s *Sequence) End() error {
	for _, t := range s.choices {
		if !t.finished {
			return ErrUnfinished
		}
	}
	if len(s.choices) == 0 {
		return ErrUnfinished
	}
	return nil
}

// maxChoices bounds what an upstream can make the gateway keep; OpenAI's own limit of n is 128.
const maxChoices = 128

func (s *Sequence) turn(choice int) *turn {
	choice = min(max(choice, 0), maxChoices-1)
	for len(s.choices) <= choice {
		s.choices = append(s.choices, &turn{open: -1})
	}
	return s.choices[choice]
}

// pieces emits e in as many events as its text needs. What else e says goes with the first.
func (s *Sequence) pieces(e *Event) error {
	if len(e.Text) <= maxPiece {
		return s.emit(e)
	}
	piece := *e
	for text := range Pieces(e.Text) {
		piece.Text = text
		if err := s.emit(&piece); err != nil {
			return err
		}
		piece.Signature, piece.Logprobs = Signature{}, nil
	}
	return nil
}

func (s *Sequence) begin(t *turn, e *Event) error {
	t.called = true
	if t.open >= 0 {
		t.held = append(t.held, &heldCall{begin: *e})
		return nil
	}
	t.open, t.arguments = e.Call, t.arguments[:0]
	return s.emit(e)
}

func (s *Sequence) arguments(t *turn, e *Event) error {
	if e.Text == "" {
		return nil
	}
	if e.Call == t.open {
		t.arguments = append(t.arguments, e.Text...)
		return s.pieces(e)
	}
	if h := t.heldCall(e.Call); h != nil {
		h.arguments = append(h.arguments, e.Text...)
	}
	return nil
}

func (t *turn) heldCall(call int) *heldCall {
	i := slices.IndexFunc(t.held, func(h *heldCall) bool { return h.begin.Call == call })
	if i < 0 {
		return nil
	}
	return t.held[i]
}

func (s *Sequence) end(t *turn, e *Event) error {
	if h := t.heldCall(e.Call); h != nil {
		h.ended = true
		return nil
	}
	if e.Call != t.open {
		return nil
	}
	if err := s.close(t, e.Choice); err != nil {
		return err
	}
	return s.reopen(t, e.Choice)
}

// close ends the open call.
func (s *Sequence) close(t *turn, choice int) error {
	if len(t.arguments) == 0 {
		if err := s.emit(&Event{Kind: EventArguments, Choice: choice, Call: t.open, Text: "{}"}); err != nil {
			return err
		}
	}
	call := t.open
	t.open = -1
	return s.emit(&Event{Kind: EventToolCallEnd, Choice: choice, Call: call})
}

// reopen emits the calls that waited, up to one that has not ended, and behind the last one what waited for them all.
func (s *Sequence) reopen(t *turn, choice int) error {
	for len(t.held) > 0 && t.open < 0 {
		h := t.held[0]
		t.held = t.held[1:]
		if err := s.begin(t, &h.begin); err != nil {
			return err
		}
		if err := s.arguments(t, &Event{Kind: EventArguments, Choice: choice, Call: h.begin.Call, Text: string(h.arguments)}); err != nil {
			return err
		}
		if !h.ended {
			return nil
		}
		if err := s.close(t, choice); err != nil {
			return err
		}
	}
	return s.catchUp(t)
}

// release ends all calls of a choice: something else begins.
func (s *Sequence) release(t *turn, choice int) error {
	for t.open >= 0 {
		if err := s.close(t, choice); err != nil {
			return err
		}
		if err := s.reopen(t, choice); err != nil {
			return err
		}
	}
	return nil
}

func (s *Sequence) finish(t *turn, e *Event) error {
	if err := s.release(t, e.Choice); err != nil {
		return err
	}
	t.finished = true
	end := *e
	if t.called && end.Finish.Reason == FinishStop {
		end.Finish.Reason = FinishToolCalls
	}
	return s.emit(&end)
}
