package ledger

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-logr/logr"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/telemetry"
)

// DefaultMaxBytes bounds the spool where Options do not.
const DefaultMaxBytes = 256 << 20

// Options of a Ledger.
type Options struct {
	// Dir holds the spool. No other process may use it at the same time.
	Dir string
	// MaxBytes bounds the spool; DefaultMaxBytes where it is not positive.
	MaxBytes int64
	// OnFull says what happens to requests when the spool has no room; empty is BacklogServeUnmetered.
	OnFull v1alpha1.BacklogAction
	// Store that events are shipped to, nil where there is none yet.
	Store Store
	// Committed is told which events are in the store, those of earlier processes included, before Insert is called again. An event may
	// be named twice.
	Committed func([]*Event)
	// Log gets a line when something changes.
	Log logr.Logger
	// Registerer of the metrics.
	Registerer prometheus.Registerer
}

// Ledger accounts for requests.
type Ledger struct {
	spool     *spool
	tail      *tail
	metrics   *metrics
	log       logr.Logger
	committed func([]*Event)
	now       func() time.Time

	reject  atomic.Bool
	stores  stores
	changed chan struct{}
	scratch sync.Pool
	// oldest is when the oldest event ended that is known not to be in the store, in nanoseconds since 1970; 0 where there is none.
	oldest atomic.Int64
}

// Open opens the ledger and takes over what earlier processes left in its directory. Damage to that is no error; one says that the
// directory cannot be used. Run and Close must be called.
func Open(o Options) (*Ledger, error) {
	if o.MaxBytes <= 0 {
		o.MaxBytes = DefaultMaxBytes
	}
	if o.Committed == nil {
		o.Committed = func([]*Event) {}
	}
	if o.Registerer == nil {
		o.Registerer = prometheus.NewRegistry()
	}
	m := newMetrics(o.Registerer)
	s, err := openSpool(o.Dir, o.MaxBytes, o.Log, m)
	if err != nil {
		return nil, err
	}
	l := &Ledger{
		spool: s, tail: newTail(s, s.saved), metrics: m, log: o.Log, committed: o.Committed, now: time.Now,
		stores: stores{registerer: o.Registerer, up: map[string]*telemetry.StoreUp{}}, changed: make(chan struct{}, 1),
	}
	l.scratch.New = func() any { b := make([]byte, 0, recordRoom); return &b }
	l.SetBounds(o.MaxBytes, o.OnFull)
	l.SetStore(o.Store)
	l.observe(o.Registerer)
	return l, nil
}

// SetBounds changes the bound of the spool, and what happens when it is reached.
func (l *Ledger) SetBounds(maxBytes int64, onFull v1alpha1.BacklogAction) {
	if maxBytes <= 0 {
		maxBytes = DefaultMaxBytes
	}
	l.spool.mu.Lock()
	l.spool.most = maxBytes
	l.spool.mu.Unlock()
	l.reject.Store(onFull == v1alpha1.BacklogReject)
}

// Begin gives the event its ID, rounds its Start to what databases keep, and writes it down. The error is ErrFull, where there is no
// room and requests are to be rejected then; where they are to be served without a record, the event is counted and forgotten.
func (l *Ledger) Begin(e *Event) error {
	now := l.now()
	e.ID, e.Start, e.State = newID(now), startOf(e.Start, now), Begun
	err := l.spool.begin(e)
	if err != nil && !l.reject.Load() {
		l.metrics.unmetered.Inc()
		return nil
	}
	return err
}

// Checkpoint writes down how far the event has got: what is known of it should the process die. It costs as much as End.
func (l *Ledger) Checkpoint(e *Event) { l.spool.checkpoint(e) }

// End writes down how the event ended, and must be called before the client has the last byte. It never fails: what finds no room on
// disk waits in memory. For an event that has no record, or has ended, it does nothing.
func (l *Ledger) End(e *Event) {
	if e.State == Begun {
		e.State = Incomplete
	}
	scratch := l.scratch.Get().(*[]byte)
	*scratch = l.spool.end(e, *scratch)
	l.scratch.Put(scratch)
}

// Backlog is what the spool holds.
type Backlog struct {
	// Bytes of the spool on disk.
	Bytes int64
	// Events that have ended and are not in the store, and those that have not ended.
	Events, Open int
	// Lag is how long ago the oldest event ended that is not in the store.
	Lag time.Duration
}

// Backlog says what the spool holds.
func (l *Ledger) Backlog() Backlog {
	b := l.spool.backlog()
	if oldest := l.oldest.Load(); oldest > 0 {
		b.Lag = max(l.now().Sub(time.Unix(0, oldest)), 0)
	}
	return b
}

// Close flushes the spool, gives its directory free and closes the store. Run must have returned, and no event may be begun or ended
// afterwards.
func (l *Ledger) Close() error {
	l.SetStore(nil)
	l.stores.closing.Wait()
	return l.spool.close()
}
