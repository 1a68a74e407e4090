package ledger

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"slices"
)

// takeOver checks what earlier processes left, begins a segment of this process's own, and ends the events that nobody will end any
// more.
func (s *spool) takeOver() error {
	old, highest, err := listSegments(s.dir)
	if err != nil {
		return err
	}
	file, shipped, err := openPosition(s.dir)
	if err != nil {
		return err
	}
	s.shipped, s.saved = file, shipped
	if err := s.beginFirst(max(highest, shipped.segment) + 1); err != nil {
		return err
	}
	h := &heritage{shipped: shipped, open: map[ID][]byte{}}
	var sound []*segment
	for _, seg := range old {
		if s.inherit(h, seg) {
			sound = append(sound, seg)
			s.total += seg.size
		}
	}
	s.segments = append(sound, s.segments...)
	s.interrupt(h)
	s.pending += h.finals
	return syncDir(s.dir)
}

func (s *spool) beginFirst(number uint64) error {
	first := &segment{number: number, path: segmentPath(s.dir, number)}
	file, err := os.OpenFile(first.path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("beginning a segment of the spool: %w", err)
	}
	s.file, s.segments = file, []*segment{first}
	return nil
}

// heritage is what the segments of earlier processes say.
type heritage struct {
	shipped position
	// open holds the latest content of each event that has no final record.
	open map[ID][]byte
	// finals are those that wait for shipment in sound segments.
	finals int
}

// inherit reads one segment, and reports whether it can be kept as it is. A torn tail is cut off. Of a damaged segment, the events
// that can be read are written again and the file is put aside, to be looked at by whom it concerns.
func (s *spool) inherit(h *heritage, seg *segment) bool {
	data, err := os.ReadFile(seg.path)
	if err != nil {
		s.quarantine(seg, err)
		return false
	}
	var finals [][]byte
	// What stays open is copied, so that it does not keep all the data of its segment.
	defer h.keep()
	end, damaged := walk(data, func(offset int, content []byte) {
		if h.note(content) == final && !h.shipped.before(seg.number, int64(offset)) {
			finals = append(finals, data[offset:offset+headerLength+len(content)])
		}
	})
	if damaged {
		for _, record := range finals {
			s.writeFinal(record)
		}
		s.quarantine(seg, errContent)
		return false
	}
	h.finals += len(finals)
	if seg.size = int64(end); end < len(data) {
		s.log.Info("the end of a segment of the ledger was cut off", "segment", seg.path, "bytes", len(data)-end)
		_ = os.Truncate(seg.path, seg.size)
	}
	return true
}

// note remembers events that are open, and returns the kind of the record.
func (h *heritage) note(content []byte) kind {
	k, id, err := headOf(content)
	switch {
	case err != nil:
		// Another version wrote it. It is shipped like any other, and refused there with a count.
		return final
	case k == final:
		delete(h.open, id)
	default:
		h.open[id] = content
	}
	return k
}

// keep makes what is remembered independent of the data that it was read from.
func (h *heritage) keep() {
	for id, content := range h.open {
		h.open[id] = bytes.Clone(content)
	}
}

// interrupt ends the events that died with an earlier process.
func (s *spool) interrupt(h *heritage) {
	for _, id := range slices.SortedFunc(maps.Keys(h.open), ID.compare) {
		e, err := decode(h.open[id])
		if err != nil {
			s.metrics.refused.Inc()
			continue
		}
		e.State = Interrupted
		s.writeFinal(appendRecord(nil, final, e))
		s.metrics.interrupted.Inc()
	}
}

// quarantine renames a segment, so that it is neither read again nor lost.
func (s *spool) quarantine(seg *segment, reason error) {
	s.metrics.damaged.Inc()
	s.log.Error(reason, "a segment of the ledger is damaged; what can be read of it is kept", "segment", seg.path)
	if err := os.Rename(seg.path, seg.path+badSuffix); err != nil {
		s.log.Error(err, "the damaged segment cannot be put aside", "segment", seg.path)
	}
}
