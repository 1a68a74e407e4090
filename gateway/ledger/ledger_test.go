package ledger

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/chat"
)

// fakeStore keeps what it was sent, and answers with the errors that a test gives it.
type fakeStore struct {
	Querier
	mu     sync.Mutex
	events map[ID]*Event
	// refuse says what the store never takes, fail what Insert answers otherwise.
	refuse func(*Event) bool
	fail   error
	closed bool
	got    chan struct{}
}

func newFakeStore() *fakeStore {
	return &fakeStore{events: map[ID]*Event{}, got: make(chan struct{}, 1), refuse: func(*Event) bool { return false }}
}

func (f *fakeStore) Name() string                              { return "fake" }
func (f *fakeStore) Migrate(context.Context) error             { return nil }
func (f *fakeStore) Maintain(context.Context, time.Time) error { return nil }
func (f *fakeStore) Close()                                    { f.mu.Lock(); defer f.mu.Unlock(); f.closed = true }

func (f *fakeStore) Insert(_ context.Context, events []*Event) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	defer wake(f.got)
	if f.fail != nil {
		return f.fail
	}
	for _, e := range events {
		if f.refuse(e) {
			return ErrRefused
		}
	}
	for _, e := range events {
		f.events[e.ID] = e
	}
	return nil
}

// await returns when the store holds n events.
func (f *fakeStore) await(t *testing.T, n int) {
	t.Helper()
	for {
		f.mu.Lock()
		have := len(f.events)
		f.mu.Unlock()
		if have == n {
			return
		}
		select {
		case <-f.got:
		case <-time.After(10 * time.Second):
			t.Fatalf("the store has %d events after 10 s, not %d", have, n)
		}
	}
}

func sample(n int) *Event {
	return &Event{
		RequestID: "req_0123456789abcdef", KeyID: "key-1", Key: "team-a/ci", User: "ada@example.com", Operation: "chat", Model: "chat-large",
		Alias: "team-a/chat-large", Target: "team-a/openai/gpt-5", Provider: "team-a/openai", UpstreamModel: "gpt-5", Attempts: 1,
		Status: 200, Stream: true, Usage: chat.Usage{Known: true, InputTokens: int64(n), CachedInputTokens: 3, OutputTokens: 7},
		Cost: 1234, Priced: true, FirstByte: 20 * time.Millisecond, Duration: time.Second,
		Budgets: []string{"gateway/team-a", "key/team-a/ci"},
	}
}

func open(t testing.TB, o Options) *Ledger {
	t.Helper()
	if o.Log.GetSink() == nil {
		o.Log = logr.Discard()
	}
	if o.Registerer == nil {
		o.Registerer = prometheus.NewRegistry()
	}
	l, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// run runs the ledger until the function returned is called, or the test ends.
func run(t *testing.T, l *Ledger) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- l.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(stop)
	return stop
}

func begin(t testing.TB, l *Ledger, n int) *Event {
	t.Helper()
	e := sample(n)
	if err := l.Begin(e); err != nil {
		t.Fatal(err)
	}
	return e
}

func serve(t testing.TB, l *Ledger, n int) *Event {
	t.Helper()
	e := begin(t, l, n)
	e.State = Complete
	l.End(e)
	return e
}

func TestShipsWhatHasEnded(t *testing.T) {
	store := newFakeStore()
	var committed []*Event
	l := open(t, Options{Dir: t.TempDir(), Store: store, Committed: func(e []*Event) { committed = append(committed, e...) }})
	stop := run(t, l)
	sent := make([]*Event, 1200)
	for i := range sent {
		sent[i] = serve(t, l, i)
	}
	begin(t, l, 1)
	store.await(t, len(sent))
	stop()
	if diff := cmp.Diff(sent, committed); diff != "" {
		t.Errorf("committed (-sent +committed):\n%s", diff)
	}
	if got := l.Backlog(); got.Events != 0 || got.Open != 1 || got.Lag != 0 {
		t.Errorf("backlog: %+v", got)
	}
	if !store.closed {
		t.Error("the store is still open")
	}
}

func TestOpenAfterDeathInterruptsWhatWasOpen(t *testing.T) {
	dir := t.TempDir()
	l := open(t, Options{Dir: dir})
	ended := serve(t, l, 1)
	e := begin(t, l, 0)
	e.Usage.OutputTokens = 99
	l.Checkpoint(e)
	// A process that is killed closes its files, and does nothing else.
	if err := l.spool.close(); err != nil {
		t.Fatal(err)
	}
	store := newFakeStore()
	again := open(t, Options{Dir: dir, Store: store})
	stop := run(t, again)
	store.await(t, 2)
	stop()
	e.State = Interrupted
	if diff := cmp.Diff(map[ID]*Event{ended.ID: ended, e.ID: e}, store.events); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestTwoProcessesCannotShareADirectory(t *testing.T) {
	dir := t.TempDir()
	l := open(t, Options{Dir: dir})
	if _, err := Open(Options{Dir: dir}); err == nil {
		t.Error("the second should be refused")
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if err := open(t, Options{Dir: dir}).Close(); err != nil {
		t.Fatal(err)
	}
}

func TestOnFull(t *testing.T) {
	for name, tc := range map[string]struct {
		onFull v1alpha1.BacklogAction
		want   error
	}{
		"Reject":         {v1alpha1.BacklogReject, ErrFull},
		"ServeUnmetered": {v1alpha1.BacklogServeUnmetered, nil},
	} {
		t.Run(name, func(t *testing.T) {
			l := open(t, Options{Dir: t.TempDir(), MaxBytes: 800, OnFull: tc.onFull})
			e := begin(t, l, 0)
			if err := l.Begin(sample(1)); !errors.Is(err, tc.want) {
				t.Errorf("Begin: got %v, want %v", err, tc.want)
			}
			e.State = Complete
			l.End(e)
			if got := l.Backlog(); got.Bytes > 800 || got.Events != 1 {
				t.Errorf("backlog: %+v", got)
			}
			if err := l.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

func BenchmarkBeginEnd(b *testing.B) {
	l := open(b, Options{Dir: b.TempDir(), MaxBytes: 1 << 40})
	e := sample(0)
	b.ReportAllocs()
	for b.Loop() {
		if err := l.Begin(e); err != nil {
			b.Fatal(err)
		}
		e.State = Complete
		l.End(e)
	}
	b.StopTimer()
	if err := l.Close(); err != nil {
		b.Fatal(err)
	}
}
