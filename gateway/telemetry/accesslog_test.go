package telemetry

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
)

func TestAccessLogLine(t *testing.T) {
	start := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	cases := map[string]struct {
		x    Exchange
		want map[string]any
	}{
		"Full": {
			Exchange{
				RequestID: "r1", Operation: "chat", Model: "m", Target: "t", Provider: "p", Status: 200, Outcome: OutcomeAnswered, Error: "e",
				Stream: true, Start: start, FirstByte: start.Add(250 * time.Millisecond), Duration: time.Second, BytesIn: 1, BytesOut: 2,
				Attempts: 2, Held: 1500 * time.Millisecond, TokensKnown: true, InputTokens: 3, OutputTokens: 4,
			},
			map[string]any{
				"ts": "2026-01-02T03:04:06Z", "msg": "request", "request_id": "r1", "operation": "chat", "model": "m", "target": "t",
				"provider": "p", "status": 200.0, "outcome": "answered", "error": "e", "stream": true, "first_byte": 0.25, "duration": 1.0,
				"bytes_in": 1.0, "bytes_out": 2.0, "attempts": 2.0, "held": 1.5, "input_tokens": 3.0, "output_tokens": 4.0,
			},
		},
		"Short": {
			Exchange{RequestID: "r2", Status: 404, Start: start},
			map[string]any{
				"ts": "2026-01-02T03:04:05Z", "msg": "request", "request_id": "r2", "status": 404.0, "duration": 0.0, "bytes_in": 0.0, "bytes_out": 0.0,
			},
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			l := NewAccessLog(&out, prometheus.NewRegistry())
			l.Write(&c.x)
			l.Close()
			var got map[string]any
			if err := json.Unmarshal(out.Bytes(), &got); err != nil {
				t.Fatalf("%q: %v", out.String(), err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestAccessLogWritesEveryLine(t *testing.T) {
	const lines = 5000
	var out bytes.Buffer
	l := NewAccessLog(&out, prometheus.NewRegistry())
	for i := range lines {
		l.Write(&Exchange{RequestID: strconv.Itoa(i)})
	}
	l.Close()
	if n := strings.Count(out.String(), "\n"); n != lines {
		t.Errorf("%d lines, want %d", n, lines)
	}
}

// stuck is a destination that takes nothing until it is let go.
type stuck struct{ release chan struct{} }

func (s stuck) Write(p []byte) (int, error) {
	<-s.release
	return len(p), nil
}

func TestAccessLogNeverBlocks(t *testing.T) {
	s := stuck{make(chan struct{})}
	l := NewAccessLog(s, prometheus.NewRegistry())
	for range 3 * logQueue {
		l.Write(&Exchange{RequestID: "r"})
	}
	if n := testutil.ToFloat64(l.dropped); n == 0 {
		t.Error("nothing was counted as lost")
	}
	close(s.release)
	l.Close()
}

// failing is a destination that fails at first.
type failing struct {
	bytes.Buffer
	failures int
}

func (f *failing) Write(p []byte) (int, error) {
	if f.failures > 0 {
		f.failures--
		return 0, errors.New("no space left on device")
	}
	return f.Buffer.Write(p)
}

func TestAccessLogRecovers(t *testing.T) {
	f := &failing{failures: 1}
	l := NewAccessLog(f, prometheus.NewRegistry())
	l.line(&Exchange{RequestID: "lost"})
	l.flush()
	l.line(&Exchange{RequestID: "kept"})
	l.Close()
	if got := f.String(); strings.Contains(got, "lost") || !strings.Contains(got, "kept") {
		t.Errorf("got %q", got)
	}
	if n := testutil.ToFloat64(l.dropped); n != 1 {
		t.Errorf("%v losses counted, want 1", n)
	}
}

func BenchmarkAccessLog(b *testing.B) {
	l := NewAccessLog(&bytes.Buffer{}, prometheus.NewRegistry())
	defer l.Close()
	b.ReportAllocs()
	for b.Loop() {
		l.Write(&Exchange{RequestID: "r", Model: "m"})
	}
}
