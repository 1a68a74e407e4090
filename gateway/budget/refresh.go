package budget

import (
	"context"
	"errors"
	"sync"
	"time"
)

// errSlow is what a request makes of a database that kept it waiting.
var errSlow = errors.New("no answer within " + firstWait.String())

// Run reads the database until ctx is done.
func (b *Budgets) Run(ctx context.Context) {
	if b.source == nil {
		return
	}
	var running sync.WaitGroup
	defer running.Wait()
	running.Go(func() { b.meet(ctx) })
	ticker := time.NewTicker(pace)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			b.ask(ctx, b.active(time.Now()))
		}
	}
}

// meet asks about new subjects as they come, apart from the round of the others, so that nobody waits for a round.
func (b *Budgets) meet(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-b.wake:
		}
		b.mu.Lock()
		fresh := b.fresh
		b.fresh = nil
		b.mu.Unlock()
		if !b.away.Load() {
			b.ask(ctx, fresh)
		}
		for _, s := range fresh {
			close(s.tried)
		}
	}
}

// ask reads what the database says about subjects.
func (b *Budgets) ask(ctx context.Context, subjects []*subject) {
	if len(subjects) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, queryTimeout)
	defer cancel()
	now, names, has := time.Now(), make([]string, len(subjects)), make([][]included, len(subjects))
	for i, s := range subjects {
		names[i], has[i] = s.name, s.acknowledged()
	}
	said, err := b.source.Spent(ctx, names, now)
	b.noticed(err)
	if err != nil {
		return
	}
	for i, s := range subjects {
		s.hear(said[s.name], has[i], now)
	}
}

// noticed notes whether the database answers, and logs when that changes.
func (b *Budgets) noticed(err error) {
	if errors.Is(err, context.Canceled) || b.away.Swap(err != nil) == (err != nil) {
		return
	}
	if err != nil {
		b.log.Error(err, "budgets: the database does not answer; going on with what is known")
		return
	}
	b.log.Info("budgets: the database answers again")
}

// await appends the subjects of charges. It waits until the database has been asked about all of them, for a short time in all, and
// not at all while it is away.
func (b *Budgets) await(ctx context.Context, subjects []*subject, charges []Charge, now time.Time) []*subject {
	var late <-chan time.Time
	patient := true
	for i := range charges {
		s := b.subject(charges[i].Subject, now)
		subjects = append(subjects, s)
		if !patient || s.wasTried() || b.away.Load() {
			continue
		}
		if late == nil {
			timer := time.NewTimer(firstWait)
			defer timer.Stop()
			late = timer.C
		}
		select {
		case <-s.tried:
		case <-ctx.Done():
		case <-late:
			patient = false
			b.noticed(errSlow)
		}
	}
	return subjects
}
