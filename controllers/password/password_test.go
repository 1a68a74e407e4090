package password_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/redis/go-redis/v9"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/internal/podrun"
	"github.com/fairlead-dev/fairlead/controllers/password"
	"github.com/fairlead-dev/fairlead/controllers/render"
)

// host is what the stores are called; the dialer knows where they are.
const host = "store.ai.svc"

// start starts a store as it is rendered, with the password "first".
func start(t *testing.T, name string) *podrun.Pod {
	t.Helper()
	podrun.Need(t, "redis-server", "redis-cli", "postgres")
	g := &v1alpha1.Gateway{}
	g.Namespace, g.Name = "ai", "main"
	g.Spec.Redis = &v1alpha1.Store{Mode: v1alpha1.StoreManaged}
	g.Spec.Postgres = &v1alpha1.Postgres{Store: v1alpha1.Store{Mode: v1alpha1.StoreManaged}}
	first := render.Password{Value: "first"}
	var spec corev1.PodSpec
	o := podrun.Options{}
	for _, object := range render.Gateway(render.GatewayInput{Gateway: g, RedisPassword: first, PostgresPassword: first}) {
		if object.GetName() != name {
			continue
		}
		switch object := object.(type) {
		case *corev1.Secret:
			o.Secret = object.Data
		case *appsv1.StatefulSet:
			spec = object.Spec.Template.Spec
		}
	}
	pod := podrun.New(t, spec, o)
	pod.Start()
	return pod
}

func changer(pod *podrun.Pod) password.Changer {
	return password.Changer{Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
		if !strings.HasPrefix(address, host+":") {
			return nil, errors.New("dialled " + address)
		}
		return (&net.Dialer{}).DialContext(ctx, network, pod.Address)
	}}
}

// redisTakes says which of some passwords a Redis takes.
func redisTakes(t *testing.T, pod *podrun.Pod, candidates ...string) string {
	t.Helper()
	var taken []string
	for _, c := range candidates {
		client := redis.NewClient(&redis.Options{Addr: pod.Address, Password: c, MaxRetries: -1})
		if err := client.Set(t.Context(), "k", c, 0).Err(); err == nil {
			taken = append(taken, c)
		}
		client.Close()
	}
	return strings.Join(taken, ",")
}

// TestRedis: a Redis takes both passwords, then the new one only, however often it is told and restarted. Who is connected stays so,
// and probes do not depend on any of it.
func TestRedis(t *testing.T) {
	pod := start(t, "main-redis")
	c := changer(pod)
	old := redis.NewClient(&redis.Options{Addr: pod.Address, Password: "first", PoolSize: 1, MaxRetries: -1})
	defer old.Close()
	if err := old.Ping(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	both := []string{"first", "second"}
	for _, tc := range []struct {
		name   string
		accept []string
		want   string
	}{{"Put", both, "first,second"}, {"PutAgain", both, "first,second"}, {"Retire", []string{"second"}, "second"}, {"RetireAgain", []string{"second"}, "second"}} {
		if err := c.Redis(t.Context(), host+":6379", both, tc.accept); err != nil {
			t.Fatalf("%s: %v", tc.name, err)
		}
		if got := redisTakes(t, pod, "first", "second", ""); got != tc.want {
			t.Errorf("%s: it takes %s, want %s", tc.name, got, tc.want)
		}
		if err := pod.Ready(); err != nil {
			t.Errorf("%s: %v", tc.name, err)
		}
	}
	if err := old.Ping(t.Context()).Err(); err != nil {
		t.Errorf("who was connected was cut off: %v", err)
	}
	pod.Restart()
	if got := redisTakes(t, pod, "first", "second"); got != "second" {
		t.Errorf("after a restart it takes %s", got)
	}
	expect(t, c.RedisTakes(t.Context(), host+":6379", "second"), nil)
	expect(t, c.RedisTakes(t.Context(), host+":6379", "first"), password.ErrRefused)
	expect(t, c.Redis(t.Context(), host+":6379", []string{"first"}, both), password.ErrRefused)
	pod.Kill()
	if err := c.Redis(t.Context(), host+":6379", both, both); !errors.Is(err, password.ErrSilent) {
		t.Errorf("of a Redis that is not there: %v", err)
	}
}

func expect(t *testing.T, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// TestPostgres: the password is another one from then on, also when it is told twice, and never in what the server logs.
func TestPostgres(t *testing.T) {
	pod := start(t, "main-postgres")
	c := changer(pod)
	connect := func(secret string) (*pgx.Conn, error) {
		return pgx.Connect(t.Context(), "postgres://postgres:"+secret+"@"+pod.Address+"/postgres?sslmode=disable")
	}
	old, err := connect("first")
	if err != nil {
		t.Fatal(err)
	}
	defer old.Close(t.Context())
	if _, err := old.Exec(t.Context(), "ALTER SYSTEM SET log_statement = 'all'"); err != nil {
		t.Fatal(err)
	}
	if _, err := old.Exec(t.Context(), "SELECT pg_reload_conf()"); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := c.Postgres(t.Context(), host+":5432", "first", "second-canary"); err != nil {
			t.Fatal(err)
		}
	}
	if err := old.Ping(t.Context()); err != nil {
		t.Errorf("who was connected was cut off: %v", err)
	}
	if _, err := connect("first"); err == nil {
		t.Error("the old password is still taken")
	}
	changed, err := connect("second-canary")
	if err != nil {
		t.Fatal(err)
	}
	changed.Close(t.Context())
	if strings.Contains(pod.Output(), "canary") {
		t.Error("the password is in the log of the server")
	}
	expect(t, c.PostgresTakes(t.Context(), host+":5432", "second-canary"), nil)
	expect(t, c.PostgresTakes(t.Context(), host+":5432", "first"), password.ErrRefused)
	expect(t, c.Postgres(t.Context(), host+":5432", "first", "third"), password.ErrRefused)
	pod.Kill()
	if err := c.Postgres(t.Context(), host+":5432", "first", "third"); !errors.Is(err, password.ErrSilent) {
		t.Errorf("of a PostgreSQL that is not there: %v", err)
	}
}
