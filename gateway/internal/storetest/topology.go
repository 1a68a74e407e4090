//go:build unix

package storetest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// MasterName is the name by which Sentinels know their Redis.
const MasterName = "main"

const (
	// deadAfter is how long a Redis may be silent before others take it for dead. Real ones wait for 5 s and more.
	deadAfter = "500"
	// clusterNodes are three primaries and their replicas.
	clusterNodes = 6
	// settled is how long a group of servers may take to agree.
	settled = 30 * time.Second
)

// SentinelGroup is a Redis with a replica, and three Sentinels that watch over both.
type SentinelGroup struct {
	t testing.TB
	// Servers of which one is the primary.
	Servers [2]*RedisServer
	// Sentinels are their addresses.
	Sentinels []string
}

// Sentinel starts a SentinelGroup, which ends with the test. Its servers have password where that is not empty.
func Sentinel(t testing.TB, password string) *SentinelGroup {
	t.Helper()
	primary := Redis(t, secured(password, "--repl-diskless-sync-delay", "0")...)
	replica := Redis(t, secured(password, "--replicaof", "127.0.0.1", portText(primary.port))...)
	g := &SentinelGroup{t: t, Servers: [2]*RedisServer{primary, replica}}
	for range 3 {
		g.startSentinel(primary, password)
	}
	eventually(t, "the Sentinels know the replica and each other", settled, func() bool {
		for _, address := range g.Sentinels {
			known := g.ask(address, func(ctx context.Context, c *redis.SentinelClient) bool {
				found, err := c.Master(ctx, MasterName).Result()
				return err == nil && found["num-slaves"] == "1" && found["num-other-sentinels"] == "2" && found["flags"] == "master"
			})
			if !known {
				return false
			}
		}
		return true
	})
	copied := redis.NewClient(&redis.Options{Addr: replica.Addr(), Password: password})
	defer copied.Close()
	eventually(t, "the replica has what the primary has", settled, func() bool {
		return strings.Contains(copied.Info(t.Context(), "replication").Val(), "master_link_status:up")
	})
	return g
}

// secured adds a password, of the server and of the one that it replicates, to the arguments of a server.
func secured(password string, args ...string) []string {
	if password == "" {
		return args
	}
	return append(args, "--requirepass", password, "--masterauth", password)
}

func (g *SentinelGroup) startSentinel(primary *RedisServer, password string) {
	g.t.Helper()
	port := portText(freePort(g.t))
	lines := []string{
		"port " + port, "bind 127.0.0.1", "protected-mode no",
		fmt.Sprintf("sentinel monitor %s 127.0.0.1 %d 2", MasterName, primary.port),
		"sentinel down-after-milliseconds " + MasterName + " " + deadAfter,
		"sentinel failover-timeout " + MasterName + " 3000",
	}
	if password != "" {
		lines = append(lines, "sentinel auth-pass "+MasterName+" "+password)
	}
	file := filepath.Join(g.t.TempDir(), "sentinel.conf")
	if err := os.WriteFile(file, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		g.t.Fatal(err)
	}
	cmd := exec.CommandContext(context.WithoutCancel(g.t.Context()), "redis-server", file, "--sentinel")
	if err := cmd.Start(); err != nil {
		g.t.Fatalf("starting a Sentinel: %v", err)
	}
	g.t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	g.Sentinels = append(g.Sentinels, "127.0.0.1:"+port)
}

func (g *SentinelGroup) ask(address string, f func(context.Context, *redis.SentinelClient) bool) bool {
	c := redis.NewSentinelClient(&redis.Options{Addr: address})
	defer c.Close()
	return f(g.t.Context(), c)
}

// Primary is the server that all Sentinels take for the primary; nil while they do not agree.
func (g *SentinelGroup) Primary() *RedisServer {
	var primary *RedisServer
	for _, address := range g.Sentinels {
		var found *RedisServer
		g.ask(address, func(ctx context.Context, c *redis.SentinelClient) bool {
			where, err := c.GetMasterAddrByName(ctx, MasterName).Result()
			for _, s := range g.Servers {
				if err == nil && len(where) == 2 && where[1] == portText(s.port) {
					found = s
				}
			}
			return found != nil
		})
		if found == nil || primary != nil && primary != found {
			return nil
		}
		primary = found
	}
	return primary
}

// RedisGroup is a Redis Cluster of three primaries, each with a replica.
type RedisGroup struct {
	t testing.TB
	// Nodes of the Cluster.
	Nodes   []*RedisServer
	clients []*redis.Client
}

// RedisCluster starts a RedisGroup, which ends with the test.
func RedisCluster(t testing.TB) *RedisGroup {
	t.Helper()
	if _, err := exec.LookPath("redis-cli"); err != nil {
		t.Skipf("this test needs redis-cli (apt-get install redis-tools): %v", err)
	}
	g := &RedisGroup{t: t}
	create := make([]string, 0, 2+clusterNodes)
	create = append(create, "--cluster", "create")
	for range clusterNodes {
		node := Redis(t, "--cluster-enabled", "yes", "--cluster-node-timeout", deadAfter, "--cluster-port", portText(freePort(t)),
			"--repl-diskless-sync-delay", "0")
		g.Nodes, g.clients = append(g.Nodes, node), append(g.clients, node.Client())
		create = append(create, node.Addr())
	}
	out, err := exec.CommandContext(t.Context(), "redis-cli", append(create, "--cluster-replicas", "1", "--cluster-yes")...).CombinedOutput()
	if err != nil {
		t.Fatalf("making the Cluster: %v\n%s", err, out)
	}
	eventually(t, "every node of the Cluster is well, and replicas have what they need to stand in", settled, func() bool {
		for _, c := range g.clients {
			info, replication := c.ClusterInfo(t.Context()).Val(), c.Info(t.Context(), "replication").Val()
			if !strings.Contains(info, "cluster_state:ok") || strings.Contains(replication, "master_link_status:down") {
				return false
			}
		}
		return true
	})
	return g
}

// Primary is the node, other than except, that says that it is the primary for a key; nil while none does.
func (g *RedisGroup) Primary(key string, except *RedisServer) *RedisServer {
	for i, n := range g.Nodes {
		if n == except {
			continue
		}
		role, err := g.clients[i].Do(g.t.Context(), "ROLE").Slice()
		if err != nil || len(role) == 0 || role[0] != "master" {
			continue
		}
		if err := g.clients[i].Get(g.t.Context(), key).Err(); err == nil || errors.Is(err, redis.Nil) {
			return n
		}
	}
	return nil
}

// eventually calls f until it says yes.
func eventually(t testing.TB, what string, within time.Duration, f func() bool) {
	t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for end := time.After(within); !f(); {
		select {
		case <-end:
			t.Fatalf("waited in vain until %s", what)
		case <-tick.C:
		}
	}
}
