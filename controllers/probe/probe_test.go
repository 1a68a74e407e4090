package probe_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
	"k8s.io/apimachinery/pkg/types"

	"github.com/fairlead-dev/fairlead/api/stores"
	"github.com/fairlead-dev/fairlead/controllers/probe"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var owner = types.NamespacedName{Namespace: "ai", Name: "main"}

// TestAnswer: the first look knows nothing, news are told, an answer is kept, and another URI is another store.
func TestAnswer(t *testing.T) {
	news, asked := make(chan types.NamespacedName), make(chan string, 10)
	p := probe.New(func(o types.NamespacedName) { news <- o })
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		p.Run(ctx)
	}()
	ask := func(_ context.Context, address stores.Address) error {
		asked <- address.URI
		return errors.New("cannot use " + address.URI + " with canary%2F1 or canary2")
	}
	const uri = "redis://user:canary%2F1@host/0?password=canary2"
	if a := p.Answer(owner, "redis", stores.Address{URI: uri}, ask); a.Known {
		t.Errorf("known before anybody asked: %+v", a)
	}
	if o := <-news; o != owner {
		t.Errorf("news for %s", o)
	}
	a := p.Answer(owner, "redis", stores.Address{URI: uri}, ask)
	if !a.Known || a.Problem == "" || strings.Contains(a.Problem, "canary") {
		t.Errorf("answer = %+v", a)
	}
	if n := len(asked); n != 1 {
		t.Errorf("asked %d times, want once", n)
	}
	if a := p.Answer(owner, "redis", stores.Address{URI: uri, CA: "another"}, ask); a.Known {
		t.Errorf("the answer of another store: %+v", a)
	}
	<-news
	p.Forget(owner)
	cancel()
	<-done
}

// TestStoresThatAreAway: the reason is short and the same every time, and nobody waits longer than the deadline.
func TestStoresThatAreAway(t *testing.T) {
	silent, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	for name, tc := range map[string]struct {
		ask       probe.Ask
		uri, want string
	}{
		"RedisRefused":      {probe.Redis, "redis://:canary@127.0.0.1:1/0", "connection refused"},
		"RedisSilent":       {probe.Redis, "redis://:canary@" + silent.Addr().String() + "/0", "no answer within 2s"},
		"RedisMalformed":    {probe.Redis, "redis://:canary@host/x", "its URI cannot be read"},
		"SentinelRefused":   {probe.Redis, "redis://127.0.0.1:1/0?master_name=main&password=canary&addr=127.0.0.1:2", "connection refused"},
		"SentinelSilent":    {probe.Redis, "redis://" + silent.Addr().String() + "/0?master_name=main&password=canary", "no answer within 2s"},
		"ClusterRefused":    {probe.Redis, "redis+cluster://:canary@127.0.0.1:1?addr=127.0.0.1:2", "connection refused"},
		"ClusterSilent":     {probe.Redis, "redis+cluster://:canary@" + silent.Addr().String(), "no answer within 2s"},
		"PostgresRefused":   {probe.Postgres, "postgres://u:canary@127.0.0.1:1/db", "connection refused"},
		"PostgresSilent":    {probe.Postgres, "postgres://u:canary@" + silent.Addr().String() + "/db", "no answer within 2s"},
		"PostgresTriesNext": {probe.Postgres, "postgres://u:canary@" + silent.Addr().String() + ",127.0.0.1:1/db", "connection refused"},
		"PostgresMalformed": {probe.Postgres, "postgres://u:canary@host:x/db", "its URI cannot be read"},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
			defer cancel()
			err := tc.ask(ctx, stores.Address{URI: tc.uri})
			if err == nil || err.Error() != tc.want {
				t.Errorf("err = %v, want %q", err, tc.want)
			}
		})
	}
}
