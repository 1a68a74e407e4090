package proxy

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/fault"
	"github.com/fairlead-dev/fairlead/gateway/ledger"
	"github.com/fairlead-dev/fairlead/gateway/protocol"
	"github.com/fairlead-dev/fairlead/gateway/sse"
)

// translateStream sends each event as soon as the decoder has made it. Until the first one that says something another target can
// take over.
func (a *attempt) translateStream(resp *http.Response) error {
	t := &translation{attempt: a}
	t.out.attempt = a
	t.out.Writer = sse.NewWriter(a.w, http.NewResponseController(a.w).Flush)
	t.client = a.service.Chat.Stream(a.call, a.neutral.chat, &t.out)
	t.order = chat.NewSequence(t.emit)
	err := t.read(resp)
	if err == nil {
		err = t.order.End()
	}
	a.account(t.usage)
	switch {
	case t.out.err != nil:
		return fmt.Errorf("%w: %w", ErrClientGone, t.out.err)
	case err == nil && !t.out.begun:
		err = errNoEvent
	}
	if err != nil {
		return t.fail(err)
	}
	t.conclude(ledger.Complete, http.StatusOK)
	if err := t.client.Close(); err != nil {
		return fmt.Errorf("%w: %w", ErrClientGone, err)
	}
	a.readOut(resp)
	return nil
}

// translation is one stream that is translated.
type translation struct {
	*attempt
	order  *chat.Sequence
	client protocol.StreamWriter
	out    delayed
	usage  chat.Usage
	// text is how much text there was, in bytes.
	text int
	// start is held back until another event follows it: what only begins can still fail, and another target take over.
	start *chat.Event
}

// read decodes the answer. One that is whole although a stream was asked for comes from a server that knows no streams, and is shown
// as a stream all the same.
func (t *translation) read(resp *http.Response) error {
	d := t.chatter().DecodeChat(t.neutral.chat)
	if v := resp.Header[headerType]; !t.plan.Stream || len(v) > 0 && hasType(v[0], protocol.TypeJSON) {
		upstream, err := t.readAll(resp)
		if err != nil {
			return err
		}
		answer, err := d.Whole(upstream)
		if err != nil {
			return err
		}
		return answer.Events(t.order.Event)
	}
	return d.Stream(watched{resp.Body, t.dog}, t.order.Event)
}

// emit takes the events in order.
func (t *translation) emit(e *chat.Event) error {
	if (e.Kind == chat.EventStart || e.Kind == chat.EventUsage) && e.Usage.Known {
		t.usage = e.Usage
		t.account(t.usage)
	}
	t.text += len(e.Text)
	t.produced = int64(t.text) / bytesPerToken
	t.checkpoint(nil)
	if e.Kind == chat.EventStart {
		start := *e
		t.start = &start
		return nil
	}
	if t.start != nil {
		start := t.start
		t.start = nil
		if err := t.client.Event(start); err != nil {
			return err
		}
	}
	if name, ok := t.neutral.tools[e.Name]; ok && e.Kind == chat.EventToolCall {
		e.Name = name
	}
	return t.client.Event(e)
}

// fail handles a stream that broke: as if it had not been begun, or with what the client's protocol has for it.
func (t *translation) fail(err error) error {
	if _, settled := errors.AsType[*TargetError](err); settled {
		return err
	}
	fe, own := errors.AsType[*fault.Error](err)
	switch {
	case !t.out.begun && own:
		return t.judge(fe)
	case !t.out.begun:
		return t.broke(err)
	}
	var broke error
	if own {
		broke = fmt.Errorf("%w: it reported %s", ErrCut, reported(fe))
	} else {
		if broke = t.cut(err); errors.Is(broke, ErrClientGone) {
			return broke
		}
		fe = t.brokeOff(broke)
	}
	if failed := t.client.Fail(fe); failed != nil {
		return fmt.Errorf("%w: %w", ErrClientGone, failed)
	}
	return broke
}

// delayed is the client's side of a stream. It begins the answer with the first bytes, and remembers whether the client has gone.
type delayed struct {
	*sse.Writer
	attempt *attempt
	begun   bool
	err     error
}

// Raw sends bytes as they are.
func (d *delayed) Raw(p []byte) error {
	d.begin()
	d.err = d.Writer.Raw(p)
	return d.err
}

// Event sends an event.
func (d *delayed) Event(name string, data []byte) error {
	d.begin()
	d.err = d.Writer.Event(name, data)
	return d.err
}

func (d *delayed) begin() {
	if d.begun {
		return
	}
	d.begun = true
	a := d.attempt
	a.sent()
	a.x.Stream = true
	if a.kept() {
		return
	}
	h := a.w.Header()
	h[headerType] = []string{a.service.StreamType}
	if a.call.Array {
		h[headerType] = jsonType
	}
	streamHeaders(h)
	a.announce()
	a.w.WriteHeader(http.StatusOK)
}
