package bench

import (
	"context"
	"fmt"
	"sync"
	"time"
)

const (
	// streamers is how many streams of each way are open at a time: few, because what is measured is not a queue.
	streamers = 3
	// streamTokens is the length of a stream; there is one tokenInterval between two tokens.
	streamTokens  = 10
	tokenInterval = 5 * time.Millisecond
	// pause is the most that is between two streams of one connection.
	pause = 40 * time.Millisecond
	// streamRounds is how often, and streamTime how long streams are read.
	streamRounds = 15
	streamTime   = 2 * time.Second
)

// way is how a stream comes to the client.
type way struct {
	name                       string
	address, path, alias, mark string
	// rounds are what was seen in each round, and all in all of them.
	rounds []*latencies
	all    latencies
}

// Stream measures what the gateway adds to the time of a stream's first byte and to that of each token, passed through and
// translated, against the same upstream asked directly. All ways are read side by side, so that what else the machine does meets
// them alike: the figures are differences of percentiles, of all that was seen, and the median of those of each round. The upstream's
// first bytes have the first token in them, because the gateway keeps back what only begins: until then another target can take over.
func Stream(ctx context.Context, figures *Figures, programs Programs) error {
	r, err := newRig(ctx, programs, tokenInterval)
	if err != nil {
		return err
	}
	defer r.close()
	const openAIMark, anthropicMark = `"content":"`, `"text":"`
	openAI := &way{name: "stream_direct", address: r.upstream, path: chatPath, alias: "bench", mark: openAIMark}
	passed := &way{name: "stream_passthrough", address: r.proxy, path: chatPath, alias: toOpenAI, mark: openAIMark}
	anthropic := &way{name: "stream_direct_anthropic", address: r.upstream, path: "/v1/messages", alias: "bench", mark: anthropicMark}
	translated := &way{name: "stream_to_anthropic", address: r.proxy, path: chatPath, alias: toAnthropic, mark: openAIMark}
	ways := []*way{openAI, passed, anthropic, translated}
	for range streamRounds + 1 {
		if err := readSideBySide(ctx, ways); err != nil {
			return err
		}
	}
	for _, w := range ways {
		w.rounds = w.rounds[1:] // in the first, connections are made
		for _, round := range w.rounds {
			w.all.add(round)
		}
	}
	openAI.print(figures)
	anthropic.print(figures)
	passed.printAdded(figures, openAI)
	translated.printAdded(figures, anthropic)
	return nil
}

// readSideBySide reads one round of all ways.
func readSideBySide(ctx context.Context, ways []*way) error {
	var group sync.WaitGroup
	var mu sync.Mutex
	var failed error
	deadline := time.Now().Add(streamTime)
	for _, w := range ways {
		round := &latencies{}
		w.rounds = append(w.rounds, round)
		for range streamers {
			group.Go(func() {
				seen, err := w.read(ctx, deadline)
				mu.Lock()
				defer mu.Unlock()
				if err != nil {
					failed = fmt.Errorf("%s: %w", w.name, err)
					return
				}
				round.add(seen)
			})
		}
	}
	group.Wait()
	return failed
}

func (w *way) read(ctx context.Context, deadline time.Time) (*latencies, error) {
	s, err := newStreamer(ctx, w.address, w.path, w.alias, w.mark, streamTokens)
	if err != nil {
		return nil, err
	}
	defer s.conn.Close()
	return s.run(deadline)
}

// print prints what a way takes.
func (w *way) print(figures *Figures) {
	for _, q := range percentiles() {
		figures.Print(w.name+"_first_byte_"+q.name, milliseconds(quantile(w.all.first, q.share)), "ms")
		figures.Print(w.name+"_token_"+q.name, milliseconds(quantile(w.all.token, q.share)), "ms")
	}
}

// printAdded prints what a way takes more than base.
func (w *way) printAdded(figures *Figures, base *way) {
	w.printDifference(figures, "first_byte", base, func(l *latencies) []time.Duration { return l.first })
	w.printDifference(figures, "token", base, func(l *latencies) []time.Duration { return l.token })
}

func (w *way) printDifference(figures *Figures, what string, base *way, of func(*latencies) []time.Duration) {
	for _, q := range percentiles() {
		added := func(here, there *latencies) time.Duration {
			return quantile(of(here), q.share) - quantile(of(there), q.share)
		}
		each := make([]time.Duration, len(w.rounds))
		for i := range w.rounds {
			each[i] = added(w.rounds[i], base.rounds[i])
		}
		name := w.name + "_" + what + "_added_" + q.name
		figures.Print(name, milliseconds(added(&w.all, &base.all)), "ms")
		figures.Print(name+"_round_median", milliseconds(quantile(each, 0.5)), "ms")
	}
}

type percentile struct {
	name  string
	share float64
}

func percentiles() []percentile { return []percentile{{"p50", 0.5}, {"p99", 0.99}} }
