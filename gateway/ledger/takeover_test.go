package ledger

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
)

// small is an event whose records are short, so that a test can afford to cut them at every byte.
func small(n int) *Event {
	return &Event{ID: ID{byte(n), 1}, Start: time.UnixMicro(1).UTC(), User: "ada"}
}

// segmentOf is the content of a segment with n events that have ended and one that has not, and where each record ends.
func segmentOf(n int) (data []byte, ends []int, events []*Event) {
	for i := range n {
		e := small(i)
		for _, k := range []kind{intent, final} {
			data = appendRecord(data, k, e)
			ends = append(ends, len(data))
		}
		events = append(events, e)
	}
	e := small(n)
	return appendRecord(data, intent, e), append(ends, len(appendRecord(data, intent, e))), append(events, e)
}

// memory is a directory in memory where there is such a file system, since tests that make thousands of spools need no disk.
func memory(t *testing.T) string {
	t.Helper()
	dir := filepath.Join("/dev/shm", "fairlead-ledger-"+newID(time.Now()).String())
	if err := os.Mkdir(dir, 0o700); err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// takenOver opens a spool whose only old segment has a content, and returns the events that it would ship.
func takenOver(t *testing.T, content []byte) (map[ID]*Event, *spool) {
	t.Helper()
	dir := memory(t)
	if err := os.WriteFile(segmentPath(dir, 7), content, 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := openSpool(dir, DefaultMaxBytes, logr.Discard(), newMetrics(prometheus.NewRegistry()))
	if err != nil {
		t.Fatalf("%d bytes: %v", len(content), err)
	}
	t.Cleanup(func() { _ = s.close() })
	return all(t, s), s
}

func all(t *testing.T, s *spool) map[ID]*Event {
	t.Helper()
	got := map[ID]*Event{}
	tail := newTail(s, s.saved)
	for {
		events, at := tail.next(3)
		for _, e := range events {
			got[e.ID] = e
		}
		if tail.at = at; len(events) == 0 {
			return got
		}
	}
}

func TestTakeOverOfATornSegment(t *testing.T) {
	data, ends, events := segmentOf(3)
	for length := range len(data) + 1 {
		got, s := takenOver(t, data[:length])
		whole, size := 0, 0
		for ; whole < len(ends) && ends[whole] <= length; whole++ {
			size = ends[whole]
		}
		// Each event has two records, an intent and a final one.
		want := map[ID]*Event{}
		for i, e := range events[:(whole+1)/2] {
			expected := *e
			if whole == 2*i+1 {
				expected.State = Interrupted
			}
			want[e.ID] = &expected
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%d bytes (-want +got):\n%s", length, diff)
		}
		if s.backlog().Events != len(got) {
			t.Errorf("%d bytes: the backlog counts %d events, not %d", length, s.backlog().Events, len(got))
		}
		if info, err := os.Stat(segmentPath(s.dir, 7)); err != nil || info.Size() != int64(size) {
			t.Errorf("%d bytes: the torn tail is still there: %v, %v", length, info, err)
		}
	}
}

func TestTakeOverOfADamagedSegment(t *testing.T) {
	data, ends, events := segmentOf(3)
	for _, place := range []int{0, 3, headerLength + 5, ends[1] + 1, ends[3] - 5} {
		damaged := append([]byte(nil), data...)
		damaged[place] ^= 0xff
		got, s := takenOver(t, damaged)
		if len(got) != len(events) {
			t.Errorf("damage at %d: got %d events, want all %d, each of which has an undamaged record", place, len(got), len(events))
		}
		bad, err := os.ReadFile(segmentPath(s.dir, 7) + badSuffix)
		if err != nil || string(bad) != string(damaged) {
			t.Errorf("damage at %d: the segment should have been put aside: %v", place, err)
		}
		if n := testutil.ToFloat64(s.metrics.damaged); n != 1 {
			t.Errorf("damage at %d: counted %v times", place, n)
		}
		if s.backlog().Events != len(got) {
			t.Errorf("damage at %d: the backlog counts %d events", place, s.backlog().Events)
		}
	}
}

// A second start finds what the first made of the damage, and nothing to complain about.
func TestTakeOverTwice(t *testing.T) {
	data, ends, events := segmentOf(3)
	data[ends[1]+1] ^= 0xff
	_, s := takenOver(t, data)
	if err := s.close(); err != nil {
		t.Fatal(err)
	}
	again, err := openSpool(s.dir, DefaultMaxBytes, logr.Discard(), newMetrics(prometheus.NewRegistry()))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = again.close() }()
	if got := all(t, again); len(got) != len(events) || testutil.ToFloat64(again.metrics.damaged) != 0 {
		t.Errorf("got %d events and %v damages", len(got), testutil.ToFloat64(again.metrics.damaged))
	}
}

func TestTakeOverIgnoresWhatIsNotItsOwn(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"notes.txt", "5.seg", "00000000000000000009.seg.bad", "position", "18446744073709551616.seg"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("hello"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	l := open(t, Options{Dir: dir})
	if got := l.spool.newest().number; got != 10 {
		t.Errorf("the new segment is number %d, want 10", got)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
}

func FuzzTakeOver(f *testing.F) {
	data, ends, _ := segmentOf(2)
	f.Add(data)
	f.Add(data[:ends[2]-3])
	f.Add([]byte("no segment at all"))
	f.Fuzz(func(t *testing.T, content []byte) {
		want := map[ID]bool{}
		walk(content, func(_ int, content []byte) {
			if _, id, err := headOf(content); err == nil {
				if _, err := decode(content); err == nil {
					want[id] = true
				}
			}
		})
		got, _ := takenOver(t, content)
		for id := range want {
			if got[id] == nil {
				t.Errorf("event %s is in the segment, and will not be shipped", id)
			}
		}
	})
}
