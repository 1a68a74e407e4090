package cache

import (
	"net/http"
	"strings"
	"time"
)

// Recorder passes an answer on to the client and keeps a copy of it, as long as it is one that may be kept: its status is 200, it is no
// larger than was said, nothing packs its bytes, and the client takes all of it. It is for one answer and one goroutine.
type Recorder struct {
	http.ResponseWriter
	cache  *Cache
	flight *Flight
	most   int
	body   *[]byte
	// begun says that the status is known, off that the answer is not kept.
	begun, off bool
}

// Record returns a Recorder of what is written to w. As soon as the answer is one that is not kept, or larger than most bytes, the
// flight, which may be nil, is ended, so that nobody waits for it in vain. The caller calls Free in the end.
func (c *Cache) Record(w http.ResponseWriter, most int, f *Flight) *Recorder {
	return &Recorder{ResponseWriter: w, cache: c, flight: f, most: min(most, MaxBytes), body: c.bodies.Get().(*[]byte)}
}

// WriteHeader begins the answer.
func (r *Recorder) WriteHeader(status int) {
	if !r.begun {
		r.begun = true
		if status != statusKept || r.Header()["Content-Encoding"] != nil {
			r.forget()
		}
	}
	r.ResponseWriter.WriteHeader(status)
}

// Write sends a part of the answer.
func (r *Recorder) Write(p []byte) (int, error) {
	if !r.begun {
		r.WriteHeader(http.StatusOK)
	}
	n, err := r.ResponseWriter.Write(p)
	switch {
	case r.off:
	case err != nil || len(*r.body)+len(p) > r.most:
		r.forget()
	default:
		*r.body = append(*r.body, p...)
	}
	return n, err
}

// Unwrap lets http.ResponseController flush.
func (r *Recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// forget gives the answer up.
func (r *Recorder) forget() {
	r.off = true
	r.flight.Done(nil)
}

// Entry is the answer as it was sent, with the time as Stored; the caller knows the rest. It is false where the answer is not kept.
// Whether the answer is complete is for the caller to know, and to call this only then.
func (r *Recorder) Entry() (*Entry, bool) {
	if r.off || !r.begun {
		return nil, false
	}
	e := &Entry{Status: statusKept, ContentType: r.Header().Get("Content-Type"), Stored: time.Now()}
	e.Stream = isEvents(e.ContentType) || isLines(e.ContentType)
	e.Body = append(make([]byte, 0, len(*r.body)), *r.body...)
	return e, true
}

// Free gives the memory back. The Recorder still passes on what is written, and has no Entry after it.
func (r *Recorder) Free() {
	const keep = 256 << 10
	r.off = true
	if r.body == nil {
		return
	}
	if cap(*r.body) <= keep {
		*r.body = (*r.body)[:0]
		r.cache.bodies.Put(r.body)
	}
	r.body = nil
}

func isEvents(contentType string) bool { return hasType(contentType, "text/event-stream") }

func isLines(contentType string) bool { return hasType(contentType, "application/x-ndjson") }

func hasType(contentType, want string) bool {
	return len(contentType) >= len(want) && strings.EqualFold(contentType[:len(want)], want)
}
