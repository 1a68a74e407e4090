package proxy

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/openai"
	"github.com/fairlead-dev/fairlead/gateway/provider/legacy"
)

const (
	// answerMost is the largest answer that is read for translation, in bytes.
	answerMost = 64 << 20
	// errorMost is how much of an error answer is read.
	errorMost = 64 << 10
)

var errTooLong = errors.New("the answer is longer than the gateway translates")

// translateBody reads the whole answer and sends its translation. Until then another target can take over.
func (a *attempt) translateBody(resp *http.Response, d provider.Decoder) error {
	upstream, err := io.ReadAll(io.LimitReader(watched{resp.Body, a.dog}, answerMost+1))
	if err != nil {
		return a.broke(err)
	}
	if len(upstream) > answerMost {
		return a.fail(v1alpha1.RetryOnServerError, errTooLong)
	}
	client, usage, err := d.Body(upstream)
	if err != nil {
		return a.unreadable(err)
	}
	a.sent()
	a.account(usage)
	h := a.w.Header()
	h[headerType], h[headerLength] = jsonType, []string{strconv.Itoa(len(client))}
	a.w.WriteHeader(http.StatusOK)
	if _, err := a.w.Write(client); err != nil {
		return fmt.Errorf("%w: %w", ErrClientGone, err)
	}
	return nil
}

// unreadable is an answer with a good status that is an error all the same, or that does not follow its protocol.
func (a *attempt) unreadable(err error) error {
	if oe, ok := errors.AsType[*openai.Error](err); ok {
		return a.judge(oe)
	}
	return a.fail(v1alpha1.RetryOnServerError, err)
}

// judge decides by what an error means, which the upstream's own status may not say, whether another target is tried.
func (a *attempt) judge(oe *openai.Error) error {
	c, failed := condition(oe.Status)
	if !failed {
		return oe
	}
	f := &TargetError{Condition: c, Target: a.target.Name, Model: a.model.Name, Err: fmt.Errorf("it reported %s", reported(oe))}
	if a.again(c) {
		return f
	}
	a.giveUp(c)
	a.outcome = f.outcome()
	return oe
}

// translateError makes the client's error of the upstream's, unless another target is tried.
func (a *attempt) translateError(resp *http.Response, d provider.Decoder) error {
	upstream, err := io.ReadAll(io.LimitReader(watched{resp.Body, a.dog}, errorMost))
	if err != nil {
		return a.broke(err)
	}
	err = a.judge(d.Error(resp.StatusCode, upstream))
	if _, again := errors.AsType[*TargetError](err); again {
		return err
	}
	h := a.w.Header()
	for _, name := range []string{"Retry-After", "Retry-After-Ms"} {
		if v := resp.Header[name]; len(v) > 0 {
			h[name] = v
		}
	}
	return err
}

// translateStream sends each event as soon as the decoder has made it. Until the first one another target can take over.
func (a *attempt) translateStream(resp *http.Response, d provider.Decoder) error {
	e := &events{attempt: a, out: openai.NewEventWriter(a.w, http.NewResponseController(a.w).Flush)}
	usage, err := d.Stream(e, watched{resp.Body, a.dog})
	a.account(usage)
	if e.err != nil {
		return fmt.Errorf("%w: %w", ErrClientGone, e.err)
	}
	if err == nil && !e.begun {
		err = errNoEvent
	}
	if err != nil {
		return e.fail(err)
	}
	if err := e.out.Done(); err != nil {
		return fmt.Errorf("%w: %w", ErrClientGone, err)
	}
	a.readOut(resp)
	return nil
}

// readOut reads what follows a stream that its own protocol says is complete, which is HTTP's mark of the end: before that has
// been read the connection is of no further use. The client has its answer, so it takes a moment and no longer.
func (a *attempt) readOut(resp *http.Response) {
	const (
		moment = time.Second
		most   = 4 << 10
	)
	a.dog.within(moment)
	_, _ = io.CopyN(io.Discard, resp.Body, most)
}

// events begins the answer with the first event, and remembers whether the client has gone.
type events struct {
	*attempt
	out   *openai.Events
	begun bool
	err   error
}

// WriteEvent sends one event.
func (e *events) WriteEvent(data []byte) error {
	if !e.begun {
		e.begun = true
		e.sent()
		e.x.Stream = true
		h := e.w.Header()
		h[headerType] = eventType
		streamHeaders(h)
		e.w.WriteHeader(http.StatusOK)
	}
	e.err = e.out.WriteEvent(data)
	return e.err
}

// fail handles a stream that broke: as if it had not been begun, or with an event.
func (e *events) fail(err error) error {
	oe, own := errors.AsType[*openai.Error](err)
	switch {
	case !e.begun && own:
		return e.judge(oe)
	case !e.begun:
		return e.broke(err)
	case !own:
		return e.tell(e.out, err)
	}
	if failed := e.out.Fail(oe); failed != nil {
		return fmt.Errorf("%w: %w", ErrClientGone, failed)
	}
	return fmt.Errorf("%w: it reported %s", ErrCut, reported(oe))
}

// reported is what the log may know of an error that an upstream reported: its message may repeat the prompt.
func reported(oe *openai.Error) string {
	return fmt.Sprintf("an error with status %d %s", oe.Status, oe.Code)
}

// watched tells the watchdog of everything that arrives.
type watched struct {
	src io.Reader
	dog *watchdog
}

// Read reads from the source.
func (w watched) Read(p []byte) (int, error) {
	n, err := w.src.Read(p)
	w.dog.alive()
	return n, err
}
