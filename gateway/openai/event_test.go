package openai

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

// log keeps the order of writes and flushes.
type log struct {
	bytes.Buffer
	writes, flushes int
}

func (l *log) Write(p []byte) (int, error) {
	l.writes++
	return l.Buffer.Write(p)
}

func (l *log) flush() error {
	l.flushes++
	return nil
}

func TestEvents(t *testing.T) {
	var out log
	e := NewEventWriter(&out, out.flush)
	for _, data := range []string{`{"a":1}`, "{\n\"b\": \"x\\n\"\r\n}"} {
		if err := e.WriteEvent([]byte(data)); err != nil {
			t.Fatalf("WriteEvent: %v", err)
		}
	}
	if err := e.Fail(Timeout("slow")); err != nil {
		t.Fatalf("Fail: %v", err)
	}
	if err := e.Done(); err != nil {
		t.Fatalf("Done: %v", err)
	}
	want := "data: {\"a\":1}\n\n" + `data: { "b": "x\n"  }` + "\n\n" +
		`data: {"error":{"message":"slow","type":"server_error","param":null,"code":"upstream_timeout"}}` + "\n\ndata: [DONE]\n\n"
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("events: -want +got\n%s", diff)
	}
	if out.writes != 4 || out.flushes != 4 {
		t.Errorf("%d writes, %d flushes, want one of each for each of 4 events", out.writes, out.flushes)
	}
}

func TestEventsClientGone(t *testing.T) {
	gone := errors.New("gone")
	reader, writer := io.Pipe()
	reader.CloseWithError(gone)
	if err := NewEventWriter(writer, (&log{}).flush).Done(); !errors.Is(err, gone) {
		t.Errorf("Done: %v, want the error of the writer", err)
	}
	if err := NewEventWriter(io.Discard, func() error { return gone }).Done(); !errors.Is(err, gone) {
		t.Errorf("Done: %v, want the error of the flush", err)
	}
}

func TestDeltas(t *testing.T) {
	for name, text := range map[string]string{
		"Empty": "", "Short": "hi", "AtLimit": strings.Repeat("x", maxDelta), "OverLimit": strings.Repeat("x", maxDelta+1),
		"Wide": "x" + strings.Repeat("😀", maxDelta), "Control": strings.Repeat("\x00", 3*maxDelta), "BadUTF8": strings.Repeat("\x80", 2*maxDelta+1),
	} {
		t.Run(name, func(t *testing.T) {
			parts := slices.Collect(Deltas(text))
			if got := strings.Join(parts, ""); got != text {
				t.Errorf("the parts make %d bytes, want %d", len(got), len(text))
			}
			for _, p := range parts {
				if p == "" || len(Marshal(p)) > MaxEventBytes-4096 || utf8.ValidString(text) && !utf8.ValidString(p) {
					t.Errorf("a part of %d bytes, %d in JSON", len(p), len(Marshal(p)))
				}
			}
		})
	}
}

func TestRequestField(t *testing.T) {
	req := &Request{Body: []byte(` {"a":{"b":1},"\u0062":[2],"c":null}`)}
	for name, want := range map[string]string{"a": `{"b":1}`, "b": `[2]`, "c": `null`, "d": ``} {
		if got := string(req.Field(name)); got != want {
			t.Errorf("Field(%q) = %s, want %s", name, got, want)
		}
	}
	if got := (&Request{Body: []byte(`{"a":`)}).Field("a"); got != nil {
		t.Errorf("Field of a broken body = %q, want nil", got)
	}
}
