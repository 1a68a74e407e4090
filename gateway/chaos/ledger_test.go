package chaos

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

// row is an event as the database has it.
type row struct {
	ID, RequestID, State, KeyName, Alias string
	Status                               int
	Stream, CacheHit, Estimated          bool
	Input, Output, Cost                  int64
}

const rowsQuery = `SELECT id::text, request_id, state, key_name, alias, status, stream, cache_hit, estimated, input_tokens, output_tokens, cost
FROM fairlead.events`

// connect is a connection of the test's own.
func connect(t *testing.T, uri string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), uri)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(t.Context()) })
	return conn
}

// rows are all events.
func rows(t *testing.T, conn *pgx.Conn) []row {
	t.Helper()
	found, err := conn.Query(t.Context(), rowsQuery)
	if err != nil {
		t.Fatal(err)
	}
	all, err := pgx.CollectRows(found, pgx.RowToStructByPos[row])
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// count is the answer to a question that has a number for an answer.
func count(t *testing.T, conn *pgx.Conn, query string) (n int64) {
	t.Helper()
	if err := conn.QueryRow(t.Context(), query).Scan(&n); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n
}

// books are the rows by x-request-id.
type books map[string]row

// booksOf fails the test where an event, or a request, has more than one row.
func booksOf(t *testing.T, conn *pgx.Conn) books {
	t.Helper()
	all := rows(t, conn)
	b, ids := make(books, len(all)), map[string]bool{}
	for _, r := range all {
		if _, twice := b[r.RequestID]; twice {
			t.Errorf("request %s is in the ledger twice", r.RequestID)
		}
		b[r.RequestID], ids[r.ID] = r, true
	}
	if len(ids) != len(all) {
		t.Errorf("%d rows have %d ids", len(all), len(ids))
	}
	return b
}

// states counts the rows by how they ended.
func (b books) states() string {
	counts := map[string]int{}
	for _, r := range b {
		counts[r.State]++
	}
	var text strings.Builder
	for _, state := range slices.Sorted(maps.Keys(counts)) {
		fmt.Fprintf(&text, " %d %s", counts[state], state)
	}
	return text.String()
}

// compare holds the ledger against what the upstream did and what clients had: whatever the upstream saw has a row, and whatever is
// complete, at the latest what a client had whole, has its exact tokens and cost.
func (b books) compare(t *testing.T, served map[string]service, outcomes []outcome) {
	t.Helper()
	for id := range served {
		if _, found := b[id]; !found {
			t.Errorf("request %s was served and is not in the ledger", id)
		}
	}
	for i := range outcomes {
		if o := &outcomes[i]; o.whole() && b[o.id].State != "complete" {
			t.Errorf("the client has the whole of %s, which is %q in the ledger", o.id, b[o.id].State)
		}
	}
	for id, r := range b {
		if s := served[id]; r.State == "complete" && !r.CacheHit && !r.exact(s) {
			t.Errorf("the ledger has %+v, and the upstream %+v", r, s)
		}
	}
}

// exact says whether a row has what the upstream counted, and what that costs.
func (r *row) exact(s service) bool {
	return !r.Estimated && r.Input == s.input && r.Output == s.output && r.Cost == s.input*inputPrice+s.output*outputPrice
}

// compareSums holds the sums against the rows that they are made of.
func compareSums(t *testing.T, conn *pgx.Conn) {
	t.Helper()
	const sums = `SELECT gateway, (started_at AT TIME ZONE 'UTC')::date, key_id, user_name, alias, model, provider, count(*)::bigint,
		sum(input_tokens)::bigint, sum(cached_input_tokens)::bigint, sum(output_tokens)::bigint, sum(cost)::bigint
		FROM fairlead.events GROUP BY 1, 2, 3, 4, 5, 6, 7`
	const kept = `SELECT gateway, day, key_id, user_name, alias, model, provider, requests,
		input_tokens, cached_input_tokens, output_tokens, cost FROM fairlead.spend`
	if n := count(t, conn, "SELECT count(*) FROM ((("+sums+") EXCEPT ("+kept+")) UNION ALL (("+kept+") EXCEPT ("+sums+"))) AS differing"); n != 0 {
		t.Errorf("%d sums differ from the rows that they are made of", n)
	}
	if n := count(t, conn, "SELECT count(*) FROM fairlead.spend"); n == 0 {
		t.Error("there are no sums")
	}
	// Key a has a budget, and no other subject has one.
	charged := count(t, conn, "SELECT coalesce(sum(cost), 0)::bigint FROM fairlead.budget_spend")
	spent := count(t, conn, "SELECT coalesce(sum(cost), 0)::bigint FROM fairlead.events WHERE key_name = 'default/a'")
	if charged != spent || spent == 0 {
		t.Errorf("%d is charged to the budget, and its rows cost %d", charged, spent)
	}
}
