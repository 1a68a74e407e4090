package ollama

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"time"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/lenient"
)

// maxLine bounds one line of a stream, in bytes. It may hold all calls of tools of an answer, or all tokens of a prompt. Ollama's
// own client reads 8 MiB.
// Source: https://github.com/ollama/ollama/blob/v0.17.4/api/client.go
const maxLine = 64 << 20

var errLongLine = fmt.Errorf("a line of the stream is longer than %d bytes", maxLine)

// answer is what /api/chat and /api/generate answer: the whole of it, or one line of a stream.
type answer struct {
	CreatedAt string  `json:"created_at"`
	Message   message `json:"message"`
	// Response and Thinking are the text of /api/generate, and what the model thought before it.
	Response   string `json:"response"`
	Thinking   string `json:"thinking"`
	Done       bool   `json:"done"`
	DoneReason string `json:"done_reason"`
	// Logprobs of the tokens, in the form that OpenAI's protocol shares.
	Logprobs        []json.RawMessage `json:"logprobs"`
	PromptEvalCount int64             `json:"prompt_eval_count"`
	EvalCount       int64             `json:"eval_count"`
	// Error is set instead of all else where a stream broke.
	Error json.RawMessage `json:"error"`
}

// Decoder reads one answer of /api/chat or /api/generate, whichever it is.
type Decoder struct {
	newID func() string
	// hide says that the client does not want to see what the model thinks.
	hide bool
	// calls counts the calls of tools so far, ids holds theirs.
	calls int
	ids   map[string]bool
	begun bool
}

// NewDecoder returns a Decoder of the answer to req.
func NewDecoder(req *chat.Request) *Decoder {
	hide := req.Reasoning != nil && req.Reasoning.Show != nil && !*req.Reasoning.Show
	return &Decoder{newID: rand.Text, hide: hide}
}

// Whole reads an answer that is not streamed, which must be done. An error that the upstream reports in it is a *fault.Error.
func (d *Decoder) Whole(body []byte) (*chat.Answer, error) {
	a, err := parse(body)
	if err != nil {
		return nil, err
	}
	if !a.Done {
		return nil, chat.ErrUnfinished
	}
	var c chat.Collector
	if err := d.line(&a, c.Event); err != nil {
		return nil, err
	}
	return c.Answer(), nil
}

// Stream reads lines until one says that the answer is done. What comes after it is not read.
func (d *Decoder) Stream(src io.Reader, emit func(*chat.Event) error) error {
	plain := chat.Event{Kind: chat.EventText}
	for line, err := range linesOf(src) {
		if err != nil {
			return err
		}
		if text, ok := plainText(line); ok && d.begun {
			plain.Text = string(text)
			if err := emit(&plain); err != nil {
				return err
			}
			continue
		}
		a, err := parse(line)
		if err != nil {
			return err
		}
		if err := d.line(&a, emit); err != nil || a.Done {
			return err
		}
	}
	return chat.ErrUnfinished
}

// parse reads a whole answer or a line.
func parse(b []byte) (answer, error) {
	var a answer
	if err := lenient.Unmarshal(b, &a); err != nil {
		return a, fmt.Errorf("decoding the upstream's answer: %w", err)
	}
	if isError(a.Error) {
		return a, reported(b)
	}
	a.PromptEvalCount, a.EvalCount = max(a.PromptEvalCount, 0), max(a.EvalCount, 0)
	return a, nil
}

// line emits what one line says: thinking, then text, then calls, and the end.
func (d *Decoder) line(a *answer, emit func(*chat.Event) error) error {
	for e := range d.events(a) {
		if err := emit(&e); err != nil {
			return err
		}
	}
	return nil
}

func (d *Decoder) events(a *answer) iter.Seq[chat.Event] {
	return func(yield func(chat.Event) bool) {
		if !d.begun {
			d.begun = true
			created, _ := time.Parse(time.RFC3339, a.CreatedAt)
			if !yield(chat.Event{Kind: chat.EventStart, Created: created}) {
				return
			}
		}
		if thinking := a.Message.Thinking + a.Thinking; thinking != "" && !d.hide {
			if !yield(chat.Event{Kind: chat.EventThinking, Text: thinking}) {
				return
			}
		}
		if text := a.Message.Content + a.Response; text != "" || len(a.Logprobs) > 0 {
			if !yield(chat.Event{Kind: chat.EventText, Text: text, Logprobs: a.Logprobs}) {
				return
			}
		}
		if d.toolCalls(a.Message.ToolCalls, yield) && a.Done {
			d.end(a, yield)
		}
	}
}

// toolCalls emits calls, which come whole. One without an id, or with that of another call, gets a new one.
func (d *Decoder) toolCalls(calls []toolCall, yield func(chat.Event) bool) bool {
	for _, c := range calls {
		id := c.ID
		if id == "" || d.ids[id] {
			id = "call_" + d.newID()
		}
		if d.ids == nil {
			d.ids = map[string]bool{}
		}
		d.ids[id] = true
		arguments := string(c.Function.Arguments)
		if arguments == "" || arguments == "null" {
			arguments = "{}"
		}
		call := d.calls
		d.calls++
		if !yield(chat.Event{Kind: chat.EventToolCall, Call: call, ID: id, Name: c.Function.Name}) ||
			!yield(chat.Event{Kind: chat.EventArguments, Call: call, Text: arguments}) ||
			!yield(chat.Event{Kind: chat.EventToolCallEnd, Call: call}) {
			return false
		}
	}
	return true
}

// end emits why the answer is done, and what it cost. Ollama leaves a count of 0 out, so one of them is enough to be known.
func (d *Decoder) end(a *answer, yield func(chat.Event) bool) {
	reason := chat.FinishStop
	switch {
	case a.DoneReason == doneLength:
		reason = chat.FinishLength
	case d.calls > 0:
		reason = chat.FinishToolCalls
	}
	u := chat.Usage{Known: a.PromptEvalCount+a.EvalCount > 0, InputTokens: a.PromptEvalCount, OutputTokens: a.EvalCount}
	if yield(chat.Event{Kind: chat.EventFinish, Finish: chat.Finish{Reason: reason}}) {
		yield(chat.Event{Kind: chat.EventUsage, Usage: u})
	}
}

// linesOf yields the lines of a stream that are not empty. A line is valid until the next one. The last needs no line break.
func linesOf(src io.Reader) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		in := bufio.NewScanner(src)
		in.Buffer(make([]byte, 0, 4<<10), maxLine)
		for in.Scan() {
			if line := bytes.TrimSpace(in.Bytes()); len(line) > 0 && !yield(line, nil) {
				return
			}
		}
		switch err := in.Err(); {
		case errors.Is(err, bufio.ErrTooLong):
			yield(nil, errLongLine)
		case err != nil:
			yield(nil, fmt.Errorf("reading the stream: %w", err))
		}
	}
}
