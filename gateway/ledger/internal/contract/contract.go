// Package contract tests that a store does what the ledger relies on. Every kind of store is held to it.
package contract

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/ledger"
	"github.com/fairlead-dev/fairlead/gateway/money"
)

// Now is the time of the contract: a Wednesday, whose week began in the month before.
func Now() time.Time { return time.Date(2026, time.December, 2, 15, 4, 5, 678_000, time.UTC) }

// Event is the n-th of a series, in which everything differs that a store keeps.
func Event(n int) *ledger.Event {
	start := Now().Add(-time.Duration(n) * time.Minute)
	return &ledger.Event{
		ID: idOf(n), RequestID: fmt.Sprintf("req-%d", n), Start: start, State: ledger.Complete, KeyID: "key-" + string('a'+rune(n%3)),
		Key: "team-a/ci", User: fmt.Sprintf("user-%d", n%2), Operation: "chat", Model: "chat-large", Alias: "team-a/chat",
		Target: "team-a/openai/0", Provider: "team-a/openai", UpstreamModel: "gpt-5", Attempts: 2, Status: 200, Stream: n%2 == 0,
		CacheHit: n%5 == 0, Usage: chat.Usage{
			Known: true, InputTokens: 100, CachedInputTokens: 40, CacheWriteTokens: 5, OutputTokens: 10, ReasoningTokens: 4,
		},
		Estimated: n%7 == 0, Cost: money.USD(1000 + n), Priced: true, FirstByte: 20 * time.Millisecond, Duration: 3 * time.Second,
		Budgets: []string{"gateway/all", "key/team-a/ci"},
	}
}

func idOf(n int) (id ledger.ID) {
	copy(id[:], fmt.Sprintf("%016d", n))
	return id
}

// Events are the first n of the series.
func Events(n int) []*ledger.Event {
	events := make([]*ledger.Event, n)
	for i := range events {
		events[i] = Event(i)
	}
	return events
}

