package ledger

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"
)

// A record survives the death of the process once it is written. Flushing makes it survive a power failure, and is done for many
// records at once: flushInterval after the first, or as soon as there are flushRecords.
const (
	flushInterval = 50 * time.Millisecond
	flushRecords  = 4096
)

// flushLoop flushes until ctx ends.
func (s *spool) flushLoop(ctx context.Context) {
	failed := false
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.dirtied:
		}
		s.gather(ctx)
		err := s.flush()
		if err != nil && !failed {
			s.log.Error(err, "the ledger cannot be flushed to disk")
		}
		failed = err != nil
	}
}

// gather waits for more records.
func (s *spool) gather(ctx context.Context) {
	timer := time.NewTimer(flushInterval)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	case <-s.dirtied:
	}
}

// flush returns when the disk has all that was written before. It also tries again to write what found no room.
func (s *spool) flush() error {
	s.mu.Lock()
	s.retryUnwritten()
	retired, file := s.retired, s.file
	s.retired, s.unflushed = nil, 0
	s.mu.Unlock()
	var err error
	for _, f := range retired {
		err = errors.Join(err, f.Sync(), f.Close())
	}
	if file != nil {
		err = errors.Join(err, file.Sync())
	}
	if len(retired) > 0 {
		err = errors.Join(err, syncDir(s.dir))
	}
	if err != nil {
		return fmt.Errorf("flushing the spool: %w", err)
	}
	return nil
}

// syncDir makes the names of new files survive.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
