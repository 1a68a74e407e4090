package proxy

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/fault"
	"github.com/fairlead-dev/fairlead/gateway/ledger"
	"github.com/fairlead-dev/fairlead/gateway/provider"
)

const (
	// answerMost is the largest answer that is read for translation, in bytes.
	answerMost = 64 << 20
	// usualAnswer is the room for one whose length is not known before, or is not to be believed; longer ones take more.
	usualAnswer = 4 << 10
	// errorMost is how much of an error answer is read.
	errorMost = 64 << 10
)

var errTooLong = errors.New("the answer is longer than the gateway translates")

// translateBody reads the whole answer and sends its translation. Until then another target can take over.
func (a *attempt) translateBody(resp *http.Response) error {
	upstream, err := a.readAll(resp)
	if err != nil {
		return err
	}
	client, usage, err := a.decode(upstream)
	if err != nil {
		return a.unreadable(err)
	}
	a.account(usage)
	a.wrote(int64(len(client)))
	a.conclude(ledger.Complete, http.StatusOK)
	return a.reply(client)
}

// readAll reads an answer that has to be whole before anything can be done with it.
func (a *attempt) readAll(resp *http.Response) ([]byte, error) {
	expected := resp.ContentLength
	if expected < 0 || expected > relayBuffer {
		expected = usualAnswer
	}
	upstream := bytes.NewBuffer(make([]byte, 0, expected+bytes.MinRead))
	if _, err := upstream.ReadFrom(io.LimitReader(watched{resp.Body, a.dog}, answerMost+1)); err != nil {
		return nil, a.broke(err)
	}
	if upstream.Len() > answerMost {
		return nil, a.fail(v1alpha1.RetryOnServerError, errTooLong)
	}
	return upstream.Bytes(), nil
}

// decode makes the client's answer of the upstream's. That the upstream can do what it was asked, the plan has made sure of.
func (a *attempt) decode(upstream []byte) (client []byte, usage chat.Usage, err error) {
	switch svc := a.service; {
	case svc.Chat != nil:
		answer, err := a.chatter().DecodeChat(a.neutral.chat).Whole(upstream)
		if err != nil {
			return nil, usage, err
		}
		answer.Tidy()
		answer.ClientNames(a.neutral.tools)
		return svc.Chat.Answer(a.neutral.chat, answer), answer.Usage, nil
	case svc.Embedding != nil:
		answer, err := a.target.Upstream.Protocol.(provider.Embedder).DecodeEmbedding(a.neutral.embedding, upstream)
		if err != nil {
			return nil, usage, err
		}
		return svc.Embedding.Answer(a.neutral.embedding, answer), answer.Usage, nil
	}
	n, err := a.target.Upstream.Protocol.(provider.Counter).DecodeCount(upstream)
	if err != nil {
		return nil, usage, err
	}
	return a.service.Count.Answer(n), usage, nil
}

func (a *attempt) chatter() provider.Chatter { return a.target.Upstream.Protocol.(provider.Chatter) }

// unreadable is an answer with a good status that is an error all the same, or that does not follow its protocol.
func (a *attempt) unreadable(err error) error {
	if fe, ok := errors.AsType[*fault.Error](err); ok {
		return a.judge(fe)
	}
	return a.fail(v1alpha1.RetryOnServerError, err)
}

// judge decides by what an error means, which the upstream's own status may not say, whether another target is tried.
func (a *attempt) judge(fe *fault.Error) error {
	if fe.Status == http.StatusUnauthorized {
		return a.keyRefused()
	}
	a.cool(fe.Status, fe.RetryAfter)
	c, failed := meaning(fe)
	if !failed {
		return fe
	}
	f := a.failure(c, fmt.Errorf("it reported %s", reported(fe)))
	if a.again(c) {
		return f
	}
	a.giveUp(c)
	a.outcome = f.outcome()
	return fe
}

// translateError makes the client's error of the upstream's, unless another target is tried.
func (a *attempt) translateError(resp *http.Response) error {
	upstream, err := io.ReadAll(io.LimitReader(watched{resp.Body, a.dog}, errorMost))
	if err != nil {
		return a.broke(err)
	}
	err = a.judge(a.target.Upstream.Protocol.Error(resp.StatusCode, resp.Header, upstream))
	if _, again := errors.AsType[*TargetError](err); again {
		return err
	}
	h := a.w.Header()
	for _, name := range []string{"Retry-After", "Retry-After-Ms", headerRetry} {
		if v := resp.Header[name]; len(v) > 0 && h[name] == nil {
			h[name] = v
		}
	}
	return err
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

func reported(fe *fault.Error) string {
	return fmt.Sprintf("an error with status %d %s", fe.Status, fe.Code)
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
