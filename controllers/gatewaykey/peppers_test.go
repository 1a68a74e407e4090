package gatewaykey

import (
	"context"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/internal/testkit"
)

// secretReader holds the pepper of one gateway and counts how often it is read.
type secretReader struct {
	client.Reader
	pepper string
	reads  int
}

// Get reads the Secret.
func (r *secretReader) Get(_ context.Context, name types.NamespacedName, into client.Object, _ ...client.GetOption) error {
	r.reads++
	*into.(*corev1.Secret) = corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: name.Namespace, Name: name.Name},
		Data:       map[string][]byte{v1alpha1.CredentialPepper: []byte(r.pepper)},
	}
	return nil
}

// TestPeppers: a pepper is read once for each version of the Secret, and is news only where it is another one.
func TestPeppers(t *testing.T) {
	reader := &secretReader{}
	p, g := newPeppers(reader), testkit.Gateway("ai", "main")
	for i, step := range []struct {
		version, pepper, want string
		changed               bool
		reads                 int
	}{
		{"", "p1", "", false, 0},
		{"7", "p1", "p1", true, 1},
		{"7", "p2", "p1", false, 1},
		{"8", "p1", "p1", false, 2},
		{"9", "p2", "p2", true, 3},
		{"", "p2", "", true, 3},
	} {
		g.Status.CredentialsVersion, reader.pepper = step.version, step.pepper
		// A key that is reconciled first must not keep the news from the others.
		got, err := p.of(t.Context(), g)
		if err != nil || string(got) != step.want {
			t.Errorf("step %d: pepper %q, %v; want %q", i, got, err, step.want)
		}
		if got := p.changed(t.Context(), g); got != step.changed {
			t.Errorf("step %d: changed = %v", i, got)
		}
		if reader.reads != step.reads {
			t.Errorf("step %d: %d reads, want %d", i, reader.reads, step.reads)
		}
	}
}
