package budget

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/ledger"
	"github.com/fairlead-dev/fairlead/gateway/money"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
)

// TestNothingCountsTwiceNorNever follows one request from its end to the database and back.
func TestNothingCountsTwiceNorNever(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := &database{delay: 10 * time.Millisecond}
		db.insert(event(3*dollar, "team"))
		b, c := newBench(t, db).run(), charge("team", 10*dollar, v1alpha1.BudgetMonth)
		b.expect(c, "3", "what the database says")
		own := event(2*dollar, "team")
		b.Spend(own)
		b.expect(c, "5", "before the database has it")
		db.insert(own)
		b.Committed([]*ledger.Event{own})
		b.expect(c, "5", "the database has it, but was not read since")
		pass(3 * pace / 2)
		b.expect(c, "5", "the database was read")
		db.insert(event(4*dollar, "team"))
		pass(3 * pace / 2)
		b.expect(c, "9", "another replica spent")
		if !b.admits(c) {
			t.Error("refused below the limit")
		}
		b.Spend(event(dollar, "team"))
		if b.admits(c) {
			t.Error("admitted at the limit")
		}
	})
}

// TestQueryUnderWay: what was committed while a query ran may be missing from its answer, and still counts.
func TestQueryUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := &database{}
		b, c := newBench(t, db).run(), charge("team", 10*dollar, v1alpha1.BudgetMonth)
		b.expect(c, "0", "nothing yet")
		db.become(pace/2, nil)
		pass(pace + pace/4)
		own := event(dollar, "team")
		b.Spend(own)
		db.insert(own)
		b.Committed([]*ledger.Event{own})
		pass(pace / 2)
		b.expect(c, "1", "the answer is older than the event")
		pass(2 * pace)
		b.expect(c, "1", "the answer has it")
	})
}

// TestEventsOfAPredecessor: what was found in the spool at the start and was not told to Spend is the database's alone.
func TestEventsOfAPredecessor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := &database{}
		b, c := newBench(t, db).run(), charge("team", 10*dollar, v1alpha1.BudgetMonth)
		b.expect(c, "0", "nothing yet")
		before := event(4*dollar, "team", "unknown")
		db.insert(before)
		b.Committed([]*ledger.Event{before})
		pass(2 * pace)
		b.Spend(event(dollar, "team"))
		b.expect(c, "5", "the predecessor's in the database, and its own")
	})
}

func TestWindowsRollOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := &database{}
		b := newBench(t, db)
		day, week, month := charge("s", dollar, v1alpha1.BudgetDay), charge("s", dollar, v1alpha1.BudgetWeek), charge("s", dollar, v1alpha1.BudgetMonth)
		old := event(3*dollar, "s")
		db.insert(old)
		b.admits(day)
		b.read()
		b.expect(day, "3", "Saturday")
		b.Spend(event(2*dollar, "s"))
		pass(24*time.Hour - time.Since(old.Start) - time.Nanosecond)
		b.expect(day, "5", "the last moment of Saturday")
		pass(time.Nanosecond)
		b.expect(day, "0", "Sunday, before the database was read")
		b.expect(week, "5", "the same week")
		pass(24 * time.Hour)
		b.expect(week, "0", "Monday")
		b.expect(month, "5", "the same month")
		pass(29 * 24 * time.Hour)
		b.expect(month, "0", "the first of February")
		b.read()
		for _, c := range []Charge{day, week, month} {
			b.expect(c, "0", "after the database was read")
		}
		if own := *b.subject("s", time.Now()).own.Load(); len(own) != 0 {
			t.Errorf("%d days are kept that no window has", len(own))
		}
	})
}

