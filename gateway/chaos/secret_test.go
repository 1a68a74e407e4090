package chaos

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/fairlead-dev/fairlead/gateway/internal/storetest"
)

// secretWorld is a gateway full of canaries, and its stores.
type secretWorld struct {
	*gateway
	upstream *upstream
	canaries canaries
	redis    *storetest.RedisServer
	database *storetest.PostgresServer
}

// TestNoSecretGetsOut plants secrets wherever there are any, has things go well and badly, and looks for them wherever they do not
// belong.
func TestNoSecretGetsOut(t *testing.T) {
	t.Parallel()
	w := newSecretWorld(t)
	w.canaries[canaryGenerated] = w.generate(t, w.canaries[canaryMaster], `{"key_alias":"made","models":["chat","kept"],"max_parallel_requests":5}`)
	w.traffic(t)
	w.questions(t)
	eventually(t, "everything served is in the database", settlePatience, w.settled)

	if n := w.canaries.searchDatabase(t, connect(t, w.database.URI())); n < 10 {
		t.Errorf("searched %d rows of the database, which proves nothing", n)
	}
	options, err := redis.ParseURL(w.redisURI())
	if err != nil {
		t.Fatal(err)
	}
	client := redis.NewClient(options)
	defer func() { _ = client.Close() }()
	if keys, kept := w.canaries.searchRedis(t, client); keys < 3 || kept == 0 {
		t.Errorf("searched %d keys of Redis and found %d cached answers, which proves nothing", keys, kept)
	}
	w.trouble(t)
	if n := w.canaries.searchFiles(t, w.stateDir()); n < 3 {
		t.Errorf("searched %d files of the state, which proves nothing", n)
	}
	w.die(t)
	log := w.log()
	w.canaries.search(t, "the gateway's log", log)
	for _, needed := range []string{`"msg":"request"`, "goroutine ", "Redis does not answer", "the ledger's store is away"} {
		if !strings.Contains(log, needed) {
			t.Errorf("the log has no %q, so that it proves nothing", needed)
		}
	}
}

func newSecretWorld(t *testing.T) *secretWorld {
	t.Helper()
	c := newCanaries()
	w := &secretWorld{canaries: c, database: storetest.Postgres(t), redis: storetest.Redis(t, "--requirepass", c[canaryRedis])}
	conn := connect(t, w.database.URI())
	if _, err := conn.Exec(t.Context(), "CREATE ROLE canary LOGIN SUPERUSER PASSWORD '"+c[canaryDatabase]+"'"); err != nil {
		t.Fatal(err)
	}
	w.upstream = newUpstream(t, c.reply)
	w.gateway = newGateway(t, w.manifest(w.upstream.url), "--log-level", "debug", "--access-log")
	eventually(t, "Redis is in use", redisPatience, w.shares)
	return w
}

func (w *secretWorld) redisURI() string {
	return "redis://:" + w.canaries[canaryRedis] + "@" + w.redis.Addr() + "/0"
}

func (w *secretWorld) databaseURI() string {
	return "postgres://canary:" + w.canaries[canaryDatabase] + "@" + w.database.Address() + "/postgres?sslmode=disable"
}

// manifest has a canary in each Secret.
func (w *secretWorld) manifest(upstream string) string {
	c := w.canaries
	const more = `apiVersion: v1
kind: Secret
metadata: {name: provider}
stringData: {api-key: %q}
---
apiVersion: v1
kind: Secret
metadata: {name: plain}
stringData: {api-key: %q}
---
apiVersion: v1
kind: Secret
metadata: {name: signer}
stringData: {api-key: %q}
---
apiVersion: fairlead.dev/v1alpha1
kind: ModelProvider
metadata: {name: other}
spec: {type: OpenAICompatible, auth: {secretRef: {name: plain}}, endpoint: {url: %q}}
---
apiVersion: fairlead.dev/v1alpha1
kind: ModelAlias
metadata: {name: other}
spec: {gatewayRef: {name: main}, targets: [{name: one, providerRef: {name: other}, model: small}]}
---
`
	s := stack{upstream: upstream, redis: w.redisURI(), postgres: w.databaseURI()}
	s.more = fmt.Sprintf(more, c[canaryProvider], c[canaryPlain], c[canarySigner], upstream)
	return strings.NewReplacer(
		masterKey, c[canaryMaster], keyA, c[canaryClient],
		"masterKeySecretRef: {name: master}", "masterKeySecretRef: {name: master}, userTokenSecretRef: {name: signer}",
		"type: OpenAICompatible, endpoint", "type: OpenAICompatible, auth: {secretRef: {name: provider}}, endpoint",
	).Replace(s.String())
}

