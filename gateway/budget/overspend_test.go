package budget

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/ledger"
	"github.com/fairlead-dev/fairlead/gateway/money"
)

func contextWith(t *testing.T, timeout time.Duration) (context.Context, context.CancelFunc) {
	t.Helper()
	return context.WithTimeout(t.Context(), timeout)
}

// shipper is the ledger of one replica: what has ended is in the database within a second.
type shipper struct {
	mu    sync.Mutex
	ended []*ledger.Event
}

func (s *shipper) end(e *ledger.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended = append(s.ended, e)
}

func (s *shipper) run(ctx context.Context, db *database, b *Budgets) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			s.mu.Lock()
			batch := s.ended
			s.ended = nil
			s.mu.Unlock()
			db.insert(batch...)
			b.Committed(batch)
		}
	}
}

// TestOverspendIsBounded lets three replicas spend one budget as fast as they can. What they spend beyond the limit is no more than
// what is under way when the limit is reached and what all of them begin in the two seconds until each has heard of it.
func TestOverspendIsBounded(t *testing.T) {
	const (
		replicas, workers = 3, 20
		takes             = 100 * time.Millisecond
		cost              = 10_000_000
		limit             = 30 * dollar
		hears             = 2*time.Second + 100*time.Millisecond
		perTake           = money.USD(replicas * workers * cost)
		bound             = perTake + perTake*money.USD(hears/takes)
	)
	synctest.Test(t, func(t *testing.T) {
		db, c := &database{delay: 50 * time.Millisecond}, []Charge{charge("team", limit, v1alpha1.BudgetMonth)}
		ctx, stop := contextWith(t, 15*time.Second)
		defer stop()
		var admitted, refused atomic.Int64
		var running sync.WaitGroup
		for range replicas {
			b, s := newBench(t, db).run(), &shipper{}
			running.Go(func() { s.run(ctx, db, b.Budgets) })
			for range workers {
				running.Go(func() {
					for ctx.Err() == nil {
						e := event(cost, "team")
						_, err := b.Check(ctx, c)
						<-time.After(takes)
						if err != nil {
							refused.Add(1)
							continue
						}
						admitted.Add(cost)
						b.Spend(e)
						s.end(e)
					}
				})
			}
		}
		running.Wait()
		spent := money.USD(admitted.Load())
		t.Logf("spent $%s of $%s; the bound is $%s more", spent, limit, bound)
		if spent < limit || spent > limit+bound || refused.Load() == 0 {
			t.Errorf("spent $%s of $%s, want no more than $%s beyond it; %d refused", spent, limit, bound, refused.Load())
		}
	})
}
