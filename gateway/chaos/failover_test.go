package chaos

import (
	"strings"
	"testing"
	"time"

	"github.com/fairlead-dev/fairlead/gateway/internal/storetest"
)

// group is several Redis servers of which one stands in for another that is gone.
type group struct {
	// uri and as are how a Gateway says where it is.
	uri, as string
	// kill ends the server that is written to, and promoted says that another is written to.
	kill     func()
	promoted func() bool
}

func sentinels(t *testing.T) group {
	s := storetest.Sentinel(t, "")
	old := s.Primary()
	return group{
		uri: "redis://" + strings.Join(s.Sentinels, ","), as: "sentinel: {masterName: " + storetest.MasterName + "}", kill: old.Kill,
		promoted: func() bool { p := s.Primary(); return p != nil && p != old },
	}
}

func cluster(t *testing.T) group {
	// What is in braces decides which node has a key: see redis.Prefix.
	const key = "{fairlead:default/main}:"
	c := storetest.RedisCluster(t)
	old := c.Primary(key, nil)
	return group{
		uri: "redis://" + c.Nodes[0].Addr() + "," + c.Nodes[1].Addr(), as: "cluster: true", kill: old.Kill,
		promoted: func() bool { return c.Primary(key, old) != nil },
	}
}

// TestRedisFailover kills the primary under load. Nobody notices, and limits and answers are shared again within 5 s of there being
// another.
func TestRedisFailover(t *testing.T) {
	for name, start := range map[string]func(*testing.T) group{"Sentinel": sentinels, "Cluster": cluster} {
		t.Run(name, func(t *testing.T) {
			r, up := start(t), newUpstream(t, brisk)
			g := newGateway(t, stack{upstream: up.url, redis: r.uri, redisAs: r.as}.String())
			eventually(t, "Redis is in use", redisPatience, g.shares)
			c := newClients(g.url())
			stop := c.steadily(t.Context(), redisRate+plainRate, counted())
			pause(t, time.Second)

			gone := time.Now()
			r.kill()
			eventually(t, "the metrics say that Redis is away", redisPatience, func() bool {
				return g.is(0, `fairlead_store_up{store="redis"}`)
			})
			t.Logf("another primary after %v", eventually(t, "there is another primary", redisPatience, r.promoted).Round(time.Millisecond))
			back := eventually(t, "everything is normal", redisPatience, g.shares)
			pause(t, time.Second)
			stop()
			judge(t, c.all(), gone, back)
		})
	}
}