// reply says what the prompt asks for. Errors repeat the key that the upstream was sent, as some providers do.
func (c canaries) reply(q *asked) reply {
	key := strings.TrimPrefix(q.Header.Get("Authorization"), "Bearer ")
	leaky := http.Header{"X-Api-Key": {key}, "Set-Cookie": {"session=" + key}, "X-Request-Headers": {"authorization: " + key}}
	r := reply{input: 5, output: 4, word: c[canaryAnswer] + " ", header: leaky}
	switch {
	case strings.Contains(q.Body, "please keep"):
		r.word = c[canaryKept] + " "
	case strings.Contains(q.Body, "please refuse"):
		r.status, r.body = http.StatusUnauthorized, `{"error":{"message":"Incorrect API key provided: `+key+`","type":"invalid_request_error","code":"invalid_api_key"}}`
	case strings.Contains(q.Body, "please limit"):
		r.status, r.body = http.StatusTooManyRequests, `{"error":{"message":"Rate limit reached for `+key+`"}}`
	case strings.Contains(q.Body, "please fail"):
		r.status, r.body = http.StatusInternalServerError, "<html>"+key+"</html>"
	case strings.Contains(q.Body, "please mumble"):
		r.status, r.body = http.StatusOK, `{"choices": [`+c[canaryAnswer]
	case strings.Contains(q.Body, "please cut"):
		r.cut = 2
	}
	return r
}

// trouble takes the stores away, whose addresses have passwords in them, and has manifests that cannot be read.
func (w *secretWorld) trouble(t *testing.T) {
	t.Helper()
	c := newClients(w.url())
	w.redis.Kill()
	w.database.Shutdown()
	stop := c.steadily(t.Context(), 50, func() question {
		return question{id: "t-1", key: w.canaries[canaryClient], model: "chat", prompt: w.canaries[canaryPrompt]}
	})
	eventually(t, "both stores are away", settlePatience, func() bool {
		return w.is(0, `fairlead_store_up{store="redis"}`) && w.is(0, `fairlead_store_up{store="postgres"}`)
	})
	stop()
	sound, err := os.ReadFile(w.manifests())
	if err != nil {
		t.Fatal(err)
	}
	for _, broken := range []struct{ old, new, report string }{
		{w.redis.Addr(), "127.0.0.1:no-port", ""},
		{w.database.Address(), "127.0.0.1:no-port", ""},
		{`stringData: {api-key: "` + w.canaries[canaryProvider] + `"}`, `stringData: {api-key: "` + w.canaries[canaryProvider], "stack.yaml:"},
		{`stringData: {api-key: "` + w.canaries[canaryPlain] + `"}`, `data: {api-key: "!` + w.canaries[canaryPlain] + `"}`, "base64"},
		{`stringData: {uri: "` + w.redisURI() + `"}`, `stringData: {uri: "` + url.PathEscape(w.redisURI()) + `"}`, "redis"},
	} {
		text := strings.Replace(string(sound), broken.old, broken.new, 1)
		if text == string(sound) {
			t.Fatalf("the manifests have no %d bytes to break", len(broken.old))
		}
		w.serveManifests(t, text, broken.report)
	}
}

// serveManifests waits until the gateway has read manifests and said what is wrong with them.
func (w *secretWorld) serveManifests(t *testing.T, text, report string) {
	t.Helper()
	said := len(w.log())
	if err := os.WriteFile(w.manifests()+"~", []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(w.manifests()+"~", w.manifests()); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the gateway has read its manifests", settlePatience, func() bool {
		log := w.log()
		return len(log) > said && strings.Contains(log[said:], report)
	})
}

// die is SIGQUIT, after which a Go program writes down what it was about.
func (w *secretWorld) die(t *testing.T) {
	t.Helper()
	if err := w.cmd.Process.Signal(syscall.SIGQUIT); err != nil {
		t.Fatal(err)
	}
	<-w.ended
}
