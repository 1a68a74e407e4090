package limit

import (
	"context"
	"errors"
	"strings"
	"testing"

	goredis "github.com/redis/go-redis/v9"

	"github.com/fairlead-dev/fairlead/gateway/internal/storetest"
	"github.com/fairlead-dev/fairlead/gateway/redis"
)

// TestLeastRights counts as a user who may do no more than docs/stores-external.md says.
func TestLeastRights(t *testing.T) {
	server := storetest.Redis(t)
	admin := server.Client()
	rights := []any{"ACL", "SETUSER", "fairlead", "on", ">password", "~{fairlead:*", "+@read", "+@write", "+@scripting", "+@connection", "+time"}
	if err := admin.Do(t.Context(), rights...).Err(); err != nil {
		t.Fatal(err)
	}
	uri := strings.Replace(server.URI(), "redis://", "redis://fairlead:password@", 1)
	l := replica(t, uri, func(o *Options) { o.Gateway = "ai/main" })
	if n := count(t, l, claim(rpm("minute", 5, long), parallel("busy", 3)), 10); n != 5 {
		t.Errorf("%d requests admitted, want 5", n)
	}
	if trouble := l.trouble.Load(); l.degraded() {
		t.Errorf("limits are counted without Redis: %v", trouble)
	}
	if n := len(admin.Keys(t.Context(), redis.Prefix("ai/main")+"*").Val()); n == 0 {
		t.Error("nothing is counted in Redis")
	}
	err := l.redis.Do(t.Context(), func(ctx context.Context, r goredis.UniversalClient) error {
		return r.Set(ctx, "another", 1, 0).Err()
	})
	if !errors.Is(err, redis.ErrAway) {
		t.Errorf("the key of somebody else: got %v, want it refused", err)
	}
}

// TestClusterCounts: replicas that share a Cluster admit together as many as a limit says, whatever else is counted in the same step.
func TestClusterCounts(t *testing.T) {
	group := storetest.RedisCluster(t)
	uri := "redis+cluster://" + group.Nodes[0].Addr()
	claims := claim(rpm("minute", 50, long), tpm("tokens", 1000, long), parallel("busy", 10))
	all := 0
	for _, l := range replicas(t, uri, 2) {
		all += count(t, l, claims, 40)
		if trouble := l.trouble.Load(); trouble != nil || l.degraded() {
			t.Errorf("limits are counted without Redis: %v", trouble)
		}
	}
	if all != 50 {
		t.Errorf("%d requests admitted by all, want 50", all)
	}
}
