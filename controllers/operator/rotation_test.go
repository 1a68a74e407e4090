package operator_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	goredis "github.com/redis/go-redis/v9"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/internal/podrun"
	"github.com/fairlead-dev/fairlead/controllers/internal/testkit"
	"github.com/fairlead-dev/fairlead/controllers/operator"
)

// realStores are the managed stores of the Gateway "main", running as the operator renders them.
type realStores struct {
	c               *testkit.Cluster
	ns              string
	redis, postgres *podrun.Pod
}

// startStores makes the Gateway and waits until its stores run.
func startStores(t *testing.T, c *testkit.Cluster, ns string, gateway *v1alpha1.Gateway) *realStores {
	t.Helper()
	podrun.Need(t, "redis-server", "redis-cli", "postgres")
	c.Create(t, gateway)
	s := &realStores{c: c, ns: ns}
	run := func(name string) *podrun.Pod {
		set := &appsv1.StatefulSet{ObjectMeta: named(ns, name)}
		testkit.ExpectThere(t, c.Client, set)
		secret := read(t, c.Client, ns, name, anything)
		pod := podrun.New(t, set.Spec.Template.Spec, podrun.Options{Secret: secret.Data})
		pod.Start()
		testkit.ReadyStatefulSet(t, c.Client, ns, name)
		return pod
	}
	s.redis, s.postgres = run("main-redis"), run("main-postgres")
	return s
}

// options of an operator that finds the stores.
func (s *realStores) options() operator.Options {
	o := options(s.ns)
	o.DialStore = func(ctx context.Context, network, address string) (net.Conn, error) {
		var to string
		switch address {
		case "main-redis." + s.ns + ".svc.cluster.local:6379":
			to = s.redis.Address
		case "main-postgres." + s.ns + ".svc.cluster.local:5432":
			to = s.postgres.Address
		default:
			return nil, errors.New("dialled " + address)
		}
		return (&net.Dialer{}).DialContext(ctx, network, to)
	}
	return o
}

func (s *realStores) redisTakes(ctx context.Context, password string) error {
	client := goredis.NewClient(&goredis.Options{Addr: s.redis.Address, Password: password, MaxRetries: -1})
	defer client.Close()
	return client.Ping(ctx).Err()
}

func (s *realStores) postgresTakes(ctx context.Context, password string) error {
	connection, err := pgx.Connect(ctx, "postgres://postgres:"+password+"@"+s.postgres.Address+"/postgres?sslmode=disable")
	if err != nil {
		return err
	}
	return connection.Close(ctx)
}

// credentials are the passwords that the replicas are given.
func (s *realStores) credentials(t *testing.T) (redisPassword, postgresPassword string) {
	t.Helper()
	data := read(t, s.c.Client, s.ns, "main-credentials", anything).Data
	password := func(uri string) string {
		_, after, _ := strings.Cut(uri, "://")
		_, after, _ = strings.Cut(after, ":")
		before, _, _ := strings.Cut(after, "@")
		return before
	}
	return password(string(data[v1alpha1.CredentialRedis])), password(string(data[v1alpha1.CredentialPostgres]))
}

func managedStores(ns string) *v1alpha1.Gateway {
	return testkit.Gateway(ns, "main", func(g *v1alpha1.Gateway) {
		g.Spec.Redis = &v1alpha1.Store{Mode: v1alpha1.StoreManaged, Managed: &v1alpha1.ManagedStore{PasswordVersion: 1}}
		g.Spec.Postgres = &v1alpha1.Postgres{
			Store: v1alpha1.Store{Mode: v1alpha1.StoreManaged, Managed: &v1alpha1.ManagedStore{PasswordVersion: 1}},
		}
	})
}

func raise(t *testing.T, c client.Client, gateway *v1alpha1.Gateway, version int32) {
	t.Helper()
	testkit.Edit(t, c, gateway, func(g *v1alpha1.Gateway) {
		g.Spec.Redis.Managed.PasswordVersion, g.Spec.Postgres.Managed.PasswordVersion = version, version
	})
}

func expectPasswordVersion(t *testing.T, c client.Client, gateway *v1alpha1.Gateway, version int32) {
	t.Helper()
	testkit.Eventually(t, func() error {
		testkit.ExpectThere(t, c, gateway)
		r, p := gateway.Status.Redis, gateway.Status.Postgres
		if r == nil || p == nil || r.PasswordVersion != version || p.PasswordVersion != version {
			return fmt.Errorf("versions are %+v and %+v", r, p)
		}
		return nil
	})
}

