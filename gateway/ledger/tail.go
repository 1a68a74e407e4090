package ledger

import (
	"fmt"
	"os"
)

// readSize is how much of a segment is read at once: more than a batch of events usually takes, and than any one record does.
const readSize = 256 << 10

// tail reads the final records of a spool in the order in which they were written. One goroutine uses it.
type tail struct {
	spool *spool
	at    position
	buf   []byte
}

// newTail begins at a position. Where no segment is there, it begins with the oldest: what was shipped before is left out by the
// store.
func newTail(s *spool, at position) *tail {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, seg := range s.segments {
		if seg.number == at.segment && at.offset <= seg.size {
			return &tail{spool: s, at: at, buf: make([]byte, readSize)}
		}
	}
	return &tail{spool: s, at: position{segment: s.segments[0].number}, buf: make([]byte, readSize)}
}

// next returns up to limit final events that follow the position at, and the position after them.
func (t *tail) next(limit int) ([]*Event, position) {
	var events []*Event
	at := t.at
	for len(events) < limit {
		seg, last := t.spool.segmentFrom(at.segment)
		if at.segment != seg.number {
			at = position{segment: seg.number}
		}
		if at.offset >= seg.size {
			if last {
				break
			}
			at = position{segment: seg.number + 1}
			continue
		}
		data, err := t.read(seg, at.offset)
		if err != nil {
			t.spool.log.Error(err, "a segment of the ledger cannot be read; the rest of it is left out", "segment", seg.path)
			t.spool.metrics.damaged.Inc()
			at.offset = seg.size
			continue
		}
		var n int
		events, n = t.decode(data, events, limit)
		at.offset += int64(n)
	}
	return events, at
}

// segmentFrom is the first segment with a number or a higher one, as it is now, and whether it is the newest.
func (s *spool) segmentFrom(number uint64) (segment, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, seg := range s.segments {
		if seg.number >= number {
			return *seg, seg == s.newest()
		}
	}
	return *s.newest(), true
}

func (t *tail) read(seg segment, offset int64) ([]byte, error) {
	file, err := os.Open(seg.path)
	if err != nil {
		return nil, fmt.Errorf("opening a segment of the spool: %w", err)
	}
	defer func() { _ = file.Close() }()
	data := t.buf[:min(readSize, seg.size-offset)]
	n, err := file.ReadAt(data, offset)
	if n == 0 && err != nil {
		return nil, fmt.Errorf("reading a segment of the spool: %w", err)
	}
	return data[:n], nil
}

// decode appends the final events in data, up to limit in all, and returns how many bytes it is done with. It stops at a record that
// may go on beyond data.
func (t *tail) decode(data []byte, events []*Event, limit int) ([]*Event, int) {
	done := 0
	for done < len(data) && len(events) < limit {
		content := contentAt(data[done:])
		if content == nil {
			if done > 0 {
				return events, done
			}
			return events, t.skipDamage(data)
		}
		if e := t.finalOf(content); e != nil {
			events = append(events, e)
		}
		done += headerLength + len(content)
	}
	return events, done
}

// finalOf is the event of a final record. A final record that cannot be read is counted.
func (t *tail) finalOf(content []byte) *Event {
	k, _, err := headOf(content)
	if err == nil && k != final {
		return nil
	}
	e, err := decode(content)
	if err != nil {
		t.spool.refuse(content, err)
		return nil
	}
	return e
}

// skipDamage is how many bytes precede the next whole record, all of data where there is none: no record is as long as data, but at
// the end of a segment, whose records are all whole.
func (t *tail) skipDamage(data []byte) int {
	t.spool.metrics.damaged.Inc()
	t.spool.log.Info("a part of the ledger is damaged and left out", "segment", t.at.segment)
	if next := nextRecord(data); next >= 0 {
		return next
	}
	return len(data)
}
