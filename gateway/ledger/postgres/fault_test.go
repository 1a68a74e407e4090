package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/fairlead-dev/fairlead/gateway/internal/storetest"
	"github.com/fairlead-dev/fairlead/gateway/ledger"
	"github.com/fairlead-dev/fairlead/gateway/ledger/internal/contract"
)

// replica is a gateway that accounts for requests, and remembers which.
type replica struct {
	t      *testing.T
	ledger *ledger.Ledger
	stop   func()

	mu   sync.Mutex
	sent map[string]int64
}

func newReplica(t *testing.T, uri string) *replica {
	t.Helper()
	store := newStore(t, uri)
	l, err := ledger.Open(ledger.Options{
		Dir: t.TempDir(), Store: store, Log: logr.Discard(), Registerer: prometheus.NewRegistry(),
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- l.Run(ctx) }()
	r := &replica{t: t, ledger: l, sent: map[string]int64{}}
	r.stop = sync.OnceFunc(func() {
		cancel()
		if err := errors.Join(<-done, l.Close()); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(r.stop)
	return r
}

// serve accounts for n requests.
func (r *replica) serve(n int) {
	for i := range n {
		e := contract.Event(i)
		e.Start = time.Time{}
		if err := r.ledger.Begin(e); err != nil {
			r.t.Errorf("beginning an event: %v", err)
			return
		}
		e.State = ledger.Complete
		r.ledger.End(e)
		r.mu.Lock()
		r.sent[e.ID.String()] = int64(e.Cost)
		r.mu.Unlock()
	}
}

// serveUntil accounts for requests, some at a time, until the channel is closed.
func (r *replica) serveUntil(stop <-chan struct{}) {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-stop:
			return
		case <-tick.C:
			r.serve(10)
		}
	}
}

// drain returns when nothing waits for shipment, and fails the test when that takes longer than it may.
func (r *replica) drain(most time.Duration) {
	r.t.Helper()
	deadline := time.NewTimer(most)
	defer deadline.Stop()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for r.ledger.Backlog().Events > 0 {
		select {
		case <-deadline.C:
			r.t.Fatalf("after %v the backlog is %+v", most, r.ledger.Backlog())
		case <-tick.C:
		}
	}
}

// audit compares the database with what the replicas sent: the events, the sums of them, and what counts against budgets.
func audit(t *testing.T, uri string, replicas ...*replica) {
	t.Helper()
	want, cost := map[string]int64{}, int64(0)
	for _, r := range replicas {
		for id, c := range r.sent {
			want[id] = c
			cost += c
		}
	}
	if len(want) == 0 {
		t.Fatal("nothing was sent")
	}
	got := map[string]int64{}
	rows := column[string](t, uri, "SELECT id::text || ' ' || cost FROM fairlead.events")
	for _, r := range rows {
		var id string
		var c int64
		if _, err := fmt.Sscan(r, &id, &c); err != nil {
			t.Fatal(err)
		}
		got[id] = c
	}
	if len(rows) != len(got) {
		t.Errorf("%d rows, but %d different events", len(rows), len(got))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%d events sent, %d stored (-sent +stored):\n%.2000s", len(want), len(got), diff)
	}
	sums := column[int64](t, uri, `
		SELECT coalesce(sum(cost), 0)::bigint FROM fairlead.spend UNION ALL
		SELECT coalesce(sum(requests), 0)::bigint FROM fairlead.spend UNION ALL
		SELECT coalesce(sum(cost), 0)::bigint FROM fairlead.budget_spend WHERE subject = 'gateway/all'`)
	if diff := cmp.Diff([]int64{cost, int64(len(want)), cost}, sums); diff != "" {
		t.Errorf("cost, requests and what counts against the budget (-sent +summed):\n%s", diff)
	}
	t.Logf("%d events, %d nano-dollars", len(want), cost)
}

func TestStoreIsAwayAtStart(t *testing.T) {
	server := storetest.Postgres(t)
	server.Kill()
	r := newReplica(t, server.URI())
	r.serve(2000)
	server.Start()
	r.drain(10 * time.Second)
	audit(t, server.URI(), r)
}

// Another database has come into the place of the one that was there, which lost its volume: replicas that run prepare it and go on.
func TestStoreIsReplaced(t *testing.T) {
	server := storetest.Postgres(t)
	r := newReplica(t, server.URI())
	r.serve(10)
	r.drain(10 * time.Second)
	column[int](t, server.URI(), "DROP SCHEMA fairlead CASCADE")
	r.sent = map[string]int64{}
	r.serve(10)
	r.drain(10 * time.Second)
	audit(t, server.URI(), r)
}

func TestStoreHangs(t *testing.T) {
	server := storetest.Postgres(t)
	r := newReplica(t, server.URI())
	r.serve(10)
	r.drain(10 * time.Second)
	server.Stop()
	hung := time.NewTimer(2 * time.Second)
	r.serve(2000)
	<-hung.C
	server.Continue()
	r.drain(10 * time.Second)
	audit(t, server.URI(), r)
}

func TestStoreIsKilledUnderLoad(t *testing.T) {
	server := storetest.Postgres(t)
	r := newReplica(t, server.URI())
	stop := make(chan struct{})
	var load sync.WaitGroup
	load.Go(func() { r.serveUntil(stop) })
	for i := range 5 {
		<-time.After(time.Duration(100+150*i) * time.Millisecond)
		server.Kill()
		server.Start()
	}
	close(stop)
	load.Wait()
	r.drain(10 * time.Second)
	audit(t, server.URI(), r)
}

// The server commits, and the answer never arrives: for each length of what does arrive, the batch is sent again.
func TestAmbiguousCommit(t *testing.T) {
	server := storetest.Postgres(t)
	link := storetest.NewLink(t, server.Address())
	s := newStore(t, server.URIAt(link.Address()))
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	sent := contract.Events(400)
	insert(t, s, sent[:1])
	ambiguous := 0
	for n := 0; n < len(sent); n += 5 {
		link.LimitDown(n / 2)
		err := s.Insert(t.Context(), sent[n:n+5])
		link.Mend()
		if err == nil {
			continue
		}
		if errors.Is(err, ledger.ErrRefused) {
			t.Fatalf("a cut connection is no refusal: %v", err)
		}
		stored := column[int64](t, server.URI(), "SELECT count(*) FROM fairlead.events WHERE request_id = $1", sent[n+4].RequestID)
		ambiguous += int(stored[0])
		insert(t, s, sent[n:n+5])
	}
	if ambiguous == 0 {
		t.Error("no commit was ambiguous: the test proves nothing")
	}
	t.Logf("%d ambiguous commits", ambiguous)
	r := &replica{sent: map[string]int64{}}
	for _, e := range sent {
		r.sent[e.ID.String()] = int64(e.Cost)
	}
	audit(t, server.URI(), r)
}

func TestConnectionsAreExhausted(t *testing.T) {
	server := storetest.Postgres(t, storetest.Setting("max_connections", "5"), storetest.Setting("superuser_reserved_connections", "0"))
	var taken []*pgx.Conn
	for {
		conn, err := pgx.Connect(t.Context(), server.URI())
		if err != nil {
			break
		}
		taken = append(taken, conn)
	}
	r := newReplica(t, server.URI())
	r.serve(1000)
	<-time.After(time.Second)
	if got := r.ledger.Backlog(); got.Events != 1000 {
		t.Errorf("backlog while no connection is to be had: %+v", got)
	}
	for _, conn := range taken {
		if err := conn.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
	r.drain(10 * time.Second)
	r.stop()
	audit(t, server.URI(), r)
}

// PostgreSQL without room refuses rows, or dies when it cannot write its log.
func TestDiskOfTheStoreIsFull(t *testing.T) {
	server := storetest.Postgres(t, storetest.Disk(80), storetest.Setting("max_wal_size", "16MB"))
	r := newReplica(t, server.URI())
	r.serve(10)
	r.drain(10 * time.Second)
	server.FillDisk()
	r.serve(10_000)
	<-time.After(2 * time.Second)
	if got := r.ledger.Backlog(); got.Events == 0 {
		t.Error("all was stored: the disk was not full")
	}
	server.FreeDisk()
	server.Kill()
	server.Start()
	r.drain(20 * time.Second)
	r.stop()
	audit(t, server.URI(), r)
}

func TestReplicasShipAtOnce(t *testing.T) {
	server := storetest.Postgres(t)
	replicas := []*replica{newReplica(t, server.URI()), newReplica(t, server.URI()), newReplica(t, server.URI())}
	var load sync.WaitGroup
	for _, r := range replicas {
		load.Go(func() { r.serve(5000) })
	}
	load.Wait()
	for _, r := range replicas {
		r.drain(20 * time.Second)
	}
	audit(t, server.URI(), replicas...)
	if got := column[int64](t, server.URI(), "SELECT deadlocks FROM pg_stat_database WHERE datname = 'postgres'"); got[0] != 0 {
		t.Errorf("%d deadlocks", got[0])
	}
}

func TestRefusal(t *testing.T) {
	s := newStore(t, storetest.Postgres(t).URI())
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	e := contract.Event(0)
	e.User = "canary\x00"
	if err := s.Insert(t.Context(), []*ledger.Event{e}); !errors.Is(err, ledger.ErrRefused) {
		t.Errorf("NUL: got %v", err)
	}
}
