package health

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/fairlead-dev/fairlead/gateway/provider"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
)

const (
	// patience is how long an upstream may take to answer.
	patience = 5 * time.Second
	// answerMost is how much of an answer is read, so that the connection can be used again, in bytes. Lists of models are longer than
	// one would think.
	answerMost = 1 << 20
)

// ask checks an upstream once, with the credentials, the connections and the proxy of its requests. The error says what is wrong with
// it: it does not answer, fails, or does not take the gateway's key. Any other answer shows that it works: not every server has a
// list of models, not every key may read it, and one that has had too many requests is not ill.
func ask(ctx context.Context, u *snapshot.Upstream) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	req, err := question(ctx, u)
	if err != nil {
		return err
	}
	resp, err := u.Transport.RoundTrip(req)
	if err != nil {
		return fmt.Errorf("asking the upstream: %w", err)
	}
	defer resp.Body.Close()
	_, _ = io.CopyN(io.Discard, resp.Body, answerMost)
	if resp.StatusCode >= http.StatusInternalServerError || resp.StatusCode == http.StatusUnauthorized && req.Method == http.MethodGet {
		return fmt.Errorf("asking the upstream: status %d", resp.StatusCode)
	}
	return nil
}

// question is what the upstream's protocol has for the purpose. For one that has nothing it is a HEAD of the server, without
// credentials, which anything but a failure answers.
func question(ctx context.Context, u *snapshot.Upstream) (*http.Request, error) {
	p, ok := u.Protocol.(provider.Prober)
	if !ok {
		root := url.URL{Scheme: u.URL.Scheme, Host: u.URL.Host, Path: "/"}
		return http.NewRequestWithContext(ctx, http.MethodHead, root.String(), nil)
	}
	out := p.Probe()
	at := u.URL.JoinPath(out.Path)
	at.RawQuery = u.Query
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, at.String(), nil)
	if err != nil {
		return nil, fmt.Errorf("making the check: %w", err)
	}
	for _, h := range []http.Header{out.Header, u.Header} {
		for name, v := range h {
			req.Header[name] = v
		}
	}
	req.Header.Set("User-Agent", "fairlead")
	if u.Authorizer != nil {
		if err := u.Authorizer.Authorize(ctx, req, nil); err != nil {
			return nil, fmt.Errorf("getting the credentials of the check: %w", err)
		}
	}
	return req, nil
}