// TestFirstRequestWaits: for a database that answers, and not for long for one that does not.
func TestFirstRequestWaits(t *testing.T) {
	cases := map[string]struct {
		delay time.Duration
		err   error
		want  time.Duration
		known string
	}{
		"Quick":  {30 * time.Millisecond, nil, 30 * time.Millisecond, "3"},
		"Slow":   {time.Second, nil, firstWait, "0 at least"},
		"Hung":   {time.Hour, nil, firstWait, "0 at least"},
		"Broken": {10 * time.Millisecond, errAway, 10 * time.Millisecond, "0 at least"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				db := &database{delay: c.delay, err: c.err}
				db.insert(event(3*dollar, "team"))
				b, team := newBench(t, db).run(), charge("team", 10*dollar, v1alpha1.BudgetMonth)
				began := time.Now()
				if !b.admits(team, charge("second", dollar, v1alpha1.BudgetDay)) {
					t.Error("refused")
				}
				if got := time.Since(began); got != c.want && got != 2*c.want {
					t.Errorf("waited %s, want %s", got, c.want)
				}
				began = time.Now()
				b.expect(team, c.known, "after the first request")
				if got := time.Since(began); got != 0 {
					t.Errorf("the second request waited %s", got)
				}
				if c.known == "3" {
					return
				}
				if b.admits(charge("third", dollar, v1alpha1.BudgetDay)); time.Since(began) != 0 {
					t.Errorf("another subject's first request waited %s for a database that is known to be away", time.Since(began))
				}
				db.become(0, nil)
				pass(queryTimeout + 2*pace)
				b.expect(team, "3", "the database is back")
			})
		})
	}
}

// TestClientGone: who does not wait for the answer does not wait for the database.
func TestClientGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, &database{delay: time.Hour}).run()
		ctx, cancel := contextWith(t, 20*time.Millisecond)
		defer cancel()
		began := time.Now()
		if _, err := b.Check(ctx, []Charge{charge("team", dollar, v1alpha1.BudgetDay)}); err != nil || time.Since(began) != 20*time.Millisecond {
			t.Errorf("%v after %s", err, time.Since(began))
		}
	})
}

// TestDatabaseAway: the last that is known, and what this replica spends, for as long as it takes.
func TestDatabaseAway(t *testing.T) {
	cases := map[string]struct {
		delay time.Duration
		err   error
	}{"Hung": {time.Hour, nil}, "Refusing": {time.Millisecond, errAway}}
	for name, away := range cases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				db := &database{}
				db.insert(event(3*dollar, "team"))
				b, c := newBench(t, db).run(), charge("team", 5*dollar, v1alpha1.BudgetMonth)
				b.expect(c, "3", "before")
				db.become(away.delay, away.err)
				own := []*ledger.Event{event(dollar, "team"), event(dollar, "team")}
				for _, e := range own {
					b.Spend(e)
				}
				pass(2 * idle)
				b.expect(c, "5", "long since anybody asked")
				if b.admits(c) {
					t.Error("admitted at the limit")
				}
				db.insert(own...)
				b.Committed(own)
				db.become(0, nil)
				pass(queryTimeout + 2*pace)
				b.expect(c, "5", "after")
				if got := b.log.read(); len(got) != 3 || !strings.Contains(got[0], "does not answer") || !strings.Contains(got[2], "answers again") {
					t.Errorf("logged %q", got)
				}
			})
		})
	}
}

func TestWithoutDatabase(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, c := newBench(t, nil), charge("team", dollar, v1alpha1.BudgetDay)
		b.Run(t.Context())
		if !b.admits(c) {
			t.Error("refused before anything was spent")
		}
		b.Spend(event(dollar, "team"))
		if b.admits(c) {
			t.Error("admitted although this process spent it all")
		}
		b.expect(c, "1 at least", "nobody knows of other replicas")
	})
}

