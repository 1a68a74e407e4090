package chaos

import (
	"crypto/rand"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/redis/go-redis/v9"
)

// canaries are secrets that nothing else contains, by what they are.
type canaries map[string]string

// Names of canaries.
const (
	canaryMaster    = "master key"
	canaryClient    = "client's key"
	canaryWrong     = "key that nobody has"
	canaryGenerated = "generated key"
	canaryProvider  = "provider's key"
	canaryPlain     = "provider's key that looks like none"
	canaryDatabase  = "database password"
	canaryRedis     = "Redis password"
	canarySigner    = "secret that user tokens are signed with"
	canaryToken     = "user token"
	canaryPrompt    = "prompt"
	canaryAnswer    = "answer"
	canaryKept      = "answer that is cached"
)

// newCanaries are all that can be chosen.
func newCanaries() canaries {
	c := canaries{}
	for _, name := range []string{canaryMaster, canaryClient, canaryWrong, canaryProvider} {
		c[name] = "sk-" + rand.Text() + rand.Text()
	}
	for _, name := range []string{canaryPlain, canaryDatabase, canaryRedis, canarySigner, canaryPrompt, canaryAnswer, canaryKept} {
		c[name] = rand.Text() + rand.Text()
	}
	return c
}

// search fails the test where a text has a canary that does not belong there.
func (c canaries) search(t *testing.T, place, text string, belong ...string) {
	t.Helper()
	for name, value := range c {
		at := strings.Index(text, value)
		if at < 0 || slices.Contains(belong, name) {
			continue
		}
		t.Errorf("%s: found the %s: %s", place, name, text[max(at-200, 0):min(at+len(value)+100, len(text))])
	}
}

// searchFiles searches all files below dir, and returns how many there are.
func (c canaries) searchFiles(t *testing.T, dir string) (files int) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		c.search(t, path, path+"\n"+string(content))
		files++
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// searchDatabase searches every row of every table, and returns how many there are.
func (c canaries) searchDatabase(t *testing.T, conn *pgx.Conn) (rows int) {
	t.Helper()
	const tables = `SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`
	found, err := conn.Query(t.Context(), tables)
	if err != nil {
		t.Fatal(err)
	}
	names, err := pgx.CollectRows(found, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range names {
		found, err := conn.Query(t.Context(), "SELECT one::text FROM "+table+" AS one")
		if err != nil {
			t.Fatal(err)
		}
		texts, err := pgx.CollectRows(found, pgx.RowTo[string])
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range texts {
			c.search(t, "table "+table, text)
		}
		rows += len(texts)
	}
	return rows
}

// searchRedis searches all keys and their values, and returns how many there are, and how many of them are cached answers.
func (c canaries) searchRedis(t *testing.T, client *redis.Client) (keys, kept int) {
	t.Helper()
	names, err := client.Keys(t.Context(), "*").Result()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		c.search(t, "Redis's keys", name)
		value := redisValue(t, client, name)
		if strings.Contains(value, c[canaryKept]) {
			kept++
		}
		c.search(t, "Redis, "+name, value, canaryKept)
	}
	return len(names), kept
}

func redisValue(t *testing.T, client *redis.Client, name string) string {
	t.Helper()
	ctx := t.Context()
	switch kind := client.Type(ctx, name).Val(); kind {
	case "string":
		return client.Get(ctx, name).Val()
	case "hash":
		all := client.HGetAll(ctx, name).Val()
		return strings.Join(slices.Concat(slices.Collect(maps.Keys(all)), slices.Collect(maps.Values(all))), "\n")
	case "zset":
		return strings.Join(client.ZRange(ctx, name, 0, -1).Val(), "\n")
	case "set":
		return strings.Join(client.SMembers(ctx, name).Val(), "\n")
	case "list":
		return strings.Join(client.LRange(ctx, name, 0, -1).Val(), "\n")
	case "none":
		// It has expired meanwhile.
		return ""
	default:
		t.Fatalf("%s is a %s, which this test cannot read", name, kind)
		return ""
	}
}
