package cache

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestRecord sends answers through a Recorder, and looks at what the client got and what was kept.
func TestRecord(t *testing.T) {
	cases := map[string]struct {
		send func(w http.ResponseWriter)
		body string
		kept bool
	}{
		"Whole":     {send: write(200, "ab", "cd"), body: "abcd", kept: true},
		"Empty":     {send: write(200), kept: true},
		"Implied":   {send: func(w http.ResponseWriter) { _, _ = w.Write([]byte("ab")) }, body: "ab", kept: true},
		"JustFits":  {send: write(200, strings.Repeat("x", 8)), body: "xxxxxxxx", kept: true},
		"TooLarge":  {send: write(200, "xxxxxxxx", "y"), body: "xxxxxxxxy"},
		"Error":     {send: write(500, "no"), body: "no"},
		"NoContent": {send: write(204)},
		"Nothing":   {send: func(http.ResponseWriter) {}},
		"Packed": {send: func(w http.ResponseWriter) {
			w.Header().Set("Content-Encoding", "gzip")
			write(200, "zz")(w)
		}, body: "zz"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			c, w := newCache(), httptest.NewRecorder()
			f, _ := c.Join(key("k"))
			r := c.Record(w, 8, f)
			w.Header().Set("Content-Type", "application/json")
			tc.send(r)
			e, ok := r.Entry()
			r.Free()
			if w.Body.String() != tc.body || ok != tc.kept {
				t.Errorf("the client got %q, kept: %v; want %q, %v", w.Body, ok, tc.body, tc.kept)
			}
			if ok && (string(e.Body) != tc.body || e.Status != 200 || e.Stream || e.ContentType != "application/json" || e.Stored.IsZero()) {
				t.Errorf("Entry: %+v", e)
			}
			if name != "Nothing" && f.ended.Load() == tc.kept {
				t.Errorf("the flight has ended: %v, want %v", f.ended.Load(), !tc.kept)
			}
		})
	}
}

func write(status int, parts ...string) func(w http.ResponseWriter) {
	return func(w http.ResponseWriter) {
		w.WriteHeader(status)
		for _, p := range parts {
			_, _ = w.Write([]byte(p))
		}
	}
}

// gone is a client that takes the first part of an answer.
type gone struct {
	http.ResponseWriter
	taken bool
}

var errGone = errors.New("the client is gone")

func (g *gone) Write(p []byte) (int, error) {
	if g.taken {
		return 0, errGone
	}
	g.taken = true
	return g.ResponseWriter.Write(p)
}

func TestRecordClientGone(t *testing.T) {
	r := newCache().Record(&gone{ResponseWriter: httptest.NewRecorder()}, 100, nil)
	_, _ = r.Write([]byte("a"))
	if _, err := r.Write([]byte("b")); !errors.Is(err, errGone) {
		t.Errorf("Write: %v", err)
	}
	if e, ok := r.Entry(); ok {
		t.Errorf("Entry: %+v, want none", e)
	}
}

// TestRecordAgain makes sure that memory given back does not change what was kept.
func TestRecordAgain(t *testing.T) {
	c := newCache()
	first := c.Record(httptest.NewRecorder(), 100, nil)
	_, _ = first.Write([]byte("first"))
	e, _ := first.Entry()
	first.Free()
	first.Free()
	if n, err := first.Write([]byte("more")); n != 4 || err != nil {
		t.Errorf("Write after Free: %d, %v", n, err)
	}
	second := c.Record(httptest.NewRecorder(), 100, nil)
	defer second.Free()
	_, _ = second.Write([]byte("other"))
	if string(e.Body) != "first" {
		t.Errorf("the first answer is now %q", e.Body)
	}
}

func TestRecordFlushes(t *testing.T) {
	w := httptest.NewRecorder()
	r := newCache().Record(w, 100, nil)
	if err := http.NewResponseController(r).Flush(); err != nil || !w.Flushed {
		t.Errorf("Flush: %v, flushed: %v", err, w.Flushed)
	}
}
