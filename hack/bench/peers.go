package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"time"
)

// answer is what the fake upstream says: a chat completion of 512 bytes.
var answer = func() string {
	const frame = `{"id":"chatcmpl-1","object":"chat.completion","created":1,"model":"bench","choices":[{"index":0,"message":` +
		`{"role":"assistant","content":"%s"},"finish_reason":"stop"}],"usage":{"prompt_tokens":200,"completion_tokens":60,"total_tokens":260}}`
	return fmt.Sprintf(frame, strings.Repeat("x", 512-len(frame)+len("%s")))
}()

// ServeUpstream is the fake upstream of the pass-through comparison: it reads the request and answers at once.
func ServeUpstream(ctx context.Context, address string) error {
	return serve(ctx, address, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, answer)
	}))
}

// ServeReverseProxy is the peer of the pass-through comparison: httputil.ReverseProxy as it comes, with as many idle connections
// as there are clients, because the two that are Go's default would measure nothing but connecting.
func ServeReverseProxy(ctx context.Context, address, upstream string) error {
	target, err := url.Parse(upstream)
	if err != nil {
		return fmt.Errorf("reading the upstream's URL: %w", err)
	}
	proxy := httputil.NewSingleHostReverseProxy(target)
	proxy.Transport = &http.Transport{MaxIdleConnsPerHost: clients, DisableCompression: true}
	return serve(ctx, address, proxy)
}

func serve(ctx context.Context, address string, handler http.Handler) error {
	server := &http.Server{Addr: address, Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stop()
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serving on %s: %w", address, err)
	}
	return nil
}
