package limit

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func key(subject string) counterKey { return counterKey{"l", subject, time.Minute} }

// TestCountersAreBounded makes up users without end, some of whom have requests under way.
func TestCountersAreBounded(t *testing.T) {
	table, now := newTable(""), time.Now()
	var pinned []*counter
	for i := range 3 * shardCount * shardMost / 2 {
		c := table.pin(key(fmt.Sprint("user", i)), now.Add(time.Duration(i)))
		if i%1000 == 0 {
			pinned = append(pinned, c)
			continue
		}
		c.unpin()
	}
	if n := len(table.all(nil)); n > shardCount*shardMost {
		t.Errorf("%d counters are kept, want %d at most", n, shardCount*shardMost)
	}
	for _, c := range pinned {
		if table.find(c.key) != c {
			t.Fatalf("the counter of %s was dropped while a request was under way", c.key.subject)
		}
	}
}

func TestIdleCountersAreForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := alone(t, 1)
		limit := rpm("a", 1, time.Minute)
		held := admit(t, l, []Claim{{limit, "held"}}, 1)
		count(t, l, []Claim{{limit, "idle"}}, 1)
		sleep(t, 3*time.Minute+time.Second)
		if n := len(l.table.all(nil)); n != 1 {
			t.Errorf("%d counters are left, want that of the request under way", n)
		}
		held.Settle(1)
		sleep(t, 10*time.Second)
		if n := len(l.table.all(nil)); n != 0 {
			t.Errorf("%d counters are left, want none", n)
		}
	})
}

func TestRedisKeys(t *testing.T) {
	const prefix = "{fairlead:team-a/main}:"
	got := newCounter(prefix, key("alice")).redis
	if want := [2]string{prefix + "window:l:60000:alice", prefix + "slots:l:60000:alice"}; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	one, two := strings.Repeat("x", 1<<20), strings.Repeat("x", 1<<20)+"y"
	if a, b := newCounter(prefix, key(one)).redis[0], newCounter(prefix, key(two)).redis[0]; len(a) > 150 || a == b {
		t.Errorf("keys of long names have %d bytes, and are the same: %v", len(a), a == b)
	}
}

// TestScrapsAreLeftForAll: after a request that needs more than the grant has, one that needs less is not refused.
func TestScrapsAreLeftForAll(t *testing.T) {
	now := time.Now()
	m := meter{grant: 985, refused: now.Add(refusalLasts)}
	if back := m.scraps(now); back != 985 || m.grant != 0 || m.left != 985 {
		t.Errorf("gave back %d, keeps %d, leaves %d", back, m.grant, m.left)
	}
}
