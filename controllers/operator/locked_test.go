package operator_test

import (
	"errors"
	"fmt"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/internal/testkit"
)

// TestPasswordThatIsNotTaken: a Secret that was deleted and made anew has a password that its store does not know. The condition says so,
// and what to do, and says so no longer when that was done.
func TestPasswordThatIsNotTaken(t *testing.T) {
	c := needCluster(t)
	ns := c.Namespace(t, nil)
	stop := start(t, options(ns))
	gateway := managedStores(ns)
	s := startStores(t, c, ns, gateway)
	stop()
	start(t, s.options())
	for name, tc := range map[string]struct{ condition, want string }{
		"main-redis": {
			v1alpha1.ConditionRedisReady,
			"Redis does not take the password in Secret main-redis. Delete Pod main-redis-0: it takes the password of its Secret when it starts.",
		},
		"main-postgres": {
			v1alpha1.ConditionPostgresReady,
			"PostgreSQL does not take the password in Secret main-postgres. Put back the password that the Secret had, or tell PostgreSQL the new one with ALTER ROLE.",
		},
	} {
		t.Run(name, func(t *testing.T) {
			testkit.ExpectCondition(t, c.Client, gateway, tc.condition, yes, v1alpha1.ReasonAvailable)
			secret := read(t, c.Client, ns, name, anything)
			old := string(secret.Data["password"])
			if err := c.Client.Delete(t.Context(), secret); err != nil {
				t.Fatal(err)
			}
			message := testkit.ExpectCondition(t, c.Client, gateway, tc.condition, no, v1alpha1.ReasonUnavailable)
			if message != tc.want {
				t.Errorf("message = %q, want %q", message, tc.want)
			}
			testkit.Eventually(t, func() error {
				anew := &corev1.Secret{}
				if err := c.Client.Get(t.Context(), client.ObjectKey{Namespace: ns, Name: name}, anew); err != nil {
					return fmt.Errorf("reading the Secret: %w", err)
				}
				if string(anew.Data["password"]) == old {
					return errors.New("the Secret is still the old one")
				}
				anew.Data["password"] = []byte(old)
				return c.Client.Update(t.Context(), anew)
			})
			testkit.ExpectCondition(t, c.Client, gateway, tc.condition, yes, v1alpha1.ReasonAvailable)
		})
	}
}
