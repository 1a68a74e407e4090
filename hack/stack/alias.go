package stack

import (
	"context"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

// Retarget changes the model that an alias's only target answers with, as `kubectl apply` of the changed manifest would, and
// returns the new generation.
func (s *Stack) Retarget(ctx context.Context, alias, model string) (int64, error) {
	object := v1alpha1.ModelAlias{ObjectMeta: metav1.ObjectMeta{Namespace: s.Namespace, Name: alias}}
	patch := fmt.Appendf(nil, `[{"op":"replace","path":"/spec/targets/0/model","value":%q}]`, model)
	if err := s.Client.Patch(ctx, &object, client.RawPatch("application/json-patch+json", patch)); err != nil {
		return 0, fmt.Errorf("changing alias %s: %w", alias, err)
	}
	return object.Generation, nil
}
