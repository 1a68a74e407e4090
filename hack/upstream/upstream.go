package upstream

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// promptTokens is what every prompt is said to have cost.
const promptTokens = 200

// question is what a client asks for.
type question struct {
	// model is its name as JSON.
	model string
	// tokens that the answer may have; 0 where the client did not say.
	tokens int
	stream bool
}

// text of a whole answer, as JSON.
func (q question) text() string {
	if q.tokens == 0 {
		return q.model
	}
	return strconv.Quote(strings.Repeat("token ", q.tokens))
}

// protocol is what a provider speaks. Its methods append what is sent to b.
type protocol interface {
	// read the question from the path and the body of a request.
	read(r *http.Request, body []byte) (question, error)
	// contentType of a stream.
	contentType() string
	whole(b []byte, q question) []byte
	// begin, token and end are a stream. A token's text is sent.
	begin(b []byte, q question) []byte
	token(b []byte, q question, sent int64) []byte
	end(b []byte, q question) []byte
}

// New returns the fake provider; interval is the time between two tokens of a stream. GET /asked says how often it was asked for each
// model, as a JSON object.
func New(interval time.Duration) http.Handler {
	mux, asked := http.NewServeMux(), &tally{}
	mux.Handle("GET /asked", asked)
	mux.HandleFunc("GET /healthz", func(http.ResponseWriter, *http.Request) {})
	for path, p := range map[string]protocol{
		"/v1/chat/completions":   openAI{},
		"/v1/messages":           anthropic{},
		"/v1beta/models/{asked}": gemini{},
		"/api/chat":              ollama{},
	} {
		mux.Handle("POST "+path, &endpoint{protocol: p, interval: interval, asked: asked})
	}
	return mux
}

// Serve serves New on an address until ctx ends.
func Serve(ctx context.Context, address string, interval time.Duration) error {
	server := &http.Server{Addr: address, Handler: New(interval), ReadHeaderTimeout: 10 * time.Second}
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stop()
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serving on %s: %w", address, err)
	}
	return nil
}

// endpoint answers chats in one protocol.
type endpoint struct {
	protocol protocol
	interval time.Duration
	asked    *tally
}

// ServeHTTP answers one chat; 400 where the question cannot be read.
func (e *endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the client is gone
	}
	q, err := e.protocol.read(r, body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	e.asked.add(q.model)
	switch {
	case q.stream:
		e.stream(w, r, q)
	default:
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(e.protocol.whole(nil, q))
	}
}

// stream sends the beginning and the first token at once, then a token at each tick, and the end at the one after the last.
func (e *endpoint) stream(w http.ResponseWriter, r *http.Request, q question) {
	w.Header().Set("Content-Type", e.protocol.contentType())
	flush := http.NewResponseController(w).Flush
	ticker := time.NewTicker(e.interval)
	defer ticker.Stop()
	b := e.protocol.begin(nil, q)
	for range q.tokens {
		b = e.protocol.token(b, q, Now())
		if _, err := w.Write(b); err != nil || flush() != nil {
			return
		}
		select {
		case <-r.Context().Done():
			return
		case <-ticker.C:
		}
		b = b[:0]
	}
	_, _ = w.Write(e.protocol.end(b, q))
}
