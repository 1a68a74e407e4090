package bench

import (
	"context"
	"time"
)

// PassThrough measures the CPU time of one request that the gateway passes through, with keys, metrics and the access log on,
// against a bare httputil.ReverseProxy in front of the same upstream. The answer is one of 512 bytes.
func PassThrough(ctx context.Context, figures *Figures, programs Programs) error {
	const tokens = 48
	r, err := newRig(ctx, programs, time.Second)
	if err != nil {
		return err
	}
	defer r.close()
	proxy, peer, err := r.reverseProxy(ctx, programs)
	if err != nil {
		return err
	}
	return compare(ctx, figures,
		subject{"reverseproxy", proxy.pid(), chat(peer, toOpenAI, tokens, false)},
		subject{"passthrough", r.gateway.pid(), chat(r.proxy, toOpenAI, tokens, false)})
}
