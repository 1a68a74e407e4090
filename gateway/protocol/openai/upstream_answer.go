package openai

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/lenient"
	"github.com/fairlead-dev/fairlead/gateway/sse"
)

// Decoder reads one answer of an upstream.
type Decoder struct {
	mint  mint
	emit  func(*chat.Event) error
	event chat.Event
	turns []*heard
	// started says that a chunk with a choice came: Azure's first has none, and no id.
	started bool
}

// NewDecoder returns what reads one answer.
func NewDecoder() *Decoder { return &Decoder{mint: newMint()} }

// Whole reads a whole answer. It looks like one event of a stream. The error is a *fault.Error for one that the upstream reported
// with a good status, and chat.ErrUnfinished for an answer without choices.
func (d *Decoder) Whole(body []byte) (*chat.Answer, error) {
	var c chat.Collector
	s := chat.NewSequence(c.Event)
	d.emit = s.Event
	if err := d.read(body); err != nil {
		return nil, err
	}
	if err := d.end(); err != nil {
		return nil, err
	}
	if err := s.End(); err != nil {
		return nil, err
	}
	return c.Answer(), nil
}

// Stream reads a stream until `[DONE]`, or until it ends: then chat.ErrUnfinished says that a choice had not finished. What is no
// JSON ends it too.
func (d *Decoder) Stream(src io.Reader, emit func(*chat.Event) error) error {
	d.emit = emit
	for data, err := range sse.Events(src) {
		switch {
		case err != nil:
			return err
		case string(data) == string(done):
			return d.end()
		case len(data) == 0:
			continue
		}
		if err := d.read(data); err != nil {
			return err
		}
	}
	if len(d.turns) == 0 {
		return chat.ErrUnfinished
	}
	for _, t := range d.turns {
		if !t.finished {
			return chat.ErrUnfinished
		}
	}
	return nil
}

// end finishes the choices of a complete answer that did not say why they ended, as servers exist that do not.
func (d *Decoder) end() error {
	for i, t := range d.turns {
		if !t.finished {
			if err := d.finish(t, i, chat.Finish{Reason: chat.FinishStop}); err != nil {
				return err
			}
		}
	}
	return nil
}

// read reads one chunk.
func (d *Decoder) read(data []byte) error {
	var c chunk
	if err := lenient.Unmarshal(data, &c); err != nil {
		if e := notAChunk(data); e != nil {
			return e
		}
		return fmt.Errorf("decoding the upstream's answer: %w", err)
	}
	if e := c.failure(data); e != nil {
		return e
	}
	if !d.started && len(c.Choices) > 0 {
		d.started = true
		if err := d.send(chat.Event{Kind: chat.EventStart, ID: c.ID, Created: unixTime(c.Created)}); err != nil {
			return err
		}
	}
	for i := range c.Choices {
		if err := d.choice(&c.Choices[i]); err != nil {
			return err
		}
	}
	if u := c.usage(); u.Known {
		return d.send(chat.Event{Kind: chat.EventUsage, Usage: u})
	}
	return nil
}

// send emits an event, in place of the one before it.
func (d *Decoder) send(e chat.Event) error {
	d.event = e
	return d.emit(&d.event)
}

// unixTime reads a time in seconds, zero for what is none.
func unixTime(raw json.RawMessage) time.Time {
	s, err := strconv.ParseFloat(text(raw), 64)
	if err != nil || s <= 0 || s > 1<<40 {
		return time.Time{}
	}
	return time.Unix(int64(s), 0)
}

// usage is what the chunk says of the cost, wherever it says it.
func (c *chunk) usage() chat.Usage {
	for _, raw := range []json.RawMessage{c.Usage, c.Groq.Usage} {
		if u := readUsage(raw); u.Known {
			return u
		}
	}
	for i := range c.Choices {
		if u := readUsage(c.Choices[i].Usage); u.Known {
			return u
		}
	}
	t := c.Timings
	if t.Prompt <= 0 && t.Predicted <= 0 {
		return chat.Usage{}
	}
	return chat.Usage{Known: true, InputTokens: t.Prompt + t.Cached, CachedInputTokens: t.Cached, OutputTokens: t.Predicted}
}
