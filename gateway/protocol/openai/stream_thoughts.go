package openai

import (
	"encoding/json"
	"unicode/utf8"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/jsonwrite"
	"github.com/fairlead-dev/fairlead/gateway/sse"
)

// most is how many bytes of JSON one of the two copies of a thought may take, so that the line stays within its limit.
const most = (sse.MaxLine - 8<<10) / 2

// thinking sends a thought under both names that clients look for.
func (s *stream) thinking(t *turn, choice int, text string) error {
	if s.hidden {
		return nil
	}
	begun := t.begun
	s.open(t, choice, false)
	s.buf = append(s.buf, `"reasoning_content":`...)
	from := len(s.buf)
	s.buf = jsonwrite.String(s.buf, text)
	if to := len(s.buf); to-from <= most {
		s.buf = append(append(s.buf, `,"reasoning":`...), s.buf[from:to]...)
		t.thoughts = append(t.thoughts, text...)
		return s.send(nil)
	}
	t.begun = begun
	half := len(text) / 2
	for half > 0 && !utf8.RuneStart(text[half]) {
		half--
	}
	if err := s.thinking(t, choice, text[:half]); err != nil {
		return err
	}
	return s.thinking(t, choice, text[half:])
}

// signature sends details of the thoughts that it belongs to. Only here their text is repeated: most upstreams sign nothing, and
// the details are then of no use. A long text comes in several entries of one index, the last of which has the signature.
func (s *stream) signature(t *turn, e *chat.Event) error {
	if s.hidden {
		return nil
	}
	kind := chat.KindThinking
	if e.Kind == chat.EventRedacted {
		kind, t.thoughts = chat.KindRedacted, t.thoughts[:0]
	}
	d := newDetail(kind, "", e.Signature, t.details)
	for text := range chat.Pieces(string(t.thoughts)) {
		if d.Text != "" {
			if err := s.detail(t, e.Choice, detail{Type: detailText, Text: d.Text, Index: t.details}); err != nil {
				return err
			}
		}
		d.Text = text
	}
	t.thoughts = t.thoughts[:0]
	t.details++
	return s.detail(t, e.Choice, d)
}

func (s *stream) detail(t *turn, choice int, d detail) error {
	s.open(t, choice, false)
	s.buf = append(append(append(s.buf, `"reasoning_details":[`...), jsonwrite.Must(d)...), ']')
	return s.send(nil)
}

// appendLogprobs appends the member logprobs of a choice, if there are any.
func appendLogprobs(b []byte, list []json.RawMessage) []byte {
	if len(list) == 0 {
		return b
	}
	b = append(b, `,"logprobs":{"content":[`...)
	for i, p := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, p...)
	}
	return append(b, `],"refusal":null}`...)
}

// fitting is how many of list fit into one line, at least one.
func fitting(list []json.RawMessage) int {
	size := 0
	for i, p := range list {
		if size += len(p) + 1; size > most && i > 0 {
			return i
		}
	}
	return len(list)
}
