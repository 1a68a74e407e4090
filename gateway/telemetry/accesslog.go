package telemetry

import (
	"bufio"
	"io"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

const (
	// logQueue is how many lines may wait: at 50,000 requests a second, more than the pause between two batches brings.
	logQueue = 8192
	// logPause is the pause after a batch. While it lasts nobody waits on the queue, so that adding a line wakes no goroutine,
	// which would cost a busy gateway more than the line itself.
	logPause = 50 * time.Millisecond
	logBlock = 64 << 10
)

// AccessLog writes one line of JSON for each request, in a goroutine of its own. Where the destination cannot keep up, lines are
// dropped and counted: a full pipe on standard output must not stop the gateway.
type AccessLog struct {
	queue   chan *Exchange
	stop    chan struct{}
	stopped chan struct{}
	dropped prometheus.Counter
	out     *bufio.Writer
	dest    io.Writer
	core    zapcore.Core
	fields  []zap.Field
}

// NewAccessLog starts writing to w. Close ends it.
func NewAccessLog(w io.Writer, reg prometheus.Registerer) *AccessLog {
	out := bufio.NewWriterSize(w, logBlock)
	encoding := zap.NewProductionEncoderConfig()
	encoding.EncodeTime = zapcore.RFC3339NanoTimeEncoder
	encoding.EncodeDuration = zapcore.SecondsDurationEncoder
	encoding.LevelKey = zapcore.OmitKey
	l := &AccessLog{
		queue: make(chan *Exchange, logQueue), stop: make(chan struct{}), stopped: make(chan struct{}), out: out, dest: w,
		core: zapcore.NewCore(zapcore.NewJSONEncoder(encoding), zapcore.AddSync(out), zapcore.InfoLevel),
		dropped: prometheus.NewCounter(prometheus.CounterOpts{
			Name: MetricLogDropped, Help: "Lines of the access log that were lost because it could not be written fast enough.",
		}),
	}
	reg.MustRegister(l.dropped)
	go l.run()
	return l
}

// Write takes the exchange over and returns at once. After Close the line is lost, and counted as such once the queue is full.
func (l *AccessLog) Write(x *Exchange) {
	select {
	case l.queue <- x:
	default:
		l.dropped.Inc()
	}
}

// Close writes what waits and returns. It must be called once, when no request is being served any more.
func (l *AccessLog) Close() {
	close(l.stop)
	<-l.stopped
}

func (l *AccessLog) run() {
	defer close(l.stopped)
	pause := time.NewTimer(0)
	defer pause.Stop()
	for {
		select {
		case <-pause.C:
		case <-l.stop:
			l.drain()
			return
		}
		select {
		case x := <-l.queue:
			l.line(x)
		case <-l.stop:
		}
		l.drain()
		pause.Reset(logPause)
	}
}

// drain writes all lines that wait.
func (l *AccessLog) drain() {
	for {
		select {
		case x := <-l.queue:
			l.line(x)
		default:
			l.flush()
			return
		}
	}
}

// flush hands the lines to the destination. A bufio.Writer that failed once refuses ever after, hence the reset: the next batch
// may fare better.
func (l *AccessLog) flush() {
	if err := l.out.Flush(); err != nil {
		l.dropped.Inc()
		l.out.Reset(l.dest)
	}
}

func (l *AccessLog) line(x *Exchange) {
	entry := zapcore.Entry{Message: "request", Time: x.Start.Add(x.Duration)}
	l.fields = appendFields(l.fields[:0], x)
	if err := l.core.Write(entry, l.fields); err != nil {
		l.dropped.Inc()
	}
}

// appendFields leaves out what does not apply.
func appendFields(f []zap.Field, x *Exchange) []zap.Field {
	f = append(f, zap.String("request_id", x.RequestID), zap.Int("status", x.Status), zap.Duration("duration", x.Duration))
	f = appendText(f, "operation", x.Operation)
	f = appendText(f, "model", x.Model)
	f = appendText(f, "key", x.Key)
	f = appendText(f, "user", x.User)
	f = appendText(f, "target", x.Target)
	f = appendText(f, "provider", x.Provider)
	f = appendText(f, "error", x.Error)
	if x.Attempts > 0 {
		f = append(f, zap.Int("attempts", x.Attempts), zap.Stringer("outcome", x.Outcome))
	}
	if d := x.timeToFirstByte(); d > 0 {
		f = append(f, zap.Duration("first_byte", d))
	}
	if x.Held > 0 {
		f = append(f, zap.Duration("held", x.Held))
	}
	f = appendText(f, "cache", x.Cache)
	if x.Stream {
		f = append(f, zap.Bool("stream", true))
	}
	f = append(f, zap.Int64("bytes_in", x.BytesIn), zap.Int64("bytes_out", x.BytesOut))
	if x.TokensKnown {
		f = append(f, zap.Int64("input_tokens", x.InputTokens), zap.Int64("output_tokens", x.OutputTokens))
	}
	return f
}

func appendText(f []zap.Field, key, value string) []zap.Field {
	if value == "" {
		return f
	}
	return append(f, zap.String(key, value))
}
