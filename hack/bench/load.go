package bench

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// load is a number of clients that each send one request after another over one kept connection.
type load struct {
	url     string
	header  http.Header
	body    []byte
	clients int
}

// run sends requests for the given time and returns how many were answered with 200. Any other answer is an error: a figure from
// a run with failures means nothing.
func (l load) run(ctx context.Context, duration time.Duration) (int64, error) {
	transport := &http.Transport{MaxIdleConnsPerHost: l.clients, DisableCompression: true}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}
	deadline := time.Now().Add(duration)
	var answered atomic.Int64
	var group sync.WaitGroup
	failures := make(chan error, l.clients)
	for range l.clients {
		group.Go(func() {
			for time.Now().Before(deadline) && ctx.Err() == nil {
				if err := l.once(ctx, client); err != nil {
					failures <- err
					return
				}
				answered.Add(1)
			}
		})
	}
	group.Wait()
	close(failures)
	var all []error
	for err := range failures {
		all = append(all, err)
	}
	return answered.Load(), errors.Join(all...)
}

func (l load) once(ctx context.Context, client *http.Client) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, l.url, bytes.NewReader(l.body))
	if err != nil {
		return fmt.Errorf("making a request: %w", err)
	}
	request.Header = l.header
	response, err := client.Do(request)
	if err != nil {
		return fmt.Errorf("sending a request: %w", err)
	}
	defer response.Body.Close()
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		return fmt.Errorf("reading an answer: %w", err)
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("sending a request: status %s", response.Status)
	}
	return nil
}

// awaitReady polls url until it answers 200 and returns how long that took.
func awaitReady(ctx context.Context, url string, limit time.Duration) (time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	began := time.Now()
	ticker := time.NewTicker(2 * time.Millisecond)
	defer ticker.Stop()
	for {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return 0, fmt.Errorf("making a request: %w", err)
		}
		if response, err := http.DefaultClient.Do(request); err == nil {
			response.Body.Close()
			if response.StatusCode == http.StatusOK {
				return time.Since(began), nil
			}
		}
		select {
		case <-ctx.Done():
			return 0, fmt.Errorf("waiting for %s: not ready after %s", url, limit)
		case <-ticker.C:
		}
	}
}
