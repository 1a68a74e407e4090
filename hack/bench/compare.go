package bench

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"
)

const (
	// clients is the number of kept connections that the load comes over.
	clients = 32
	// rounds is how often what is compared is measured in turns; the median of the ratios is the figure.
	rounds = 7
	// roundTime is how long one subject is measured in one round.
	roundTime = 2 * time.Second
)

// subject is a process under load.
type subject struct {
	name string
	pid  int
	load load
}

// compare measures base and others in turns and prints the CPU time of one request for each, and the median ratio of each of the
// others to base.
func compare(ctx context.Context, figures *Figures, base subject, others ...subject) error {
	all := append([]subject{base}, others...)
	spent, ratios := make([][]float64, len(all)), make([][]float64, len(all))
	for round := range rounds + 1 {
		var first float64
		for i, s := range all {
			took, err := s.microseconds(ctx)
			if err != nil {
				return err
			}
			if i == 0 {
				first = took
			}
			if round > 0 { // in the first, pools fill and connections are made
				spent[i], ratios[i] = append(spent[i], took), append(ratios[i], took/first)
			}
		}
	}
	for i, s := range all {
		figures.Print(s.name+"_cpu_per_request", quantile(spent[i], 0.5), "us")
		if i > 0 {
			figures.Print(s.name+"_cpu_ratio", quantile(ratios[i], 0.5), "ratio")
		}
	}
	return nil
}

// microseconds is the CPU time of one request, over one round.
func (s subject) microseconds(ctx context.Context) (float64, error) {
	before, err := cpu(s.pid)
	if err != nil {
		return 0, err
	}
	requests, err := s.load.run(ctx, roundTime)
	if err != nil {
		return 0, fmt.Errorf("loading %s: %w", s.name, err)
	}
	after, err := cpu(s.pid)
	if err != nil {
		return 0, err
	}
	return float64((after - before).Microseconds()) / float64(requests), nil
}

// chat is a load of chat requests of 1 KB whose answers have a number of tokens.
func chat(address, alias string, tokens int, stream bool) load {
	return load{url: "http://" + address + chatPath, clients: clients, body: chatBody(alias, tokens, stream), header: chatHeader()}
}

const chatPath = "/v1/chat/completions"

// chatBody is a request of 1 KB.
func chatBody(alias string, tokens int, stream bool) []byte {
	const frame = `{"model":%q,"temperature":0.2,"max_tokens":%d,"stream":%t,"messages":[{"role":"system","content":"You are terse."},` +
		`{"role":"user","content":"%s"}]}`
	return fmt.Appendf(nil, frame, alias, tokens, stream, strings.Repeat("word ", (1024-len(frame))/5))
}

// chatHeader is what OpenAI's client for Python sends.
func chatHeader() http.Header {
	return http.Header{
		"Authorization": {"Bearer sk-bench"}, "Content-Type": {"application/json"}, "User-Agent": {"OpenAI/Python 2.8.0"},
		"Accept": {"application/json"}, "X-Stainless-Lang": {"python"}, "X-Stainless-Retry-Count": {"0"},
	}
}
