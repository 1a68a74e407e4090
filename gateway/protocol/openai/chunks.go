package openai

import (
	"strconv"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/fault"
	"github.com/fairlead-dev/fairlead/gateway/jsonwrite"
	"github.com/fairlead-dev/fairlead/gateway/protocol"
)

// done ends a stream that is complete.
var done = []byte("[DONE]")

// chunks is what the streams of chat completions and of legacy completions have in common.
type chunks struct {
	mint  mint
	req   *chat.Request
	out   protocol.Output
	usage chat.Usage
	// head is what every chunk begins with, up to and with the bracket of its choices; buf is the chunk that is being written.
	head, buf []byte
}

// start makes the head of the chunks. Nothing is sent, so that another upstream can still take over.
func (c *chunks) start(e *chat.Event, prefix, object string) {
	c.usage = e.Usage
	b := append(c.head, `{"id":`...)
	b = jsonwrite.String(b, c.mint.name(prefix, e.ID))
	b = append(append(b, `,"object":"`...), object...)
	b = strconv.AppendInt(append(b, `","created":`...), c.mint.created(e.Created), 10)
	b = jsonwrite.String(append(b, `,"model":`...), c.req.Model)
	c.head = append(b, `,"choices":[`...)
}

// Close sends the usage and ends the stream.
func (c *chunks) Close() error {
	if u := newUsage(c.usage); u != nil && c.req.IncludeUsage {
		c.buf = append(append(c.buf[:0], c.head...), `],"usage":`...)
		c.buf = append(append(c.buf, jsonwrite.Must(u)...), '}')
		if err := c.out.Event("", c.buf); err != nil {
			return err
		}
	}
	return c.out.Event("", done)
}

// Fail sends the error, and no `[DONE]`.
func (c *chunks) Fail(e *fault.Error) error { return c.out.Raw(Errors{}.Frame(e)) }
