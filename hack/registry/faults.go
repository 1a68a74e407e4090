package registry

import (
	"bytes"
	"context"
	"net/http"
	"time"
)

// Faults are the defects that a registry shows while it serves blobs. The zero
// value serves as fast as it can and without defect.
type Faults struct {
	// Rate limits each answer to this many bytes per second; 0 does not.
	Rate int
	// Status answers every GET of a blob with this HTTP status; 0 does not.
	Status int
	// Cut drops the connection after this many bytes of each answer; 0 does not.
	Cut int
	// Corrupt changes the first byte of every blob.
	Corrupt bool
}

// spoil returns what is served instead of b, which is left alone.
func (f Faults) spoil(b []byte) []byte {
	if !f.Corrupt || len(b) == 0 {
		return b
	}
	b = bytes.Clone(b)
	b[0] ^= 1
	return b
}

// throttle returns the writer that the body of one answer goes through.
func (f Faults) throttle(w http.ResponseWriter, r *http.Request) http.ResponseWriter {
	if f.Rate <= 0 && f.Cut <= 0 {
		return w
	}
	return &throttled{ResponseWriter: w, ctx: r.Context(), faults: f}
}

// throttled slows an answer down and cuts it off.
type throttled struct {
	http.ResponseWriter
	ctx    context.Context
	faults Faults
	sent   int
}

// piecesPerSecond makes a slow answer arrive evenly instead of in bursts.
const piecesPerSecond = 50

// Write passes p on in pieces that keep the rate. When the cut is reached it
// aborts the handler, which is how a handler drops a connection.
func (t *throttled) Write(p []byte) (int, error) {
	written := 0
	for len(p) > 0 {
		piece := p[:min(len(p), t.piece())]
		if len(piece) == 0 {
			t.flush() // what came before the cut arrives
			panic(http.ErrAbortHandler)
		}
		n, err := t.ResponseWriter.Write(piece)
		written, t.sent, p = written+n, t.sent+n, p[n:]
		if err != nil {
			return written, err
		}
		if err := t.pause(n); err != nil {
			return written, err
		}
	}
	return written, nil
}

// piece is how many bytes may be written next; 0 after the cut.
func (t *throttled) piece() int {
	n := 32 << 10
	if t.faults.Rate > 0 {
		n = max(1, t.faults.Rate/piecesPerSecond)
	}
	if t.faults.Cut > 0 {
		n = min(n, t.faults.Cut-t.sent)
	}
	return max(n, 0)
}

// pause waits for as long as n bytes take at the rate, or until the client goes.
func (t *throttled) pause(n int) error {
	if t.faults.Rate <= 0 {
		return nil
	}
	t.flush()
	select {
	case <-time.After(time.Duration(n) * time.Second / time.Duration(t.faults.Rate)):
		return nil
	case <-t.ctx.Done():
		return context.Cause(t.ctx)
	}
}

// flush sends what was written. It fails only when the client is gone, which the
// next write tells too.
func (t *throttled) flush() {
	_ = http.NewResponseController(t.ResponseWriter).Flush()
}
