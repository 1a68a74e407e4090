// Package secrets reads the few Secrets that objects name. The operator may get a Secret, and may neither list nor watch them:
// so they are read by name, past every cache, and read again on a short timer.
package secrets

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/fairlead-dev/fairlead/controllers/compile"
)

// ReadAgain is how soon an object that names Secrets is looked at again: with the time that it takes to spread, a rotated key is
// in use within five seconds.
const ReadAgain = 3 * time.Second

// Read returns the named Secrets of a namespace; those that do not exist are left out.
func Read(ctx context.Context, r client.Reader, namespace string, names []string) (compile.Secrets, error) {
	found, _, err := ReadVersions(ctx, r, namespace, names)
	return found, err
}

// Versions are the resourceVersions of Secrets as they were read, by name.
type Versions map[string]string

// ReadVersions is Read for who writes back what was read, and must not write over what somebody else wrote since.
func ReadVersions(ctx context.Context, r client.Reader, namespace string, names []string) (compile.Secrets, Versions, error) {
	found, versions := compile.Secrets{}, Versions{}
	for _, name := range names {
		secret := &corev1.Secret{}
		err := r.Get(ctx, types.NamespacedName{Namespace: namespace, Name: name}, secret)
		if apierrors.IsNotFound(err) {
			continue
		}
		if err != nil {
			return nil, nil, fmt.Errorf("reading Secret %s/%s: %w", namespace, name, err)
		}
		versions[name] = secret.ResourceVersion
		found[name] = secret.Data
		if secret.Data == nil {
			found[name] = map[string][]byte{}
		}
	}
	return found, versions, nil
}
