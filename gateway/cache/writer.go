package cache

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	// queueLength and queueBytes bound what waits to be written.
	queueLength = 256
	queueBytes  = 32 << 20
	// batchLength and batchBytes bound what is written at once. The client gives each call 50 ms.
	batchLength = 32
	batchBytes  = 1 << 20
	// redisBytes is the largest answer that Redis is given: more might not pass in that time, and a call that is late counts against
	// Redis, which the rate limits need as well.
	redisBytes = 2 << 20
)

// writing is an answer on its way to Redis.
type writing struct {
	name  string
	entry *Entry
	until time.Time
}

// writer writes to Redis behind the requests.
type writer struct {
	redis   Redis
	metrics *metrics
	queue   chan writing
	// waiting is the size of what is in the queue, in bytes.
	waiting atomic.Int64
}

func newWriter(r Redis, m *metrics) *writer {
	return &writer{redis: r, metrics: m, queue: make(chan writing, queueLength)}
}

// put has an answer written soon, or drops it.
func (w *writer) put(name string, e *Entry, ttl time.Duration) {
	size := int64(e.weight())
	if size > redisBytes {
		w.metrics.droppedSize.Inc()
		return
	}
	if w.waiting.Add(size) <= queueBytes {
		select {
		case w.queue <- writing{name: name, entry: e, until: time.Now().Add(ttl)}:
			return
		default:
		}
	}
	w.waiting.Add(-size)
	w.metrics.droppedQueue.Inc()
}

// run writes until ctx ends, and then what is left. Each call has its deadline, so that this ends soon.
func (w *writer) run(ctx context.Context) {
	calls := context.WithoutCancel(ctx)
	for {
		select {
		case first := <-w.queue:
			w.write(calls, first)
		case <-ctx.Done():
			w.rest(calls)
			return
		}
	}
}

// rest writes what is in the queue.
func (w *writer) rest(ctx context.Context) {
	for {
		select {
		case first := <-w.queue:
			w.write(ctx, first)
		default:
			return
		}
	}
}

// write writes one answer together with what waits behind it.
func (w *writer) write(ctx context.Context, first writing) {
	batch, now := w.batch(first), time.Now()
	err := w.redis.Do(ctx, func(ctx context.Context, r redis.UniversalClient) error {
		_, err := r.Pipelined(ctx, func(p redis.Pipeliner) error {
			for _, x := range batch {
				if left := x.until.Sub(now); left >= time.Millisecond {
					p.Set(ctx, x.name, seal(x.entry, x.until), left)
				}
			}
			return nil
		})
		return err
	})
	if err != nil {
		w.metrics.failed.Add(float64(len(batch)))
	}
}

func (w *writer) batch(first writing) []writing {
	batch := []writing{first}
	size := first.entry.weight()
	w.waiting.Add(-int64(size))
	for len(batch) < batchLength && size < batchBytes {
		select {
		case next := <-w.queue:
			n := next.entry.weight()
			w.waiting.Add(-int64(n))
			batch, size = append(batch, next), size+n
		default:
			return batch
		}
	}
	return batch
}
