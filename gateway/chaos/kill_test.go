package chaos

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fairlead-dev/fairlead/gateway/internal/storetest"
)

const (
	// settlePatience is how long the last events may take to reach the database.
	settlePatience = 60 * time.Second
	// distance is how long an answer of the database takes to the gateway, so that more deaths come between a commit and the news of it.
	distance = 30 * time.Millisecond
)

// varied is a plan of answers that differ in their tokens and in how long they take. It depends on the number in the id alone.
func varied(q *asked) reply {
	r := rand.New(rand.NewPCG(number(q.ID), 1))
	return reply{
		input: 1 + r.Int64N(900), output: 1 + r.Int64N(40), word: "word ", pause: time.Duration(r.Int64N(int64(4 * time.Millisecond))),
	}
}

func number(id string) (n uint64) {
	_, _ = fmt.Sscanf(id, "r-%d", &n)
	return n
}

// mixed are questions of both keys for both models, every other one for a stream. It is safe for concurrent use.
func mixed() func() question {
	var last atomic.Int64
	return func() question {
		n := last.Add(1)
		q := question{id: fmt.Sprintf("r-%08d", n), key: keyA, model: "chat", prompt: fmt.Sprintf("question %d", n), stream: n%2 == 0}
		if n%3 == 0 {
			q.key = keyB
		}
		if n%5 == 0 {
			q.model = "large"
		}
		return q
	}
}

// TestNothingIsLostOrCountedTwice kills the gateway and its database, with SIGKILL and at random moments, while both are at work.
func TestNothingIsLostOrCountedTwice(t *testing.T) {
	t.Parallel()
	random := chance(t)
	up := newUpstream(t, varied)
	redis, database := storetest.Redis(t), storetest.Postgres(t, storetest.Durable())
	link := storetest.NewLink(t, database.Address())
	link.Delay(distance)
	g := newGateway(t, stack{upstream: up.url, redis: redis.URI(), postgres: database.URIAt(link.Address())}.String())
	c := newClients(g.url())
	began := time.Now()
	stop := c.work(t.Context(), 12, mixed())

	killed := make(chan error, 1)
	kills := rand.New(rand.NewPCG(random.Uint64(), 2))
	go func() { killed <- g.dieOften(t.Context(), kills, *gatewayKills) }()
	for range *databaseKills {
		pause(t, between(random, 100*time.Millisecond, 2500*time.Millisecond))
		database.Kill()
		pause(t, between(random, 0, 600*time.Millisecond))
		database.Start()
	}
	if err := <-killed; err != nil {
		t.Fatal(err)
	}
	stop()
	took := time.Since(began).Round(time.Second)
	eventually(t, "everything served is in the database", settlePatience, g.settled)
	g.stop()

	conn := connect(t, database.URI())
	kept, served, outcomes := booksOf(t, conn), up.record(), c.all()
	kept.compare(t, served, outcomes)
	compareSums(t, conn)
	wholes := 0
	for i := range outcomes {
		if outcomes[i].whole() {
			wholes++
		}
	}
	t.Logf("%d kills of the gateway and %d of PostgreSQL in %v: %d requests, %d whole at their client, %d at the upstream; %d rows:%s",
		*gatewayKills, *databaseKills, took, len(outcomes), wholes, len(served), len(kept), kept.states())
	if wholes < 10*(*gatewayKills) || len(served) < wholes {
		t.Errorf("too little was served to prove anything: %d whole answers", wholes)
	}
}

// dieOften kills the gateway and starts it again, so many times. One death in four comes before the gateway is ready. At the end it is.
func (g *gateway) dieOften(ctx context.Context, random *rand.Rand, times int) error {
	for range times {
		if random.IntN(4) == 0 {
			wait(ctx, between(random, 0, 300*time.Millisecond))
		} else {
			if err := g.awaitReady(ctx); err != nil {
				return err
			}
			wait(ctx, between(random, 0, 1200*time.Millisecond))
		}
		g.kill()
		if err := g.start(ctx); err != nil {
			return err
		}
	}
	return g.awaitReady(ctx)
}
