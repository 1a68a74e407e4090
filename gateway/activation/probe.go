package activation

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/fairlead-dev/fairlead/gateway/provider"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
)

const (
	// patience is how long a server may take to answer one look. A server that runs answers within milliseconds.
	patience = time.Second
	// serversMost bounds how many servers are looked at besides the provider's own address: one is enough.
	serversMost = 4
	// answerMost is how much of an answer is read, so that its connection can be used again, in bytes.
	answerMost = 4 << 10
)

// place is where a server may be.
type place struct {
	base      *url.URL
	transport http.RoundTripper
}

// answers says whether a provider answers anywhere: at its address, or at one of its servers. All are asked at the same time; the first
// that answers is enough.
func answers(ctx context.Context, s *snapshot.Snapshot, name string) bool {
	if s == nil {
		return false
	}
	u := s.UpstreamOf(name)
	if u == nil || u.Transport == nil {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	places := []place{{u.URL, u.Transport}}
	for i, server := range s.ServersOf(name) {
		if i == serversMost {
			break
		}
		places = append(places, place{server.URL, server.Transport})
	}
	found := make(chan bool, len(places))
	for _, at := range places {
		go func() { found <- at.answers(ctx, u) }()
	}
	for range places {
		if <-found {
			return true
		}
	}
	return false
}

// answers asks what costs no tokens and loads no model. Anything but a failure will do.
func (at place) answers(ctx context.Context, u *snapshot.Upstream) bool {
	path := "/"
	if p, ok := u.Protocol.(provider.Prober); ok {
		path = p.Probe().Path
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, at.base.JoinPath(path).String(), nil)
	if err != nil {
		return false
	}
	for name, v := range u.Header {
		req.Header[name] = v
	}
	req.Header.Set("User-Agent", "fairlead")
	resp, err := at.transport.RoundTrip(req)
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	_, _ = io.CopyN(io.Discard, resp.Body, answerMost)
	return resp.StatusCode < http.StatusInternalServerError
}
