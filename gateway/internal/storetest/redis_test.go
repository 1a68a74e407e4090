//go:build unix

package storetest

import (
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// get reads the key "k" with 100 ms of patience, on a connection of its own.
func get(t *testing.T, s *RedisServer) (string, error) {
	t.Helper()
	o, err := redis.ParseURL(s.URI())
	if err != nil {
		t.Fatal(err)
	}
	o.ReadTimeout, o.MaxRetries = 100*time.Millisecond, -1
	c := redis.NewClient(o)
	defer c.Close()
	return c.Get(t.Context(), "k").Result()
}

func TestRedisFailsAsAsked(t *testing.T) {
	s := Redis(t)
	if err := s.Client().Set(t.Context(), "k", "v", 0).Err(); err != nil {
		t.Fatal(err)
	}
	steps := []struct {
		name string
		do   func()
		want string
		fail bool
	}{
		{"Started", func() {}, "v", false},
		{"Hung", s.Stop, "", true},
		{"Continued", s.Continue, "v", false},
		{"Killed", s.Kill, "", true},
		{"StartedAgain", func() {
			s.Start()
			s.Client().Set(t.Context(), "k", "w", 0)
		}, "w", false},
		{"Flushed", s.FlushAll, "", true},
	}
	for _, step := range steps {
		step.do()
		got, err := get(t, s)
		if got != step.want || (err != nil) != step.fail {
			t.Errorf("%s: got %q and %v, want %q and an error %v", step.name, got, err, step.want, step.fail)
		}
	}
}

func TestRedisKeepsItsDataWhereAsked(t *testing.T) {
	s := Redis(t, "--appendonly", "yes", "--appendfsync", "always")
	if err := s.Client().Set(t.Context(), "k", "v", 0).Err(); err != nil {
		t.Fatal(err)
	}
	s.Kill()
	s.Start()
	if got, err := get(t, s); got != "v" || err != nil {
		t.Errorf("after a kill: got %q and %v, want what was written", got, err)
	}
}
