package bench

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/fairlead-dev/fairlead/hack/upstream"
)

// latencies are what was seen of a number of streams: how long the first byte took from when the request was sent, and how long
// each token was under way from when the upstream sent it.
type latencies struct{ first, token []time.Duration }

func (l *latencies) add(m *latencies) {
	l.first, l.token = append(l.first, m.first...), append(l.token, m.token...)
}

// streamer asks for one stream after another over a connection that it reads itself: the goroutines of http.Client, which hand over
// what they read, would be a part of every figure.
type streamer struct {
	conn    net.Conn
	in      *bufio.Reader
	request []byte
	// mark is what a token stands behind.
	mark   []byte
	tokens int
}

// newStreamer connects to a server that answers at path in the protocol that has mark.
func newStreamer(ctx context.Context, address, path, alias, mark string, tokens int) (*streamer, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("connecting to %s: %w", address, err)
	}
	var request bytes.Buffer
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+address+path, bytes.NewReader(chatBody(alias, tokens, true)))
	if err == nil {
		r.Header = chatHeader()
		err = r.Write(&request)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("making a request: %w", err), conn.Close())
	}
	return &streamer{conn: conn, in: bufio.NewReader(conn), request: request.Bytes(), mark: []byte(mark), tokens: tokens}, nil
}

// run reads streams until the deadline. A pause of random length is before each: without it the streams of all connections would
// begin together again and again, and wait for each other.
func (s *streamer) run(deadline time.Time) (*latencies, error) {
	seen := &latencies{}
	for time.Now().Before(deadline) {
		<-time.After(rand.N(pause))
		if err := s.stream(seen); err != nil {
			return nil, err
		}
	}
	return seen, nil
}

// stream reads one stream. Anything but an answer with 200 and all of its tokens is an error.
func (s *streamer) stream(seen *latencies) error {
	sent := upstream.Now()
	if _, err := s.conn.Write(s.request); err != nil {
		return fmt.Errorf("sending a request: %w", err)
	}
	response, err := http.ReadResponse(s.in, nil)
	if err != nil {
		return fmt.Errorf("reading an answer: %w", err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("sending a request: status %s", response.Status)
	}
	before := len(seen.token)
	lines := bufio.NewReader(response.Body)
	for first := true; ; first = false {
		line, err := lines.ReadSlice('\n')
		now := upstream.Now()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("reading a stream: %w", err)
		}
		if first {
			seen.first = append(seen.first, time.Duration(now-sent))
		}
		if stamp, ok := s.stamp(line); ok {
			seen.token = append(seen.token, time.Duration(now-stamp))
		}
	}
	if got := len(seen.token) - before; got != s.tokens {
		return fmt.Errorf("reading a stream: expected %d tokens, found %d", s.tokens, got)
	}
	return nil
}

// stamp is when the token in a line was sent; ok is false where there is none.
func (s *streamer) stamp(line []byte) (sent int64, ok bool) {
	_, text, found := bytes.Cut(line, s.mark)
	if !found {
		return 0, false
	}
	digits, _, _ := bytes.Cut(text, []byte(" "))
	sent, err := strconv.ParseInt(string(digits), 10, 64)
	return sent, err == nil
}