// Run holds stores to the contract. empty makes one without tables.
func Run(t *testing.T, empty func(t *testing.T) ledger.Store) {
	ready := func(t *testing.T) ledger.Store {
		s := empty(t)
		must(t, s.Migrate(t.Context()))
		must(t, s.Maintain(t.Context(), Now()))
		return s
	}
	t.Run("MigratesTwice", func(t *testing.T) {
		s := ready(t)
		must(t, s.Migrate(t.Context()))
		must(t, s.Maintain(t.Context(), Now()))
	})
	t.Run("NothingIsSpentBeforeTheFirstTable", func(t *testing.T) {
		spent, err := empty(t).Spent(t.Context(), []string{"gateway/all"}, Now())
		must(t, err)
		if amount := spent["gateway/all"][v1alpha1.BudgetMonth]; amount != 0 {
			t.Errorf("got %v, want nothing", amount)
		}
	})
	t.Run("CountsEachEventOnce", func(t *testing.T) { countsOnce(t, ready(t)) })
	t.Run("PagesTheLog", func(t *testing.T) { pages(t, ready(t)) })
	t.Run("FiltersTheLog", func(t *testing.T) { filters(t, ready(t)) })
	t.Run("SumsByEachDimension", func(t *testing.T) { sums(t, ready(t)) })
	t.Run("CountsAgainstBudgets", func(t *testing.T) { budgets(t, ready(t)) })
	t.Run("TakesWhatClientsChoose", func(t *testing.T) { hostile(t, ready(t)) })
	t.Run("SaysWhenItIsAway", func(t *testing.T) { away(t, ready(t)) })
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func countsOnce(t *testing.T, s ledger.Store) {
	events := Events(700)
	must(t, s.Insert(t.Context(), events[:500]))
	must(t, s.Insert(t.Context(), events[:500]))
	must(t, s.Insert(t.Context(), append(events[400:], events[600:]...)))
	all := spend(t, s, ledger.ByAlias)
	var cost money.USD
	for _, e := range events {
		cost += e.Cost
	}
	want := []ledger.Sum{{Name: "team-a/chat", Requests: 700, InputTokens: 70_000, CachedInputTokens: 28_000, OutputTokens: 7000, Cost: cost}}
	if diff := cmp.Diff(want, all); diff != "" {
		t.Errorf("spend (-want +got):\n%s", diff)
	}
	page, err := s.Logs(t.Context(), ledger.Filter{Limit: ledger.MaxLimit + 1})
	must(t, err)
	if len(page.Events) != len(events) {
		t.Errorf("the log has %d events, want %d", len(page.Events), len(events))
	}
	if got := spent(t, s, "gateway/all")[v1alpha1.BudgetMonth]; got != cost {
		t.Errorf("budget: got %d, want %d", got, cost)
	}
}

func spend(t *testing.T, s ledger.Store, by ledger.By) []ledger.Sum {
	t.Helper()
	got, err := s.Spend(t.Context(), by, Now().AddDate(0, 0, -7), Now())
	must(t, err)
	return got
}

func spent(t *testing.T, s ledger.Store, subject string) map[v1alpha1.BudgetWindow]money.USD {
	t.Helper()
	got, err := s.Spent(t.Context(), []string{subject, "nobody"}, Now())
	must(t, err)
	return got[subject]
}

func pages(t *testing.T, s ledger.Store) {
	events := Events(25)
	for i := range 5 {
		// Of the same moment: the ID decides.
		events[i].Start = Now()
	}
	must(t, s.Insert(t.Context(), events))
	var got []string
	filter := ledger.Filter{Limit: 10}
	for calls := 0; ; calls++ {
		page, err := s.Logs(t.Context(), filter)
		must(t, err)
		for _, e := range page.Events {
			got = append(got, e.RequestID)
		}
		if filter.Cursor = page.Next; filter.Cursor == "" || calls > 5 {
			break
		}
	}
	want := []string{"req-4", "req-3", "req-2", "req-1", "req-0"}
	for i := 5; i < 25; i++ {
		want = append(want, fmt.Sprintf("req-%d", i))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, cursor := range []string{"x", "1_2", "'; DROP TABLE events", "1_" + idOf(0).String() + "0"} {
		if _, err := s.Logs(t.Context(), ledger.Filter{Cursor: cursor}); !errors.Is(err, ledger.ErrCursor) {
			t.Errorf("cursor %q: got %v", cursor, err)
		}
	}
}

func filters(t *testing.T, s ledger.Store) {
	must(t, s.Insert(t.Context(), Events(30)))
	for name, tc := range map[string]struct {
		filter ledger.Filter
		want   int
	}{
		"All":       {ledger.Filter{}, 30},
		"Key":       {ledger.Filter{KeyID: "key-a"}, 10},
		"User":      {ledger.Filter{User: "user-1"}, 15},
		"Model":     {ledger.Filter{Model: "chat-large"}, 30},
		"NoModel":   {ledger.Filter{Model: "chat-small"}, 0},
		"RequestID": {ledger.Filter{RequestID: "req-7"}, 1},
		"From":      {ledger.Filter{From: Now().Add(-9 * time.Minute)}, 10},
		"To":        {ledger.Filter{To: Now()}, 29},
		"Both":      {ledger.Filter{KeyID: "key-a", User: "user-0", From: Now().Add(-12 * time.Minute)}, 3},
		"Hostile":   {ledger.Filter{User: "' OR 1=1 --\x00\xff"}, 0},
	} {
		page, err := s.Logs(t.Context(), tc.filter)
		if err != nil || len(page.Events) != tc.want {
			t.Errorf("%s: got %d events, want %d (%v)", name, len(page.Events), tc.want, err)
		}
	}
	page, err := s.Logs(t.Context(), ledger.Filter{RequestID: "req-7"})
	must(t, err)
	want := Event(7)
	// What an event counts against is in the sums only.
	want.Budgets = nil
	if diff := cmp.Diff([]*ledger.Event{want}, page.Events); diff != "" {
		t.Errorf("an event (-sent +read):\n%s", diff)
	}
}

func sums(t *testing.T, s ledger.Store) {
	events := Events(6)
	events[5].Start, events[5].User, events[5].Provider = Now().AddDate(0, 0, -1), "", "team-a/anthropic"
	must(t, s.Insert(t.Context(), events))
	type line struct {
		Name     string
		Requests int64
		Cost     money.USD
	}
	for by, want := range map[ledger.By][]line{
		ledger.ByDay:      {{"2026-12-01", 1, 1005}, {"2026-12-02", 5, 5010}},
		ledger.ByKey:      {{"key-c", 2, 2007}, {"key-b", 2, 2005}, {"key-a", 2, 2003}},
		ledger.ByUser:     {{"user-0", 3, 3006}, {"user-1", 2, 2004}, {"", 1, 1005}},
		ledger.ByModel:    {{"chat-large", 6, 6015}},
		ledger.ByAlias:    {{"team-a/chat", 6, 6015}},
		ledger.ByProvider: {{"team-a/openai", 5, 5010}, {"team-a/anthropic", 1, 1005}},
	} {
		found := spend(t, s, by)
		got := make([]line, len(found))
		for i, sum := range found {
			got[i] = line{sum.Name, sum.Requests, sum.Cost}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("by %s (-want +got):\n%s", by, diff)
		}
	}
	if _, err := s.Spend(t.Context(), "cost; DROP TABLE spend", Now(), Now()); err == nil {
		t.Error("an unknown dimension should be an error")
	}
	if got, err := s.KeySpend(t.Context(), "key-c"); err != nil || got != 2007 {
		t.Errorf("key: got %d, %v", got, err)
	}
	if got, err := s.KeySpend(t.Context(), "nobody"); err != nil || got != 0 {
		t.Errorf("unknown key: got %d, %v", got, err)
	}
}

func budgets(t *testing.T, s ledger.Store) {
	events := make([]*ledger.Event, 0, 5)
	// Today; Monday, in the month before; the Sunday before it; tomorrow; the first of the month.
	for n, start := range []time.Time{
		Now(), time.Date(2026, 11, 30, 0, 0, 0, 0, time.UTC), time.Date(2026, 11, 29, 23, 59, 59, 999_999_000, time.UTC),
		time.Date(2026, 12, 3, 0, 0, 0, 0, time.UTC), time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC),
	} {
		e := Event(n)
		e.Start, e.Cost, e.Budgets = start, money.USD(1<<n), []string{"gateway/x", "gateway/x", "gateway/x/user:\xff\x00"}
		events = append(events, e)
	}
	for _, e := range events {
		for i := range e.Budgets {
			e.Budgets[i] = ledger.CleanSubject(e.Budgets[i])
		}
	}
	must(t, s.Insert(t.Context(), events))
	want := map[v1alpha1.BudgetWindow]money.USD{v1alpha1.BudgetDay: 1, v1alpha1.BudgetWeek: 1 + 2 + 8 + 16, v1alpha1.BudgetMonth: 1 + 8 + 16}
	for _, subject := range []string{"gateway/x", "gateway/x/user:\xff\x00"} {
		if diff := cmp.Diff(want, spent(t, s, subject)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", subject, diff)
		}
	}
	many := make([]string, 3000)
	for n := range many {
		many[n] = fmt.Sprint("gateway/x/user:", n)
	}
	many[1500] = "gateway/x"
	got, err := s.Spent(t.Context(), many, Now())
	must(t, err)
	if diff := cmp.Diff(map[string]map[v1alpha1.BudgetWindow]money.USD{"gateway/x": want}, got); diff != "" {
		t.Errorf("many subjects (-want +got):\n%s", diff)
	}
}

// hostile sends what fits the bounds of an encoded event and is as bad as can be otherwise.
func hostile(t *testing.T, s ledger.Store) {
	long := strings.Repeat("€", 85)
	first, second := Event(0), Event(1)
	for _, e := range []*ledger.Event{first, second} {
		e.KeyID, e.User, e.Model, e.Alias, e.Provider = "'; DROP TABLE events; --", long, long, long, long
		e.Cost, e.Usage.InputTokens, e.Usage.OutputTokens = money.Max, 1<<63-1, 1<<63-1
		e.Start = Now().AddDate(-30, 0, 0)
	}
	second.Start = first.Start
	must(t, s.Insert(t.Context(), []*ledger.Event{first}))
	must(t, s.Insert(t.Context(), []*ledger.Event{second}))
	got, err := s.Spend(t.Context(), ledger.ByModel, first.Start, first.Start.AddDate(0, 0, 1))
	must(t, err)
	want := []ledger.Sum{{Name: long, Requests: 2, InputTokens: 1<<63 - 1, CachedInputTokens: 80, OutputTokens: 1<<63 - 1, Cost: money.Max}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func away(t *testing.T, s ledger.Store) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Insert(ctx, Events(1)); err == nil || errors.Is(err, ledger.ErrRefused) {
		t.Errorf("canceled: got %v", err)
	}
	s.Close()
	if err := s.Insert(t.Context(), Events(1)); err == nil || errors.Is(err, ledger.ErrRefused) {
		t.Errorf("closed: got %v", err)
	}
	if _, err := s.Logs(t.Context(), ledger.Filter{}); err == nil {
		t.Error("a closed store should not answer")
	}
}
