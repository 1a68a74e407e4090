package proxy

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/fairlead-dev/fairlead/gateway/fault"
	"github.com/fairlead-dev/fairlead/gateway/protocol"
)

var errNoEvent = errors.New("the stream ended before its first event")

// errIncomplete is the end of a stream that said neither `[DONE]` nor why it finished.
var errIncomplete = errors.New("the stream ended without saying that it is complete")

// stream is a stream of events that is relayed.
type stream struct {
	*attempt
	resp *http.Response
	// buf[:n] has been read and not yet sent.
	buf      *[relayBuffer]byte
	n        int
	framing  *framing
	observer protocol.Observer
	// begun: the client has the headers. torn: what it has ends in the middle of an event.
	begun, torn bool
	flush       func() error
}

// relayStream passes a stream on byte for byte, as soon as events are complete. Only whole events are sent, so that a stream
// that breaks off never leaves half of one; an event that is larger than the buffer is the exception, and goes out in pieces.
// A stream that ends without having said that it is complete is ErrCut; the client has then been told in an event, and no
// `[DONE]` follows.
func (a *attempt) relayStream(resp *http.Response, f *framing) error {
	s := &stream{
		attempt: a, resp: resp, buf: a.proxy.buffers.Get().(*[relayBuffer]byte),
		framing: f, observer: a.observer(true), flush: http.NewResponseController(a.w).Flush,
	}
	defer a.proxy.buffers.Put(s.buf)
	err := s.relay()
	if !a.concluded {
		a.accountObserved(s.observer)
	}
	return err
}

func (s *stream) relay() error {
	for {
		m, err := s.resp.Body.Read(s.buf[s.n:])
		s.dog.alive()
		from := s.n
		s.n += m
		if failed := s.pass(s.framing.end(s.buf[:s.n], from)); failed != nil {
			return failed
		}
		if err != nil {
			return s.end(err)
		}
	}
}

// pass sends the first whole bytes of the buffer, or all of it where not even one event fits.
func (s *stream) pass(whole int) error {
	if whole == 0 {
		if s.n < len(s.buf) {
			return nil
		}
		// What may be the beginning of an empty line stays with the rest of it: at most three bytes, as in CR LF CR.
		whole, s.torn = s.n-min(s.n-len(bytes.TrimRight(s.buf[:], "\r\n")), 3), true
	} else {
		s.torn = false
	}
	_, _ = s.observer.Write(s.buf[:whole])
	s.progress(s.framing.count(s.buf[:whole]))
	if s.observer.Ended() {
		s.concludeObserved(s.observer, http.StatusOK)
	} else {
		s.checkpoint(s.observer.Usage)
	}
	err := s.writeWanted(s.buf[:whole])
	s.n = copy(s.buf[:], s.buf[whole:s.n])
	return err
}

func (s *stream) write(p []byte) error {
	if !s.begun {
		s.begin()
	}
	if _, err := s.w.Write(p); err != nil {
		return fmt.Errorf("%w: %w", ErrClientGone, err)
	}
	if err := s.flush(); err != nil {
		return fmt.Errorf("%w: %w", ErrClientGone, err)
	}
	return nil
}

func (s *stream) begin() {
	s.begun = true
	s.sent()
	s.x.Stream = true
	streamHeaders(s.w.Header())
	s.headers(s.resp, nil)
}

// streamHeaders keep what stands between the gateway and the client from holding events back.
func streamHeaders(h http.Header) {
	h["Cache-Control"] = noCache
	h["X-Accel-Buffering"] = noBuffering
}

// end handles the end of the upstream's stream, which may be its completion, an error, or just silence.
func (s *stream) end(err error) error {
	clean := errors.Is(err, io.EOF)
	rest, complete := s.complete(clean)
	if complete {
		s.concludeObserved(s.observer, http.StatusOK)
	}
	switch {
	case complete && len(rest) > 0:
		return s.writeWanted(rest)
	case complete:
		return nil
	case clean && s.begun:
		err = errIncomplete
	case clean:
		err = errNoEvent
	}
	if !s.begun {
		return s.broke(err)
	}
	return s.tell(err)
}

// complete says whether a stream that has ended is complete, and what of it is still to be sent. After `[DONE]` nothing can be
// missing, however the connection ended. Without it, the upstream must have said why it finished, or that it failed, and have
// ended its body as HTTP does.
func (s *stream) complete(clean bool) (rest []byte, ok bool) {
	rest = s.buf[:s.n]
	if len(bytes.Trim(rest, "\r\n")) > 0 && !s.framing.whole(rest) {
		return nil, s.observer.Ended()
	}
	_, _ = s.observer.Write(rest)
	s.observer.End()
	return rest, s.observer.Ended() || clean && (s.observer.Complete() || s.observer.Failed())
}

// tell ends the stream with what says that it broke.
func (s *stream) tell(err error) error {
	broke := s.cut(err)
	if errors.Is(broke, ErrClientGone) {
		return broke
	}
	frame := s.service.Errors.Frame(s.brokeOff(broke))
	if s.torn {
		frame = append([]byte(s.framing.mend), frame...)
	}
	if failed := s.write(frame); failed != nil {
		return failed
	}
	return broke
}

// brokeOff is a target that broke off, in words for the client.
func (a *attempt) brokeOff(cause error) *fault.Error {
	message := fmt.Sprintf("The target '%s' of the model '%s' broke off its answer.", a.target.Name, a.model.Name)
	if isTimeout(cause) {
		return fault.Timeout(message)
	}
	return fault.BadGateway(message)
}
