package chaos

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"
)

// question is a request for a model.
type question struct {
	id, key, model, prompt string
	stream                 bool
	// class tells outcomes apart.
	class string
	// due is when an answer is late, where that matters.
	due time.Time
	// header is added.
	header http.Header
}

func (q *question) body() string {
	return fmt.Sprintf(`{"model":%q,"stream":%t,"messages":[{"role":"user","content":%q}]}`, q.model, q.stream, q.prompt)
}

// outcome is what the client had of a request.
type outcome struct {
	question
	began  time.Time
	took   time.Duration
	status int
	got    http.Header
	text   string
	err    error
}

// whole says whether the client has all of an answer, and can know that.
func (o *outcome) whole() bool {
	return o.err == nil && o.status == http.StatusOK && (!o.stream || strings.HasSuffix(o.text, "data: [DONE]\n\n"))
}

func (o *outcome) String() string {
	return fmt.Sprintf("%s (%s): status %d, %v, error %v: %s", o.id, o.class, o.status, o.took, o.err, tail(o.text, 300))
}

// clients ask a gateway, and keep what became of it.
type clients struct {
	http *http.Client
	base func() string

	mu       sync.Mutex
	outcomes []outcome
}

func newClients(base ...string) *clients {
	c := &clients{http: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 256, DisableCompression: true}, Timeout: time.Minute}}
	var mu sync.Mutex
	turn := 0
	c.base = func() string {
		mu.Lock()
		defer mu.Unlock()
		turn++
		return base[turn%len(base)]
	}
	return c
}

// request is a question as HTTP.
func (c *clients) request(ctx context.Context, q question) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base()+"/v1/chat/completions", strings.NewReader(q.body()))
	if err != nil {
		return nil, err
	}
	for name, v := range q.header {
		req.Header[name] = v
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Request-Id", q.id)
	if q.key != "" {
		req.Header.Set("Authorization", "Bearer "+q.key)
	}
	return req, nil
}

// ask asks one question, and remembers and returns what became of it.
func (c *clients) ask(ctx context.Context, q question) outcome {
	o := outcome{question: q, began: time.Now()}
	c.exchange(ctx, &o)
	o.took = time.Since(o.began)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.outcomes = append(c.outcomes, o)
	return o
}

func (c *clients) exchange(ctx context.Context, o *outcome) {
	req, err := c.request(ctx, o.question)
	if err != nil {
		o.err = err
		return
	}
	resp, err := c.http.Do(req)
	if err != nil {
		o.err = err
		return
	}
	defer func() { _ = resp.Body.Close() }()
	o.status, o.got = resp.StatusCode, resp.Header
	text, err := io.ReadAll(resp.Body)
	o.text, o.err = string(text), err
}

// all are the outcomes so far.
func (c *clients) all() []outcome {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]outcome(nil), c.outcomes...)
}

// work asks one question after the other in each of so many goroutines, until stop is called, which waits for those under way. After
// a failure there is a short pause, else a gateway that is down would be asked thousands of times.
func (c *clients) work(ctx context.Context, goroutines int, next func() question) (stop func()) {
	ending := make(chan struct{})
	var running sync.WaitGroup
	for range goroutines {
		running.Go(func() {
			for {
				select {
				case <-ending:
					return
				default:
				}
				if o := c.ask(ctx, next()); o.err != nil {
					wait(ctx, 20*time.Millisecond)
				}
			}
		})
	}
	return func() {
		close(ending)
		running.Wait()
	}
}

// mostUnderWay is many times what a gateway needs at the rates of these tests. On a machine that cannot keep up, more would only be dropped
// by the system somewhere.
const mostUnderWay = 200

// steadily asks so many questions a second, however long the answers take, until stop is called, which waits for those under way.
func (c *clients) steadily(ctx context.Context, rate int, next func() question) (stop func()) {
	ending, underWay := make(chan struct{}), make(chan struct{}, mostUnderWay)
	var running sync.WaitGroup
	running.Go(func() {
		began, asked := time.Now(), 0
		tick := time.NewTicker(time.Second / time.Duration(rate))
		defer tick.Stop()
		for {
			select {
			case <-ending:
				return
			case <-tick.C:
			}
			// A ticker drops ticks where it is late; the rate is kept all the same.
			for due := int(time.Since(began).Seconds() * float64(rate)); asked < due; asked++ {
				q := next()
				underWay <- struct{}{}
				running.Go(func() {
					c.ask(ctx, q)
					<-underWay
				})
			}
		}
	})
	return func() {
		close(ending)
		running.Wait()
	}
}

// wait lasts for d, or until ctx ends.
func wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
