package operator_test

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/fairlead-dev/fairlead/controllers/internal/testkit"
)

// label sets the label "ai" of a namespace.
func label(t *testing.T, c *testkit.Cluster, namespace, value string) {
	t.Helper()
	n := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}}
	testkit.Edit(t, c.Client, n, func(n *corev1.Namespace) { n.Labels["ai"] = value })
}
