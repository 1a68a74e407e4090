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
		if errors.Is(err, ErrUnprepared) {
			s.store = nil
		}
		if err != nil {
			return s.failed(ctx, store, err)
		}
		s.succeeded(store)
		if !more {
			return shipInterval
		}
	}
}

// prepare brings the schema up to date once for each store, and again when it turned out to be gone. Partitions that cannot be made are no reason to hold events back: there
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
