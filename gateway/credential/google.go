package credential

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"

	"golang.org/x/oauth2"
)

const (
	// scope is what Vertex AI asks for.
	// Source: https://cloud.google.com/vertex-ai/docs/authentication
	scope = "https://www.googleapis.com/auth/cloud-platform"
	// early is how long before its end a token is replaced. Google's metadata server has no newer one before that.
	early = 225 * time.Second
	// margin is how long a token must live to be sent at all.
	margin = 10 * time.Second
	// exchangeTime bounds one exchange for a token.
	exchangeTime = 30 * time.Second
	// pause is how long a token that is good for a while is not asked for again after a failure.
	pause = 10 * time.Second
)

// googleTokens authorizes requests with access tokens of Google's. A token is kept until shortly before its end, and then replaced while
// it goes on being used; there is one exchange at a time, whoever waits for it.
//
// Tokens come from golang.org/x/oauth2, which Kubernetes' own client brings along; Google's newer cloud.google.com/go/auth does the same
// with many more dependencies.
type googleTokens struct {
	// exchange gets a new token.
	exchange func(ctx context.Context) (*oauth2.Token, error)
	// project is who pays, where it is not the project of the credentials; empty for none.
	project string
	now     func() time.Time

	mu     sync.Mutex
	expiry time.Time
	// header is the value of Authorization, nil before the first exchange.
	header []string
	// running is the exchange that is under way, or nil; paused is when the next one may begin in the background.
	running *exchange
	paused  time.Time
}

var _ Authorizer = (*googleTokens)(nil)

// exchange is one exchange. header and err are set when done is closed.
type exchange struct {
	done   chan struct{}
	header []string
	err    error
}

// Authorize sets Authorization, and X-Goog-User-Project where the credentials name a project that pays.
func (g *googleTokens) Authorize(ctx context.Context, r *http.Request, _ [][]byte) error {
	header, err := g.current(ctx)
	if err != nil {
		return err
	}
	r.Header["Authorization"] = header
	if g.project != "" {
		r.Header["X-Goog-User-Project"] = []string{g.project}
	}
	return nil
}

// current is the header to send at this moment. It waits only if there is no token that can be sent.
func (g *googleTokens) current(ctx context.Context) ([]string, error) {
	g.mu.Lock()
	now := g.now()
	header, left := g.header, g.expiry.Sub(now)
	usable := header != nil && (g.expiry.IsZero() || left > margin)
	if usable && (g.expiry.IsZero() || left > early || now.Before(g.paused)) {
		g.mu.Unlock()
		return header, nil
	}
	x := g.begin(ctx)
	g.mu.Unlock()
	if usable {
		return header, nil
	}
	select {
	case <-x.done:
		return x.header, x.err
	case <-ctx.Done():
		return nil, fmt.Errorf("waiting for an access token of Google's: %w", context.Cause(ctx))
	}
}

// begin starts an exchange, unless one is under way. It belongs to nobody: the caller's end does not end it.
func (g *googleTokens) begin(ctx context.Context) *exchange {
	if g.running == nil {
		g.running = &exchange{done: make(chan struct{})}
		go g.run(context.WithoutCancel(ctx), g.running)
	}
	return g.running
}

func (g *googleTokens) run(ctx context.Context, x *exchange) {
	ctx, cancel := context.WithTimeout(ctx, exchangeTime)
	defer cancel()
	t, err := g.exchange(ctx)
	g.mu.Lock()
	defer g.mu.Unlock()
	g.running = nil
	if err != nil {
		x.err = fmt.Errorf("asking Google for an access token: %w", harmless(err))
		g.paused = g.now().Add(pause)
	} else {
		x.header = []string{"Bearer " + t.AccessToken}
		g.header, g.expiry = x.header, t.Expiry
	}
	close(x.done)
}
