package proxy

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
	"github.com/fairlead-dev/fairlead/gateway/telemetry"
)

// errNoStream is an answer that is no stream where the client has been promised one.
var errNoStream = errors.New("the answer is no stream of events")

var errNotFinal = errors.New("the status is neither a success nor an error; redirects are not followed")

// run asks the target and passes its answer on.
func (a *attempt) run() error {
	a.at = a.target
	if err := a.ticket.Enter(a.ctx, a.target); err != nil {
		return a.full(err)
	}
	a.nameDropped()
	resp, err := a.send()
	if err != nil {
		return a.unsent(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode < http.StatusOK || resp.StatusCode >= http.StatusMultipleChoices {
		return a.refused(resp)
	}
	switch f, framed := framingOf(resp.Header); {
	case a.plan.native && framed:
		return a.relayStream(resp, f)
	case a.plan.native && a.promised:
		return a.fail(v1alpha1.RetryOnServerError, errNoStream)
	case a.plan.native:
		return a.relayBody(resp)
	case a.service.Chat != nil && a.stream:
		return a.translateStream(resp)
	}
	return a.translateBody(resp)
}

// unsent says what it means that there is no answer.
func (a *attempt) unsent(err error) error {
	if _, ours := errors.AsType[*TargetError](err); ours || errors.Is(err, errAsleep) {
		return err
	}
	return a.broke(err)
}

// nameDropped tells the client what this target is not told; an earlier target's list is gone.
func (a *attempt) nameDropped() {
	if len(a.plan.dropped) > 0 {
		a.w.Header()[headerDropped] = []string{strings.Join(a.plan.dropped, ", ")}
		return
	}
	delete(a.w.Header(), headerDropped)
}

// send writes the request and waits for the headers of the answer.
func (a *attempt) send() (*http.Response, error) {
	a.x.Attempts++
	a.outcome = telemetry.OutcomeAnswered
	body := a.outbound()
	up := a.target.Upstream
	target, err := endpoint(up, a.plan.Path)
	if err != nil {
		return nil, err
	}
	req := &http.Request{
		Method: http.MethodPost, URL: target, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: a.upstreamHeader(), ContentLength: body.length,
		GetBody: func() (io.ReadCloser, error) { return body.open(), nil },
	}
	req = req.WithContext(a.ctx)
	if up.Authorizer != nil {
		if err := up.Authorizer.Authorize(a.ctx, req, body.pieces); err != nil {
			return nil, a.fail(v1alpha1.RetryOnServerError, fmt.Errorf("%w: %w", errNoCredential, err))
		}
	}
	a.secret = secretOf(up.Key, req.Header)
	// A key without a value is not sent. It allows http.Transport to send again what a kept-alive connection, closed by the
	// other side meanwhile, did not take: see the documentation of http.Transport.
	req.Header["Idempotency-Key"] = noValue
	return a.roundTrip(req, body.open)
}

// outbound is what this target is sent.
func (a *attempt) outbound() outbound {
	switch in := a.in; {
	case in.form != nil:
		return in.form.outbound(a.upstreamModel(a.target))
	case a.plan.native:
		return in.body.outbound(a.plan.Body)
	}
	return owned(a.plan.Body)
}

// endpoint joins an upstream's base URL, the path and query of a request, whose segments are escaped, and the query that every
// request to it has.
func endpoint(up *snapshot.Upstream, path string) (*url.URL, error) {
	path, query, _ := strings.Cut(path, "?")
	plain, err := url.PathUnescape(path)
	if err != nil {
		return nil, fmt.Errorf("reading the path of the request: %w", err)
	}
	u := *up.URL
	if plain != path || u.RawPath != "" {
		u.RawPath = u.EscapedPath() + path
	}
	u.Path += plain
	switch {
	case query == "":
		u.RawQuery = up.Query
	case up.Query == "":
		u.RawQuery = query
	default:
		u.RawQuery = up.Query + "&" + query
	}
	return &u, nil
}

// refused handles an answer that is no success.
func (a *attempt) refused(resp *http.Response) error {
	a.refusal = true
	a.mask(resp)
	a.cool(resp.StatusCode, retryAfter(resp.Header, time.Now()))
	switch {
	case resp.StatusCode < http.StatusBadRequest:
		return a.fail(v1alpha1.RetryOnServerError, errNotFinal)
	case resp.StatusCode == http.StatusUnauthorized:
		discard(resp)
		return a.keyRefused()
	case !a.plan.native, a.promised:
		return a.translateError(resp)
	case resp.StatusCode == http.StatusBadRequest, resp.StatusCode == http.StatusRequestEntityTooLarge:
		return a.refusedNative(resp)
	}
	if c, failed := condition(resp.StatusCode); failed {
		f := a.failure(c, fmt.Errorf("status %d", resp.StatusCode))
		if a.again(c) {
			discard(resp)
			return f
		}
		a.giveUp(c)
		a.outcome = f.outcome()
	}
	return a.relayBody(resp)
}

// refusedNative passes on that the request is at fault, unless another target may take it, or the upstream means the key of its
// provider: Google says 400 to that.
func (a *attempt) refusedNative(resp *http.Response) error {
	head, err := io.ReadAll(io.LimitReader(watched{resp.Body, a.dog}, errorMost))
	if err != nil {
		return a.broke(err)
	}
	fe := a.target.Upstream.Protocol.Error(resp.StatusCode, resp.Header, head)
	if fe.Status == http.StatusUnauthorized {
		return a.keyRefused()
	}
	if c, failed := meaning(fe); failed && a.again(c) {
		return a.failure(c, fmt.Errorf("it reported %s", reported(fe)))
	}
	resp.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(head), resp.Body), resp.Body}
	return a.relayBody(resp)
}

// keyRefused is an upstream that does not take the key of its provider, whatever status it says so with.
func (a *attempt) keyRefused() error {
	if !a.again(v1alpha1.RetryOnServerError) {
		// A key does not become right by asking again.
		a.w.Header()[headerRetry] = doNotRetry
	}
	return a.fail(v1alpha1.RetryOnServerError, errKeyRefused)
}

// discard reads a short answer to its end, so that the connection can be used again.
func discard(resp *http.Response) {
	const short = 4 << 10
	if resp.ContentLength >= 0 && resp.ContentLength <= short {
		_, _ = io.Copy(io.Discard, resp.Body)
	}
}
