package ollama

import (
	"bytes"
	"encoding/json"
	"strings"
	"time"

	"github.com/fairlead-dev/fairlead/gateway/chat"
)

// wholeAnswer writes an answer that is not streamed, and says how long it took. How much of that went into reading the prompt cannot
// be told.
func wholeAnswer(l *lines, a *chat.Answer, total time.Duration) []byte {
	var choice chat.Choice
	if len(a.Choices) > 0 {
		choice = a.Choices[0]
	}
	var text, thinking strings.Builder
	var s sealer
	c := content{logprobs: choice.Logprobs}
	for i := range choice.Parts {
		switch p := &choice.Parts[i]; p.Kind {
		case chat.KindText:
			text.WriteString(p.Text)
		case chat.KindThinking:
			thinking.WriteString(p.Text)
			s.thought(p.Signature)
		case chat.KindToolCall:
			call, ok := callOf(s.seal(p.ToolCall.ID, p.Signature), p.ToolCall.Name, p.ToolCall.Arguments)
			if !ok {
				text.Write(p.ToolCall.Arguments)
				continue
			}
			call.index = len(c.calls)
			c.calls = append(c.calls, call)
		}
	}
	c.text, c.thinking = text.String(), thinking.String()
	return bytes.TrimSuffix(l.last(&c, doneReason(choice.Finish.Reason), a.Usage, &timing{total: total}), []byte("\n"))
}

// callOf is a call as Ollama writes it: its arguments are an object, on one line. ok is false where they are none, as when the
// answer was cut off by its limit; the caller then shows them as text, like Ollama with a call that it cannot read.
func callOf(id, name string, arguments []byte) (call calledTool, ok bool) {
	var line bytes.Buffer
	if json.Compact(&line, arguments) != nil || !bytes.HasPrefix(line.Bytes(), []byte("{")) {
		return calledTool{}, false
	}
	return calledTool{id: id, name: name, arguments: line.Bytes()}, true
}

// sealer puts signatures behind the ids of calls, because Ollama's protocol has no place for them: that of the call itself, or, in
// the first call, that of what the model thought before it, which its provider wants back with the result. Thoughts with several
// signatures cannot be told apart again, so that none goes along.
type sealer struct {
	thoughts int
	last     chat.Signature
	called   bool
}

// thought notes the signature of thinking.
func (s *sealer) thought(sig chat.Signature) {
	if sig.Value != "" {
		s.thoughts++
		s.last = sig
	}
}

// seal is the id of the next call.
func (s *sealer) seal(id string, own chat.Signature) string {
	first := !s.called
	s.called = true
	if own.Value == "" && first && s.thoughts == 1 {
		own = s.last
	}
	return chat.Seal(id, own)
}
