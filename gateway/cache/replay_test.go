package cache

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// pieces notes what was sent between flushes.
type pieces struct {
	*httptest.ResponseRecorder
	sent []string
}

// Flush ends a piece.
func (p *pieces) Flush() {
	p.sent = append(p.sent, p.Body.String())
	p.Body.Reset()
}

func TestReplayWhole(t *testing.T) {
	c := newCache()
	rec := httptest.NewRecorder()
	r := c.Record(rec, 1<<20, nil)
	r.Header().Set("Content-Type", "application/json; charset=utf-8")
	write(200, `{"a":`, `1}`)(r)
	e, _ := r.Entry()
	w := httptest.NewRecorder()
	if err := Replay(w, e); err != nil {
		t.Fatalf("Replay: %v", err)
	}
	want := http.Header{"Content-Type": {"application/json; charset=utf-8"}, "Content-Length": {strconv.Itoa(len(`{"a":1}`))}}
	if diff := cmp.Diff(want, w.Header()); diff != "" || w.Body.String() != `{"a":1}` || w.Flushed {
		t.Errorf("%q, flushed: %v; headers: -want +got\n%s", w.Body, w.Flushed, diff)
	}
}

func TestReplayStream(t *testing.T) {
	var small, lines strings.Builder
	for i := range 500 {
		fmt.Fprintf(&small, "data: {\"n\":%d,\"text\":\"some words of an answer\"}\n\n", i)
		fmt.Fprintf(&lines, "{\"n\":%d,\"message\":{\"content\":\"some words\"}}\n", i)
	}
	cases := map[string]struct {
		contentType, body, end string
		pieces                 int
	}{
		"Events":     {"text/event-stream; charset=utf-8", small.String(), "\n\n", 4},
		"EventsCRLF": {"text/event-stream", strings.ReplaceAll(small.String(), "\n", "\r\n"), "\r\n\r\n", 4},
		"Lines":      {"application/x-ndjson", lines.String(), "\n", 3},
		"Short":      {"text/event-stream", "data: 1\n\ndata: [DONE]\n\n", "\n\n", 1},
		"LargeEvent": {"text/event-stream", "data: 1\n\ndata: " + strings.Repeat("x", 3*pieceBytes) + "\n\ndata: 2\n\n", "\n\n", 3},
		"OneEvent":   {"text/event-stream", "data: " + strings.Repeat("x", 2*pieceBytes) + "\n\n", "\n\n", 1},
		"NoEnd":      {"text/event-stream", "data: " + strings.Repeat("x", 2*pieceBytes), "", 1},
		"OnTheEdge":  {"text/event-stream", "data: " + strings.Repeat("x", pieceBytes-7) + "\n\ndata: 2\n\n", "\n\n", 2},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := &pieces{ResponseRecorder: httptest.NewRecorder()}
			if err := Replay(w, &Entry{Status: 200, ContentType: tc.contentType, Stream: true, Body: []byte(tc.body)}); err != nil {
				t.Fatalf("Replay: %v", err)
			}
			if got := strings.Join(w.sent, ""); got != tc.body || w.Body.Len() > 0 {
				t.Errorf("%d bytes were sent, %d not flushed; want the %d of the stream", len(got), w.Body.Len(), len(tc.body))
			}
			if len(w.sent) != tc.pieces {
				t.Errorf("%d pieces, want %d", len(w.sent), tc.pieces)
			}
			for i, p := range w.sent {
				if !strings.HasSuffix(p, tc.end) {
					t.Errorf("piece %d ends within an event", i)
				}
			}
			if w.Header().Get("Content-Type") != tc.contentType || w.Header()["Content-Length"] != nil {
				t.Errorf("headers: %v", w.Header())
			}
		})
	}
}

func TestReplayClientGone(t *testing.T) {
	body := []byte(strings.Repeat("data: x\n\n", pieceBytes))
	w := &gone{ResponseWriter: httptest.NewRecorder()}
	if err := Replay(w, &Entry{Status: 200, ContentType: "text/event-stream", Stream: true, Body: body}); err == nil {
		t.Error("Replay: no error, although the client is gone")
	}
}