func TestExceeded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, nil)
		warn, own, open := charge("warn", dollar, v1alpha1.BudgetDay), charge("key/team-a/ci", dollar, v1alpha1.BudgetWeek), charge("open", 5*dollar, v1alpha1.BudgetMonth)
		warn.Budget.Warn, own.Budget.Name = true, ""
		b.Spend(event(2*dollar, "warn", "key/team-a/ci", "open"))
		for range 3 {
			warnings, err := b.Check(t.Context(), []Charge{open, warn, own})
			e, ok := errors.AsType[*ExceededError](err)
			if !ok {
				t.Fatalf("error %v, want an *ExceededError", err)
			}
			want := &ExceededError{
				Budget: own.Budget, Subject: "key/team-a/ci", Spent: 2 * dollar, Until: time.Date(2000, 1, 3, 0, 0, 0, 0, time.UTC),
			}
			if diff := cmp.Diff(want, e); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			wantWarnings := []string{"The budget 'warn' of $1 for today is spent: $2. It begins anew on 2000-01-02T00:00:00Z."}
			if diff := cmp.Diff(wantWarnings, warnings); diff != "" {
				t.Errorf("warnings (-want +got):\n%s", diff)
			}
		}
		wantMetrics := `
# HELP fairlead_budget_exceeded_total Calls that met a budget that is spent, by what was done with them.
# TYPE fairlead_budget_exceeded_total counter
fairlead_budget_exceeded_total{action="reject",budget="(key)"} 3
fairlead_budget_exceeded_total{action="warn",budget="warn"} 3
`
		if err := testutil.GatherAndCompare(b.registry, strings.NewReader(wantMetrics)); err != nil {
			t.Error(err)
		}
		if got := b.log.read(); len(got) != 2 {
			t.Errorf("%d lines in the log, want one for each budget: %q", len(got), got)
		}
		pass(24 * time.Hour)
		b.Spend(event(2*dollar, "warn"))
		if b.admits(warn, own) || len(b.log.read()) != 3 {
			t.Errorf("want one more line for the new day of the one, and none for the same week of the other: %q", b.log.read())
		}
	})
}

// TestNothingMayBeSpent: a limit of nothing is spent from the start.
func TestNothingMayBeSpent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		if newBench(t, &database{}).run().admits(charge("none", 0, v1alpha1.BudgetDay)) {
			t.Error("admitted")
		}
	})
}

// TestOnlyTheActiveAreRead: one query a second for all of them, and none for nobody.
func TestOnlyTheActiveAreRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := &database{}
		b := newBench(t, db).run()
		a, z := charge("a", dollar, v1alpha1.BudgetDay), charge("z", dollar, v1alpha1.BudgetDay)
		b.admits(a, z)
		pass(pace / 2)
		db.asked()
		pass(pace)
		if diff := cmp.Diff([][]string{{"a", "z"}}, db.asked()); diff != "" {
			t.Errorf("in a second (-want +got):\n%s", diff)
		}
		pass(idle / 2)
		b.admits(z)
		pass(idle/2 + pace)
		db.asked()
		pass(pace)
		if diff := cmp.Diff([][]string{{"z"}}, db.asked()); diff != "" {
			t.Errorf("after one was idle (-want +got):\n%s", diff)
		}
		pass(idle)
		db.asked()
		pass(10 * pace)
		if got := db.asked(); len(got) != 0 || b.count.Load() != 0 {
			t.Errorf("after both were idle: %q, %d kept", got, b.count.Load())
		}
	})
}

// TestMemoryIsBounded: callers may make up users.
func TestMemoryIsBounded(t *testing.T) {
	b := newBench(t, nil)
	b.Spend(event(dollar, "spender"))
	for i := range maxSubjects + 1000 {
		b.admits(Charge{Budget: &snapshot.Budget{Limit: dollar, Window: v1alpha1.BudgetDay}, Subject: fmt.Sprint("user:", i)})
	}
	kept := 0
	b.subjects.Range(func(any, any) bool { kept++; return true })
	if kept != maxSubjects || b.count.Load() != maxSubjects {
		t.Errorf("%d are kept, and counted as %d, want %d", kept, b.count.Load(), maxSubjects)
	}
	b.expect(charge("spender", dollar, v1alpha1.BudgetDay), "1 at least", "what the database does not have is kept")
}

// TestConcurrentSpend: nothing is lost between goroutines, and no sum turns into a credit.
func TestConcurrentSpend(t *testing.T) {
	b, c := newBench(t, nil), charge("team", money.Max, v1alpha1.BudgetMonth)
	var running sync.WaitGroup
	for range 8 {
		running.Go(func() {
			for range 1000 {
				b.Spend(event(7, "team"))
				b.admits(c)
			}
		})
	}
	running.Wait()
	b.expect(c, money.USD(8*1000*7).String()+" at least", "the sum")
	b.Spend(event(money.Max, "team"))
	b.Spend(event(money.Max, "team"))
	if b.admits(c) {
		t.Error("admitted although more was spent than can be counted")
	}
}
