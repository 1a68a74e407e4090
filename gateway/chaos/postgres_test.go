package chaos

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/fairlead-dev/fairlead/gateway/internal/storetest"
)

const (
	// databaseRate is how many requests a second there are.
	databaseRate = 100
	// completeWithin is how soon everything is in a database that is back.
	completeWithin = 10 * time.Second
	// hangNoticed is how soon a gateway knows that a database hangs: it gives one the time that a large batch may need.
	hangNoticed = 6 * time.Second
)

// TestPostgresAway has PostgreSQL stopped, hung and overrun. Nobody notices, and afterwards everything is in it.
func TestPostgresAway(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		options    []storetest.PostgresOption
		away, back func(*testing.T, *storetest.PostgresServer)
		// first says that it is away before the gateway starts, and hangs that connections to it just wait.
		first, hangs bool
	}{
		"AtTheStart": {away: shutDown, back: start, first: true},
		"ShutDown":   {away: shutDown, back: start},
		"Hung": {
			away:  func(_ *testing.T, s *storetest.PostgresServer) { s.Stop() },
			back:  func(_ *testing.T, s *storetest.PostgresServer) { s.Continue() },
			hangs: true,
		},
		"NoConnectionLeft": {
			options: []storetest.PostgresOption{storetest.Setting("max_connections", "10")},
			away:    func(t *testing.T, s *storetest.PostgresServer) { t.Cleanup(occupy(t, s)) },
			back:    func(_ *testing.T, s *storetest.PostgresServer) { s.Shutdown(); s.Start() },
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, up := storetest.Postgres(t, tc.options...), newUpstream(t, brisk)
			if tc.first {
				tc.away(t, server)
			}
			g := newGateway(t, stack{upstream: up.url, postgres: server.URI()}.String())
			c := newClients(g.url())
			stop := c.steadily(t.Context(), databaseRate, mixed())
			if !tc.first {
				eventually(t, "the database is in use", completeWithin, func() bool { return g.is(1, `fairlead_store_up{store="postgres"}`) })
				tc.away(t, server)
			}
			g.servesAll(c, *databaseOutage, tc.hangs)
			tc.back(t, server)
			stop()
			g.books(c, up, server)
		})
	}
}

func shutDown(_ *testing.T, s *storetest.PostgresServer) { s.Shutdown() }

func start(_ *testing.T, s *storetest.PostgresServer) { s.Start() }

// servesAll watches a gateway without its database for a while: it is ready, it knows its keys, and it says that something is wrong.
func (g *gateway) servesAll(c *clients, lasts time.Duration, hangs bool) {
	g.t.Helper()
	for began := time.Now(); time.Since(began) < lasts; pause(g.t, 100*time.Millisecond) {
		if !g.ready(g.t.Context()) {
			g.t.Error("not ready without a database")
		}
	}
	if status, _, err := get(g.t.Context(), g.url()+"/v1/models", "sk-nobody-has-this-key"); err != nil || status != http.StatusUnauthorized {
		g.t.Errorf("a wrong key without a database: got %d, %v, want 401", status, err)
	}
	if !hangs || lasts > hangNoticed {
		eventually(g.t, "the metrics say that PostgreSQL is away", completeWithin, func() bool { return g.is(0, `fairlead_store_up{store="postgres"}`) })
	}
	eventually(g.t, "the metrics say that events wait", completeWithin, func() bool {
		events, _ := g.metric("fairlead_ledger_backlog_events")
		return events > 0
	})
	if len(c.all()) == 0 {
		g.t.Error("nothing was served meanwhile")
	}
}

// books waits until all that was served is in the database, once.
func (g *gateway) books(c *clients, up *upstream, server *storetest.PostgresServer) {
	g.t.Helper()
	took := eventually(g.t, "everything served is in the database", completeWithin, g.settled)
	conn := connect(g.t, server.URI())
	kept, outcomes, failed := booksOf(g.t, conn), c.all(), 0
	kept.compare(g.t, up.record(), outcomes)
	compareSums(g.t, conn)
	for i := range outcomes {
		if o := &outcomes[i]; !o.whole() {
			failed++
			g.t.Errorf("failed: %v", o)
		}
	}
	if len(kept) != len(outcomes) {
		g.t.Errorf("%d rows of %d requests", len(kept), len(outcomes))
	}
	g.t.Logf("%d requests, %d failed, %d rows; complete %v after the database was back", len(outcomes), failed, len(kept), took.Round(time.Millisecond))
}

// occupy takes all connections that the server has, those of the gateway included, and returns what ends them.
func occupy(t *testing.T, s *storetest.PostgresServer) (free func()) {
	t.Helper()
	var own []*pgx.Conn
	free = func() {
		for _, conn := range own {
			_ = conn.Close(t.Context())
		}
	}
	const others = `SELECT count(pg_terminate_backend(pid))
		FROM pg_stat_activity WHERE application_name <> 'occupant' AND backend_type = 'client backend'`
	config, err := pgx.ParseConfig(s.URI())
	if err != nil {
		t.Fatal(err)
	}
	config.RuntimeParams["application_name"] = "occupant"
	eventually(t, "no connection is left", completeWithin, func() bool {
		for {
			conn, err := pgx.ConnectConfig(t.Context(), config)
			if refusal := (*pgconn.PgError)(nil); errors.As(err, &refusal) && refusal.Code == "53300" {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			own = append(own, conn)
		}
		return len(own) > 0 && count(t, own[0], others) == 0
	})
	return free
}
