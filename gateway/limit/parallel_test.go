package limit

import (
	"errors"
	"testing"
	"time"

	"github.com/fairlead-dev/fairlead/gateway/internal/storetest"
)

// fill takes slots through limiters in turn until each refuses, and returns the permits.
func fill(t *testing.T, claims []Claim, limiters ...*Limiter) []*Permit {
	t.Helper()
	var out []*Permit
	for refused := 0; refused < len(limiters); {
		refused = 0
		for _, l := range limiters {
			if p := admit(t, l, claims, 1); p != nil {
				out = append(out, p)
			} else {
				refused++
			}
		}
	}
	return out
}

func settle(permits []*Permit) {
	for _, p := range permits {
		p.Settle(1)
	}
}

func TestParallel(t *testing.T) {
	server := storetest.Redis(t)
	for name, most := range map[string]int64{"Few": 1, "Some": 10, "Many": 600} {
		t.Run(name, func(t *testing.T) {
			limiters, claims := replicas(t, server.URI(), 3), claim(parallel(name, most))
			for range 3 {
				held := fill(t, claims, limiters...)
				if n := int64(len(held)); n > most || n*100 < most*95 {
					t.Fatalf("%d requests at the same time, want %d", n, most)
				}
				settle(held)
			}
		})
	}
}

// TestOneAfterTheOther is a client that may have one request under way, and whose requests go to all replicas in turn.
func TestOneAfterTheOther(t *testing.T) {
	server := storetest.Redis(t)
	limiters, claims := replicas(t, server.URI(), 3), claim(parallel("one", 1))
	for i := range 200 {
		p := admit(t, limiters[i%3], claims, 1)
		if p == nil {
			t.Fatalf("request %d was refused, although no other was under way", i)
		}
		p.Settle(1)
	}
}

// TestSlotsOfADeadReplica has a replica that holds all slots and is not heard of again.
func TestSlotsOfADeadReplica(t *testing.T) {
	const lease = 400 * time.Millisecond
	server := storetest.Redis(t)
	short := func(o *Options) { o.Lease = lease }
	claims := claim(parallel("p", 5))
	dead := New(Options{Redis: connect(t, server.URI(), patience), Lease: lease})
	begin := time.Now()
	if n := len(fill(t, claims, dead)); n != 5 {
		t.Fatalf("%d slots, want 5", n)
	}
	l := replica(t, server.URI(), short)
	if admit(t, l, claims, 1) != nil && time.Since(begin) < lease {
		t.Error("a slot was free while its lease lasted")
	}
	await(t, "the slots are free", lease+time.Second, func() bool { return len(fill(t, claims, l)) > 0 })
}

// TestLeasesAreRenewed holds slots for longer than a lease lasts, over a loss of all data too.
func TestLeasesAreRenewed(t *testing.T) {
	const lease = 900 * time.Millisecond
	server := storetest.Redis(t)
	short := func(o *Options) { o.Lease = lease }
	one, two := replica(t, server.URI(), short), replica(t, server.URI(), short)
	claims := claim(parallel("p", 3))
	held := fill(t, claims, one)
	check := func(when string) {
		t.Helper()
		admin := server.Client()
		await(t, when, lease, func() bool {
			return admin.ZCard(t.Context(), one.table.find(counterKey{"p", "alice", time.Minute}).redis[1]).Val() == 3
		})
	}
	for end := time.Now().Add(2 * lease); time.Now().Before(end); {
		if admit(t, two, claims, 1) != nil {
			t.Fatal("a slot that is in use was free to others")
		}
	}
	check("while held")
	server.FlushAll()
	check("after FLUSHALL")
	settle(held)
	await(t, "the slots are free", time.Second, func() bool { return admit(t, two, claims, 1) != nil })
}

func TestParallelRefusal(t *testing.T) {
	l := replica(t, "", func(o *Options) { o.Replicas = func() int { return 1 } })
	claims := claim(parallel("p", 1))
	p := admit(t, l, claims, 1)
	_, err := l.Reserve(t.Context(), claims, 1)
	refusal, ok := errors.AsType[*ExceededError](err)
	if !ok || refusal.Kind != Parallel || refusal.Max != 1 || refusal.RetryAfter != time.Second {
		t.Fatalf("got %+v, want 1 parallel request and a second", err)
	}
	p.Settle(0)
	p.Settle(0)
	if n := len(fill(t, claims, l)); n != 1 {
		t.Errorf("%d slots after one was settled twice, want 1", n)
	}
}
