package server

import (
	"encoding/json"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/ledger"
	"github.com/fairlead-dev/fairlead/gateway/ledger/sqlite"
	"github.com/fairlead-dev/fairlead/gateway/money"
)

// storeOf is a real store with two requests of one day and one of the next.
func storeOf(t *testing.T) ledger.Store {
	t.Helper()
	store, err := sqlite.New(sqlite.Options{Path: filepath.Join(t.TempDir(), "usage.db"), Gateway: "ai/main"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(store.Close)
	if err := store.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	event := func(id byte, user string, hours int, cost money.USD) *ledger.Event {
		return &ledger.Event{
			ID: ledger.ID{15: id}, RequestID: "r-" + string('0'+id), Start: time.Date(2026, 11, 22, hours, 0, 0, 0, time.UTC), State: ledger.Complete,
			KeyID: issuedID(), Key: "team-a/ci", User: user, Operation: "chat", Model: "chat", Alias: "team-a/chat", Provider: "ai/openai",
			Usage: chat.Usage{Known: true, InputTokens: 10, OutputTokens: 5}, Cost: cost, Priced: true,
		}
	}
	err = store.Insert(t.Context(), []*ledger.Event{
		event(1, "ann", 1, 1_000_000_000), event(2, "bob", 23, 500_000_000), event(3, "ann", 24, 250_000_000),
	})
	if err != nil {
		t.Fatal(err)
	}
	return store
}

// TestSpendOfARealStore: the answers of a real store in the words of the API.
func TestSpendOfARealStore(t *testing.T) {
	store, tb := storeOf(t), &table{}
	tb.Store(withKeys(v1alpha1.KeysRequired))
	g := startWith(t, Options{Snapshots: tb, Usage: func() Usage { return store }})
	const one, two, three = `"requests": 1, "total_tokens": 15, "prompt_tokens": 10, "cached_prompt_tokens": 0, "completion_tokens": 5`,
		`"requests": 2, "total_tokens": 30, "prompt_tokens": 20, "cached_prompt_tokens": 0, "completion_tokens": 10`,
		`"requests": 3, "total_tokens": 45, "prompt_tokens": 30, "cached_prompt_tokens": 0, "completion_tokens": 15`
	for path, want := range map[string]string{
		"/spend/keys":                            `[{"token": "` + issuedID() + `", "key_alias": "team-a/ci", "spend": 1.75, ` + three + `}]`,
		"/spend/users":                           `[{"user_id": "ann", "spend": 1.25, ` + two + `}, {"user_id": "bob", "spend": 0.5, ` + one + `}]`,
		"/spend/users?end_date=2026-11-22":       `[{"user_id": "ann", "spend": 1, ` + one + `}, {"user_id": "bob", "spend": 0.5, ` + one + `}]`,
		"/spend/models?start_date=2026-11-23":    `[{"model": "chat", "log_count": 1, "total_spend": 0.25, "spend": 0.25, ` + one + `}]`,
		"/global/spend/report?group_by=alias":    `[{"group_by": "alias", "name": "team-a/chat", "spend": 1.75, ` + three + `}]`,
		"/global/spend/report?group_by=day":      `[{"group_by": "day", "name": "2026-11-22", "spend": 1.5, ` + two + `}, {"group_by": "day", "name": "2026-11-23", "spend": 0.25, ` + one + `}]`,
		"/spend/logs?start_date=2026-11-23":      `[{"startTime": "2026-11-23", "spend": 0.25, "users": {"ann": 0.25}, "models": {"chat": 0.25}, "keys": {"` + issuedID() + `": 0.25}, "` + issuedID() + `": 0.25}]`,
		"/spend/logs?user_id=nobody":             `[]`,
		"/spend/keys?start_date=2030-01-01":      `[]`,
		"/global/spend/report?group_by=provider": `[{"group_by": "provider", "name": "ai/openai", "spend": 1.75, ` + three + `}]`,
	} {
		r := g.get(path)
		if diff := cmp.Diff(indented(t, want), indented(t, r.body)); diff != "" {
			t.Errorf("%s: status %d (-want +got):\n%s", path, r.StatusCode, diff)
		}
	}
}

// TestSpendLogsPages: every event is on one page, the newest first.
func TestSpendLogsPages(t *testing.T) {
	store, tb := storeOf(t), &table{}
	tb.Store(withKeys(v1alpha1.KeysRequired))
	g := startWith(t, Options{Snapshots: tb, Usage: func() Usage { return store }})
	var pages [][]string
	for cursor := "start"; cursor != "" && len(pages) < 5; {
		path := "/spend/logs?limit=2&api_key=team-a/ci"
		if cursor != "start" {
			path += "&cursor=" + cursor
		}
		r := g.get(path)
		var entries []logEntry
		if err := json.Unmarshal([]byte(r.body), &entries); err != nil {
			t.Fatalf("%v in %s", err, r.body)
		}
		page := make([]string, 0, len(entries))
		for i := range entries {
			page = append(page, entries[i].RequestID)
		}
		pages, cursor = append(pages, page), r.Header.Get("X-Next-Cursor")
	}
	if diff := cmp.Diff([][]string{{"r-3", "r-2"}, {"r-1"}}, pages); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
