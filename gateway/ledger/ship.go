package ledger

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"
)

const (
	// batchSize is how many events are sent at once.
	batchSize = 500
	// shipInterval bounds how long an event waits for others.
	shipInterval = 500 * time.Millisecond
	// insertTimeout bounds a batch. A database that hangs is asked again over another connection.
	insertTimeout = 5 * time.Second
	// migrateTimeout is generous, since replicas wait for each other.
	migrateTimeout = time.Minute
	// lastTimeout bounds what is shipped when the process ends. The rest stays on disk.
	lastTimeout = 5 * time.Second
	// maintainInterval is how often partitions are looked after.
	maintainInterval = time.Hour
	// Pauses after failures grow from minBackoff to maxBackoff, and are random in between so that replicas do not come back as one.
	minBackoff = 100 * time.Millisecond
	maxBackoff = 2 * time.Second
)

// Run flushes and ships until ctx ends, then ships what is there and returns. Where the store is away at that time, events stay on
// disk for the next process.
func (l *Ledger) Run(ctx context.Context) error {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		l.spool.flushLoop(ctx)
	}()
	s := &shipment{ledger: l}
	for ctx.Err() == nil {
		s.rest(ctx, s.pass(ctx))
	}
	<-ended
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastTimeout)
	defer cancel()
	s.pass(last)
	return l.spool.flush()
}

// shipment is what Run knows about the store.
type shipment struct {
	ledger *Ledger
	// store whose schema is up to date, and when its partitions are to be looked after.
	store    *attached
	maintain time.Time
	// failures in a row, and whether the log says that the store is away.
	failures int
	away     bool
}

// rest waits until there is something to do.
func (s *shipment) rest(ctx context.Context, pause time.Duration) {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	filled := s.ledger.spool.filled
	if s.failures > 0 {
		// A full batch is no reason to ask a store sooner that was away a moment ago.
		filled = nil
	}
	select {
	case <-ctx.Done():
	case <-timer.C:
	case <-filled:
	case <-s.ledger.changed:
	}
}

// pass ships all there is, and returns how long to rest.
func (s *shipment) pass(ctx context.Context) time.Duration {
	store := s.ledger.stores.current.Load()
	if store == nil {
		s.ledger.measure()
		return shipInterval
	}
	if err := s.prepare(ctx, store); err != nil {
		return s.failed(ctx, store, err)
	}
	for {
		more, err := s.ledger.shipBatch(ctx, store)
		if err != nil {
			return s.failed(ctx, store, err)
		}
		s.succeeded(store)
		if !more {
			return shipInterval
		}
	}
}

// prepare brings the schema up to date once for each store. Partitions that cannot be made are no reason to hold events back: there
// is one for those that fit nowhere.
func (s *shipment) prepare(ctx context.Context, store *attached) error {
	if s.store != store {
		bounded, cancel := context.WithTimeout(ctx, migrateTimeout)
		defer cancel()
		if err := store.Migrate(bounded); err != nil {
			return fmt.Errorf("bringing the ledger's schema up to date: %w", err)
		}
		s.store, s.maintain = store, time.Time{}
	}
	if now := s.ledger.now(); now.After(s.maintain) {
		bounded, cancel := context.WithTimeout(ctx, insertTimeout)
		defer cancel()
		if err := store.Maintain(bounded, now); err != nil {
			s.ledger.log.Error(err, "looking after the ledger's partitions; it is tried again in a minute")
			s.maintain = now.Add(time.Minute)
			return nil
		}
		s.maintain = now.Add(maintainInterval)
	}
	return nil
}

func (s *shipment) failed(ctx context.Context, store *attached, err error) time.Duration {
	if ctx.Err() == nil && s.ledger.stores.current.Load() == store {
		store.up.Set(false)
		if !s.away {
			s.ledger.log.Error(err, "the ledger's store is away; events are kept on disk", "store", store.Name())
		}
		s.away = true
	}
	s.ledger.measure()
	s.failures++
	most := min(minBackoff<<min(s.failures, 10), maxBackoff)
	return minBackoff + rand.N(most)
}

func (s *shipment) succeeded(store *attached) {
	s.failures = 0
	store.up.Set(true)
	if s.away {
		s.ledger.log.Info("the ledger's store is back", "store", store.Name())
	}
	s.away = false
}

// shipBatch sends one batch and reports whether another may follow. The order matters: first the store has the events, then the
// position is on disk, then segments are removed. Dying in between means that events are sent again, and left out by the store.
func (l *Ledger) shipBatch(ctx context.Context, store Store) (more bool, err error) {
	events, at := l.tail.next(batchSize)
	if len(events) > 0 {
		l.oldest.Store(endOf(events[0]).UnixNano())
		if err := l.insert(ctx, store, events); err != nil {
			return false, err
		}
		l.committed(events)
	}
	l.spool.taken(len(events), at)
	if len(events) < batchSize {
		l.oldest.Store(0)
	}
	if at == l.tail.at {
		return false, nil
	}
	l.tail.at = at
	if err := errors.Join(l.spool.shipped.save(at), l.spool.release(at)); err != nil {
		l.log.Error(err, "the ledger's spool cannot be tidied")
	}
	return len(events) == batchSize, nil
}

// taken counts what the store has. At the end of the spool nothing is pending, whatever records could not be read on the way.
func (s *spool) taken(events int, at position) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pending -= events
	if newest := s.newest(); at.segment == newest.number && at.offset == newest.size {
		s.pending = 0
	}
}

// measure finds out since when events wait, while they are not shipped.
func (l *Ledger) measure() {
	if l.oldest.Load() > 0 {
		return
	}
	if events, _ := l.tail.next(1); len(events) > 0 {
		l.oldest.Store(endOf(events[0]).UnixNano())
	}
}

func endOf(e *Event) time.Time { return e.Start.Add(e.Duration) }

// insert puts events aside that the store refuses. To find them, it halves the batch.
func (l *Ledger) insert(ctx context.Context, store Store, events []*Event) error {
	bounded, cancel := context.WithTimeout(ctx, insertTimeout)
	defer cancel()
	err := store.Insert(bounded, events)
	switch {
	case err == nil:
		l.metrics.shipped.Add(float64(len(events)))
		return nil
	case !errors.Is(err, ErrRefused):
		return fmt.Errorf("shipping %d events: %w", len(events), err)
	case len(events) == 1:
		l.spool.refuse(appendContent(nil, final, events[0]), err)
		return nil
	}
	half := len(events) / 2
	if err := l.insert(ctx, store, events[:half]); err != nil {
		return err
	}
	return l.insert(ctx, store, events[half:])
}
