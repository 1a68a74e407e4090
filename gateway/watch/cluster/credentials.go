package cluster

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	corev1client "k8s.io/client-go/kubernetes/typed/core/v1"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

const (
	// minRetry and maxRetry bound the wait before a Secret that could not be read is tried again.
	minRetry = 200 * time.Millisecond
	maxRetry = 5 * time.Second
	// getTimeout bounds one attempt.
	getTimeout = 10 * time.Second
)

// served is a Gateway's status together with the credentials that belong to it. The two are used together or not at all, so
// that a replica which confirms the one has the other.
type served struct {
	config      *v1alpha1.GatewayConfig
	credentials map[string][]byte
	// secret is the version of the credentials that the status asks for.
	secret string
	// version is the resourceVersion of the Gateway.
	version string
}

// credentialsReader follows a Gateway's status and gets the credentials Secret each time the status names another version of
// it. It may get that Secret, and neither list nor watch it.
type credentialsReader struct {
	gateway types.NamespacedName
	secrets corev1client.SecretsGetter
	status  *mirror[gatewayStatus]
	changed func()
	failed  func(error)

	mu      sync.Mutex
	current *served
}

// now returns what to serve, nil before there is something. A Gateway that was deleted, or that has no configuration any more,
// leaves it as it was: its replicas go away with it, and until then they answer.
func (r *credentialsReader) now() *served {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.current
}

// run reads after each signal, and again after a failure, until ctx is done.
func (r *credentialsReader) run(ctx context.Context, signals <-chan struct{}) {
	var again <-chan time.Time
	wait := minRetry
	for {
		select {
		case <-ctx.Done():
			return
		case <-signals:
		case <-again:
		}
		again = nil
		if err := r.read(ctx); err != nil {
			r.failed(err)
			again = time.After(wait)
			wait = min(2*wait, maxRetry)
			continue
		}
		wait = minRetry
	}
}

func (r *credentialsReader) read(ctx context.Context) error {
	entries, version, ok := r.status.state()
	if !ok || len(entries) == 0 || entries[0].config == nil || entries[0].credentials == "" {
		return nil
	}
	next := &served{config: entries[0].config, secret: entries[0].credentials, version: version}
	if last := r.now(); last != nil && last.secret == next.secret {
		next.credentials = last.credentials
	} else {
		name := v1alpha1.CredentialsSecretName(r.gateway.Name)
		ctx, cancel := context.WithTimeout(ctx, getTimeout)
		defer cancel()
		secret, err := r.secrets.Secrets(r.gateway.Namespace).Get(ctx, name, metav1.GetOptions{})
		if err != nil {
			return fmt.Errorf("getting the credentials Secret %s/%s: %w", r.gateway.Namespace, name, err)
		}
		next.credentials = secret.Data
	}
	r.mu.Lock()
	r.current = next
	r.mu.Unlock()
	r.changed()
	return nil
}

// ReadCredentials reads the entries of a mounted Secret: what a gateway that starts while the API server is away has. Links
// and folders that begin with two dots are the kubelet's own.
func ReadCredentials(dir string) (map[string][]byte, error) {
	files, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("reading the mounted credentials: %w", err)
	}
	entries := map[string][]byte{}
	for _, f := range files {
		if strings.HasPrefix(f.Name(), "..") {
			continue
		}
		value, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			return nil, fmt.Errorf("reading the mounted credentials: %w", err)
		}
		entries[f.Name()] = value
	}
	return entries, nil
}
