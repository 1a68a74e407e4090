package ledger

import (
	"errors"
	"fmt"
	"os"
	"time"
)

// ErrFull says that the spool has no room: it is as large as it may be, or the disk is full or broken.
var ErrFull = errors.New("the ledger has no room on disk")

// begin writes the intent of an event and keeps it as open. The error wraps ErrFull.
func (s *spool) begin(e *Event) error {
	record := appendRecord(make([]byte, 0, recordRoom), intent, e)
	s.mu.Lock()
	defer s.mu.Unlock()
	need := promise(record)
	if s.total+s.promised+need > s.most {
		s.noteFull(fmt.Errorf("the backlog has reached %d bytes", s.most))
		return ErrFull
	}
	if err := s.write(record); err != nil {
		return fmt.Errorf("%w: %w", ErrFull, err)
	}
	s.open[e.ID] = &entry{record: record, segment: s.newest().number}
	s.promised += need
	return nil
}

// recordRoom is what a record usually takes.
const recordRoom = 512

// promise is the room for a record and for the end of its event, which is little longer.
func promise(record []byte) int64 { return int64(len(record)) + 128 }

// checkpoint replaces the latest record of an open event.
func (s *spool) checkpoint(e *Event) {
	record := appendRecord(make([]byte, 0, recordRoom), checkpoint, e)
	s.mu.Lock()
	defer s.mu.Unlock()
	n, ok := s.open[e.ID]
	if !ok || s.write(record) != nil {
		return
	}
	s.promised += promise(record) - promise(n.record)
	n.record, n.segment = record, s.newest().number
}

// end writes the final record of an event that is open. The bound does not hold for it, since begin has kept the room; where the disk
// has none all the same, the record waits in memory. It returns scratch, grown perhaps, to be used again.
func (s *spool) end(e *Event, scratch []byte) []byte {
	scratch = appendRecord(scratch[:0], final, e)
	s.mu.Lock()
	defer s.mu.Unlock()
	n, ok := s.open[e.ID]
	if !ok {
		return scratch
	}
	delete(s.open, e.ID)
	s.promised -= promise(n.record)
	s.writeFinal(scratch)
	return scratch
}

// writeFinal writes a final record, now or later. mu is held.
func (s *spool) writeFinal(record []byte) {
	if err := s.write(record); err != nil {
		s.unwritten = append(s.unwritten, append([]byte(nil), record...))
		return
	}
	s.pending++
	if s.pending%batchSize == 0 {
		wake(s.filled)
	}
}

// retryUnwritten writes what has waited for room. mu is held.
func (s *spool) retryUnwritten() {
	waiting := s.unwritten
	s.unwritten = nil
	for i, record := range waiting {
		if s.writeFinal(record); len(s.unwritten) > 0 {
			s.unwritten = append(s.unwritten, waiting[i+1:]...)
			return
		}
	}
}

// write appends whole records to the newest segment. After an error nothing was written: what a part of a record has left behind is
// cut off, or overwritten by the next. mu is held.
func (s *spool) write(records []byte) error {
	if size := s.newest().size; size > 0 && size+int64(len(records)) > s.segmentBound() {
		// Where there can be no new segment, the old one grows.
		_ = s.rotate()
	}
	err := s.writeAt(records)
	if err != nil && s.newest().size > 0 && s.rotate() == nil {
		// A segment is removed only when a newer one follows: without this, a disk that is full of one segment would stay so.
		wake(s.filled)
		err = s.writeAt(records)
	}
	if err != nil {
		s.noteFull(err)
		return err
	}
	if s.unflushed++; s.unflushed == 1 || s.unflushed == flushRecords {
		wake(s.dirtied)
	}
	return nil
}

func (s *spool) writeAt(records []byte) error {
	newest := s.newest()
	if _, err := s.file.WriteAt(records, newest.size); err != nil {
		_ = s.file.Truncate(newest.size)
		return fmt.Errorf("writing to the spool: %w", err)
	}
	newest.size += int64(len(records))
	s.total += int64(len(records))
	return nil
}

// rotate begins a new segment. mu is held.
func (s *spool) rotate() error {
	next := &segment{number: s.newest().number + 1}
	next.path = segmentPath(s.dir, next.number)
	file, err := os.OpenFile(next.path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("beginning a segment of the spool: %w", err)
	}
	s.retired = append(s.retired, s.file)
	s.file, s.segments = file, append(s.segments, next)
	return nil
}

// noteFull says so in the log, though not for each request. mu is held.
func (s *spool) noteFull(reason error) {
	if s.fullNoted.pass(time.Now()) {
		s.log.Error(reason, "the ledger has no room on disk")
	}
}

// wake does not wait: one who is woken already needs no second call.
func wake(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
