package stack

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

// NewKey is a GatewayKey of the sample gateway that may do everything. The operator makes its Secret.
func NewKey(namespace, name string) *v1alpha1.GatewayKey {
	return &v1alpha1.GatewayKey{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name},
		Spec:       v1alpha1.GatewayKeySpec{GatewayRef: v1alpha1.GatewayReference{Name: Gateway}},
	}
}

// Key is the generated master key.
func (s *Stack) Key(ctx context.Context) (string, error) {
	return s.MadeKey(ctx, Gateway+"-master-key")
}

// MadeKey is the key in a Secret that the operator made: that of a GatewayKey has its name.
func (s *Stack) MadeKey(ctx context.Context, secret string) (string, error) {
	var made corev1.Secret
	if err := s.Client.Get(ctx, client.ObjectKey{Namespace: s.Namespace, Name: secret}, &made); err != nil {
		return "", fmt.Errorf("reading the key in Secret %s: %w", secret, err)
	}
	return string(made.Data["api-key"]), nil
}
