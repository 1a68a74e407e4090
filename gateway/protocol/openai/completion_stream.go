package openai

import (
	"strconv"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/jsonwrite"
	"github.com/fairlead-dev/fairlead/gateway/protocol"
)

// Stream returns what writes a streamed answer.
func (c Completions) Stream(_ *protocol.Call, req *chat.Request, out protocol.Output) protocol.StreamWriter {
	return &completionStream{chunks: chunks{mint: c.mint, req: req, out: out}}
}

// completionStream writes the chunks of a legacy completion.
type completionStream struct {
	chunks
	// sent is how long the text of each choice has become, in bytes: log probabilities say where their tokens begin.
	sent []int
}

// Event writes the next event.
func (s *completionStream) Event(e *chat.Event) error {
	switch e.Kind {
	case chat.EventStart:
		s.start(e, "cmpl-", "text_completion")
	case chat.EventUsage:
		s.usage = e.Usage
	case chat.EventText, chat.EventFinish:
		return s.chunk(e)
	}
	return nil
}

func (s *completionStream) chunk(e *chat.Event) error {
	for len(s.sent) <= e.Choice {
		s.sent = append(s.sent, 0)
	}
	b := jsonwrite.String(append(append(s.buf[:0], s.head...), `{"text":`...), e.Text)
	b = strconv.AppendInt(append(b, `,"index":`...), int64(e.Choice), 10)
	b = append(b, `,"logprobs":`...)
	b = append(b, jsonwrite.Must(newTokenLogprobs(e.Logprobs, s.sent[e.Choice]))...)
	b = append(b, `,"finish_reason":`...)
	if e.Kind == chat.EventFinish {
		b = jsonwrite.String(b, string(e.Finish.Reason))
	} else {
		b = append(b, "null"...)
	}
	s.sent[e.Choice] += len(e.Text)
	s.buf = append(b, `}]}`...)
	return s.out.Event("", s.buf)
}
