package proxy

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/provider/legacy"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
	"github.com/fairlead-dev/fairlead/gateway/telemetry"
)

var errNotFinal = errors.New("the status is neither a success nor an error; redirects are not followed")

// run asks the target and passes its answer on.
func (a *attempt) run() error {
	protocol := a.target.Upstream.Protocol
	out, err := protocol.Encode(a.req, a.target.Model)
	if err != nil {
		return fmt.Errorf("translating the request: %w", err)
	}
	decoder := protocol.Decoder(a.req)
	resp, err := a.send(out)
	if err != nil {
		return a.broke(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode < http.StatusOK || resp.StatusCode >= http.StatusMultipleChoices {
		return a.refused(resp, decoder)
	}
	switch {
	case decoder == nil && isStream(resp.Header):
		return a.relayStream(resp)
	case decoder == nil:
		return a.relayBody(resp)
	case out.Stream:
		return a.translateStream(resp, decoder)
	}
	return a.translateBody(resp, decoder)
}

// send writes the request and waits for the headers of the answer.
func (a *attempt) send(out provider.Outbound) (*http.Response, error) {
	a.x.Attempts++
	a.outcome = telemetry.OutcomeAnswered
	open, length := a.body.outbound(out.Body)
	req := &http.Request{
		Method: http.MethodPost, URL: endpoint(a.target.Upstream, out.Path), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: upstreamHeader(a.r.Header, a.x.RequestID, a.target.Upstream),
		Body:   open(), GetBody: func() (io.ReadCloser, error) { return open(), nil }, ContentLength: length,
	}
	return a.target.Upstream.Transport.RoundTrip(req.WithContext(a.ctx))
}

func endpoint(up *snapshot.Upstream, path string) *url.URL {
	u := *up.URL
	u.Path += path
	if u.RawPath != "" {
		u.RawPath += path
	}
	return &u
}

// refused handles an answer that is no success.
func (a *attempt) refused(resp *http.Response, decoder provider.Decoder) error {
	switch {
	case resp.StatusCode < http.StatusBadRequest:
		return a.fail(v1alpha1.RetryOnServerError, errNotFinal)
	case resp.StatusCode == http.StatusUnauthorized:
		discard(resp)
		if !a.again(v1alpha1.RetryOnServerError) {
			// A key does not become right by asking again.
			a.w.Header()[headerRetry] = doNotRetry
		}
		return a.fail(v1alpha1.RetryOnServerError, errKeyRefused)
	case decoder != nil:
		return a.translateError(resp, decoder)
	}
	if c, failed := condition(resp.StatusCode); failed {
		f := &TargetError{Condition: c, Target: a.target.Name, Model: a.model.Name, Err: fmt.Errorf("status %d", resp.StatusCode)}
		if a.again(c) {
			discard(resp)
			return f
		}
		a.giveUp(c)
		a.outcome = f.outcome()
	}
	return a.relayBody(resp)
}

// discard reads a short answer to its end, so that the connection can be used again.
func discard(resp *http.Response) {
	const short = 4 << 10
	if resp.ContentLength >= 0 && resp.ContentLength <= short {
		_, _ = io.Copy(io.Discard, resp.Body)
	}
}
