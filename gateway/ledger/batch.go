package ledger

import (
	"context"
	"errors"
	"fmt"
	"time"
)

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
