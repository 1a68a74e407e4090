package redis

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/fairlead-dev/fairlead/api/stores"
	"github.com/fairlead-dev/fairlead/gateway/internal/storetest"
)

// usedAgain is how soon a new primary is used.
const usedAgain = 5 * time.Second

func TestTLS(t *testing.T) {
	authority, other := storetest.NewAuthority(t), storetest.NewAuthority(t)
	server := storetest.RedisTLS(t, authority)
	for name, tc := range map[string]struct {
		address stores.Address
		works   bool
	}{
		"CA":            {stores.Address{URI: server.URI(), CA: authority.PEM}, true},
		"CAWithPlain":   {stores.Address{URI: "redis://" + server.Addr(), CA: authority.PEM}, true},
		"CAOverSkipped": {stores.Address{URI: server.URI() + "?skip_verify=true", CA: other.PEM}, false},
		"WrongCA":       {stores.Address{URI: server.URI(), CA: other.PEM}, false},
		"WrongName":     {stores.Address{URI: strings.Replace(server.URI(), "127.0.0.1", "localhost", 1), CA: authority.PEM}, false},
		"SystemCAs":     {stores.Address{URI: server.URI()}, false},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, "")
			f.Use(tc.address)
			if tc.works {
				f.awaitAnswer(t)
				return
			}
			await(t, "the breaker is open", usedAgain, func() bool { return errors.Is(f.ping(t.Context()), ErrAway) && !f.Up() })
		})
	}
}

// TestRotatedCA: the server's authority is replaced by another. The client has both at first, and neither restarts nor fails by that.
func TestRotatedCA(t *testing.T) {
	before, after := storetest.NewAuthority(t), storetest.NewAuthority(t)
	server := storetest.RedisTLS(t, before)
	f := newFixture(t, "")
	for _, ca := range []string{before.PEM, before.PEM + after.PEM} {
		f.Use(stores.Address{URI: server.URI(), CA: ca})
		f.awaitAnswer(t)
	}
	server.Kill()
	server.Certify(after)
	server.Start()
	f.awaitAnswer(t)
	f.Use(stores.Address{URI: server.URI(), CA: after.PEM})
	f.awaitAnswer(t)
	if n := f.with("CA bundle"); n != 0 {
		t.Errorf("got %d lines about a CA bundle, want none", n)
	}
	f.Use(stores.Address{URI: server.URI(), CA: "canary"})
	if f.Up() || f.with("CA bundle holds no PEM") != 1 || f.with("canary") != 0 {
		t.Errorf("a CA that is none: up %v, log %q", f.Up(), f.lines)
	}
}

// TestSentinelFailover takes the primary away. The replica that the Sentinels promote is used within 5 s of that.
func TestSentinelFailover(t *testing.T) {
	for name, away := range map[string]func(*storetest.RedisServer){
		"Killed": (*storetest.RedisServer).Kill, "Hung": (*storetest.RedisServer).Stop,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			group := storetest.Sentinel(t, "canary/1")
			f := newFixture(t, "redis://"+group.Sentinels[0]+"/0?master_name="+storetest.MasterName+"&password=canary%2F1&addr="+group.Sentinels[1])
			f.awaitAnswer(t)
			old := group.Primary()
			away(old)
			await(t, "calls fail", usedAgain, func() bool { return errors.Is(f.ping(t.Context()), ErrAway) })
			await(t, "there is a new primary", time.Minute, func() bool {
				p := group.Primary()
				return p != nil && p != old
			})
			took := f.awaitWrite(t)
			t.Logf("used %v after the Sentinels agreed on the new primary", took.Round(time.Millisecond))
			if took > usedAgain {
				t.Errorf("used %v after there was a new primary, want %v at most", took, usedAgain)
			}
			if f.with("canary") != 0 {
				t.Errorf("the log has the password: %q", f.lines)
			}
		})
	}
}

// TestClusterFailover kills the node that has the keys.
func TestClusterFailover(t *testing.T) {
	group := storetest.RedisCluster(t)
	f := newFixture(t, "redis+cluster://"+group.Nodes[0].Addr()+"?addr="+group.Nodes[1].Addr())
	f.awaitAnswer(t)
	old := group.Primary(f.probeKey, nil)
	old.Kill()
	await(t, "calls fail", usedAgain, func() bool { return f.write(t.Context()) != nil })
	await(t, "there is a new primary", time.Minute, func() bool { return group.Primary(f.probeKey, old) != nil })
	took := f.awaitWrite(t)
	t.Logf("used %v after there was a new primary", took.Round(time.Millisecond))
	if took > usedAgain {
		t.Errorf("used %v after there was a new primary, want %v at most", took, usedAgain)
	}
}
