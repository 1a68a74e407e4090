package operator_test

import (
	"bufio"
	"net"
	"strings"
	"sync"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/internal/testkit"
)

// TestExternalRedis: one that does not answer degrades the gateway, in words without a secret; one that answers is available.
func TestExternalRedis(t *testing.T) {
	c := needCluster(t)
	ns := c.Namespace(t, nil)
	start(t, options(ns))
	secret := testkit.Secret(ns, "redis", map[string]string{"uri": "redis://:canary@127.0.0.1:1/0"})
	gateway := testkit.Gateway(ns, "main", func(g *v1alpha1.Gateway) {
		g.Spec.Redis = &v1alpha1.Store{
			Mode: v1alpha1.StoreExternal, External: &v1alpha1.ExternalStore{SecretRef: v1alpha1.SecretReference{Name: "redis"}},
		}
	})
	c.Create(t, secret, gateway)
	testkit.StartDataPlane(t, c.Client, ns, "main", 1)
	testkit.ReadyDeployment(t, c.Client, ns, "main")
	message := testkit.ExpectCondition(t, c.Client, gateway, v1alpha1.ConditionRedisReady, no, v1alpha1.ReasonUnavailable)
	if message != "Redis does not answer: connection refused." {
		t.Errorf("message = %q", message)
	}
	testkit.ExpectCondition(t, c.Client, gateway, v1alpha1.ConditionReady, yes, v1alpha1.ReasonDegraded)

	address := redis(t)
	testkit.Edit(t, c.Client, secret, func(s *corev1.Secret) { s.StringData = map[string]string{"uri": "redis://" + address} })
	testkit.ExpectCondition(t, c.Client, gateway, v1alpha1.ConditionRedisReady, yes, v1alpha1.ReasonAvailable)
	testkit.ExpectCondition(t, c.Client, gateway, v1alpha1.ConditionReady, yes, v1alpha1.ReasonReady)
	noCanary(t, c)
}

// redis answers PING, and refuses everything else that a client says to introduce itself.
func redis(t *testing.T) (address string) {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			serving.Go(func() { answer(connection) })
		}
	})
	t.Cleanup(func() {
		listener.Close()
		serving.Wait()
	})
	return listener.Addr().String()
}

func answer(connection net.Conn) {
	defer connection.Close()
	for lines := bufio.NewScanner(connection); lines.Scan(); {
		reply := ""
		switch strings.ToLower(lines.Text()) {
		case "ping":
			reply = "+PONG\r\n"
		case "hello", "client":
			reply = "-ERR unknown command\r\n"
		}
		if _, err := connection.Write([]byte(reply)); err != nil {
			return
		}
	}
}