// TestPasswordsAreRotated: the stores take a new password, the replicas are given it, and when they all have it the old one is not
// taken any more. Nothing is left of it, and nothing is written once it is done.
func TestPasswordsAreRotated(t *testing.T) {
	c := needCluster(t)
	ns := c.Namespace(t, nil)
	stop := start(t, options(ns))
	gateway := managedStores(ns)
	s := startStores(t, c, ns, gateway)
	testkit.StartDataPlane(t, c.Client, ns, "main", 2)
	stop()
	w := &writes{}
	startAs(t, w.through(shared.Operator), s.options())
	oldRedis, oldPostgres := s.credentials(t)
	expectPasswordVersion(t, c.Client, gateway, 1)
	raise(t, c.Client, gateway, 2)
	expectPasswordVersion(t, c.Client, gateway, 2)
	newRedis, newPostgres := s.credentials(t)
	if newRedis == oldRedis || newPostgres == oldPostgres {
		t.Error("the replicas are given the old passwords")
	}
	if err := errors.Join(s.redisTakes(t.Context(), newRedis), s.postgresTakes(t.Context(), newPostgres)); err != nil {
		t.Error(err)
	}
	if s.postgresTakes(t.Context(), oldPostgres) == nil {
		t.Error("PostgreSQL takes its old password")
	}
	for _, name := range []string{"main-redis", "main-postgres"} {
		read(t, c.Client, ns, name, func(data map[string][]byte) error {
			if len(data["next-password"])+len(data["previous-password"]) > 0 {
				return errors.New("the change is not over")
			}
			return nil
		})
	}
	if s.redisTakes(t.Context(), oldRedis) == nil {
		t.Error("Redis takes its old password")
	}
	settle(t, w)
	settled := w.count(t)
	settle(t, w)
	if extra := w.list()[settled:]; len(extra) > 0 {
		t.Errorf("writes at rest: %q", extra)
	}
}

// TestOldPasswordWaitsForReplicas: as long as a ready replica has not confirmed what it was given, the password of before works.
func TestOldPasswordWaitsForReplicas(t *testing.T) {
	c := needCluster(t)
	ns := c.Namespace(t, nil)
	stop := start(t, options(ns))
	gateway := managedStores(ns)
	s := startStores(t, c, ns, gateway)
	stop()
	testkit.ReadyPod(t, c.Client, ns, "main-silent", map[string]string{
		"app.kubernetes.io/component": "gateway", "app.kubernetes.io/instance": "main", "app.kubernetes.io/managed-by": "fairlead",
	})
	start(t, s.options())
	old, _ := s.credentials(t)
	raise(t, c.Client, gateway, 2)
	expectPasswordVersion(t, c.Client, gateway, 2)
	if err := s.redisTakes(t.Context(), old); err != nil {
		t.Errorf("a replica that has not confirmed is cut off: %v", err)
	}
	read(t, c.Client, ns, "main-redis", holds("previous-password", old))
	if err := c.Client.Delete(t.Context(), &corev1.Pod{ObjectMeta: named(ns, "main-silent")}, client.GracePeriodSeconds(0)); err != nil {
		t.Fatal(err)
	}
	read(t, c.Client, ns, "main-redis", holds("previous-password", ""))
	if s.redisTakes(t.Context(), old) == nil {
		t.Error("Redis takes its old password although nobody has it")
	}
}

// TestDeathWhileRotating lets the operator die at every single write of a rotation, before and after it took effect: at each such
// moment the replicas' passwords open the stores, or will do so with the next step, and in the end everything is as if nothing had
// happened.
func TestDeathWhileRotating(t *testing.T) {
	c := needCluster(t)
	ns := c.Namespace(t, nil)
	stop := start(t, options(ns))
	gateway := managedStores(ns)
	s := startStores(t, c, ns, gateway)
	settle(t, &writes{dead: make(chan struct{})})
	stop()
	raise(t, c.Client, gateway, 2)
	deaths := 0
	for died := true; died && !t.Failed(); deaths++ {
		mortal := &writes{dieAt: 1, after: deaths%2 == 1}
		kill := startAs(t, mortal.through(shared.Operator), s.options())
		died = settle(t, mortal)
		kill()
		givenRedis, givenPostgres := s.credentials(t)
		if err := s.redisTakes(t.Context(), givenRedis); err != nil {
			t.Errorf("after death %d the replicas cannot open Redis: %v", deaths, err)
		}
		data := read(t, c.Client, ns, "main-postgres", anything).Data
		if s.postgresTakes(t.Context(), givenPostgres) != nil && s.postgresTakes(t.Context(), string(data["next-password"])) != nil {
			t.Errorf("after death %d nobody knows the password of PostgreSQL", deaths)
		}
	}
	if deaths < 8 {
		t.Errorf("the operator died %d times, which is less than a rotation has steps", deaths)
	}
	start(t, s.options())
	expectPasswordVersion(t, c.Client, gateway, 2)
	givenRedis, givenPostgres := s.credentials(t)
	if err := errors.Join(s.redisTakes(t.Context(), givenRedis), s.postgresTakes(t.Context(), givenPostgres)); err != nil {
		t.Error(err)
	}
}
