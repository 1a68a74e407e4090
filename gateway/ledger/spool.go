package ledger

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"syscall"

	"github.com/go-logr/logr"
)

// errInUse says that another process writes to the directory.
var errInUse = errors.New("another process uses the directory")

// spool is a log of records on disk, in segments. One process writes to it, which a lock on a file sees to.
//
// Only what is finished can be shipped, yet segments are removed in order; an event that stays open for long would keep them all. Its
// latest record is therefore written again, to the newest segment, before the one that it stands in is removed.
type spool struct {
	dir     string
	log     logr.Logger
	metrics *metrics
	lock    *os.File
	shipped *positionFile
	// saved is the position that the spool was opened with.
	saved position
	// dirtied wakes the goroutine that flushes, and filled the one that ships.
	dirtied, filled chan struct{}
	// refusalNoted belongs to the goroutine that ships.
	refusalNoted throttle

	mu sync.Mutex
	// most is the bound on all segments together, in bytes.
	most     int64
	file     *os.File
	segments []*segment
	total    int64
	// promised is the room that is kept for the ends of open events.
	promised int64
	open     map[ID]*entry
	// unwritten are finished events for which the disk had no room.
	unwritten [][]byte
	// pending is the number of finished events that are not shipped.
	pending   int
	fullNoted throttle
	// retired are the files of segments before the newest that are not flushed yet, unflushed the number of records since the last
	// flush.
	retired   []*os.File
	unflushed int
}

// entry is an event that has begun and not ended: its latest record, and the segment that it is in.
type entry struct {
	record  []byte
	segment uint64
}

// openSpool opens the spool of a directory, which it makes. What earlier processes left is checked and taken over. An error says that
// the directory cannot be used at all.
func openSpool(dir string, most int64, log logr.Logger, m *metrics) (*spool, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("making the directory of the spool: %w", err)
	}
	lock, err := lockFile(filepath.Join(dir, "lock"))
	if err != nil {
		return nil, err
	}
	s := &spool{
		dir: dir, most: most, log: log, metrics: m, lock: lock, open: map[ID]*entry{},
		dirtied: make(chan struct{}, 1), filled: make(chan struct{}, 1),
	}
	if err := s.takeOver(); err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

// lockFile holds a lock for as long as the process lives, however it ends.
func lockFile(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("opening the lock of the spool: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("locking %s: %w: %w", path, errInUse, err)
	}
	return f, nil
}

// close flushes and gives the directory free. Nothing may be written afterwards.
func (s *spool) close() error {
	err := s.flush()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range []*os.File{s.file, s.lock} {
		if f != nil {
			err = errors.Join(err, f.Close())
		}
	}
	if s.shipped != nil {
		err = errors.Join(err, s.shipped.file.Close())
	}
	return err
}

func (s *spool) newest() *segment { return s.segments[len(s.segments)-1] }

// segmentBound is the size at which a segment is followed by a new one.
func (s *spool) segmentBound() int64 { return min(max(s.most/8, minSegment), maxSegment) }

func (s *spool) backlog() Backlog {
	s.mu.Lock()
	defer s.mu.Unlock()
	return Backlog{Bytes: s.total, Events: s.pending + len(s.unwritten), Open: len(s.open)}
}
