// Package cluster keeps keys as GatewayKeys of the gateway's own namespace. The operator and every replica hear of them as they do of
// those that people write.
package cluster

import (
	"context"
	"errors"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/keystore"
)

const (
	resource     = "gatewaykeys"
	fieldManager = "fairlead-gateway"
	// callTimeout bounds one call of the API server.
	callTimeout = 5 * time.Second
	// lookEvery is how often a new key is looked at until the operator has judged it.
	lookEvery = 100 * time.Millisecond
)

// Store keeps keys through the API server.
type Store struct {
	keys    dynamic.ResourceInterface
	gateway types.NamespacedName
}

// New returns a Store for the keys of a gateway. It does not reach for the API server yet.
func New(config *rest.Config, gateway types.NamespacedName) (*Store, error) {
	c := rest.CopyConfig(config)
	c.QPS = -1
	client, err := dynamic.NewForConfig(c)
	if err != nil {
		return nil, fmt.Errorf("preparing to keep keys: %w", err)
	}
	keys := client.Resource(v1alpha1.GroupVersion.WithResource(resource)).Namespace(gateway.Namespace)
	return &Store{keys: keys, gateway: gateway}, nil
}

// Namespace is that of the GatewayKeys that the store keeps.
func (s *Store) Namespace() string { return s.gateway.Namespace }

// Create records a key. The error wraps keystore.ErrExists where there is one of that name, and keystore.ErrRefused where the API
// server does not admit it.
func (s *Store) Create(ctx context.Context, k *keystore.Key) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(k.Object(s.gateway.Namespace, s.gateway.Name))
	if err != nil {
		return fmt.Errorf("encoding GatewayKey %s: %w", k.Name, err)
	}
	_, err = s.keys.Create(ctx, &unstructured.Unstructured{Object: content}, metav1.CreateOptions{FieldManager: fieldManager})
	switch {
	case apierrors.IsAlreadyExists(err):
		return fmt.Errorf("creating GatewayKey %s: %w", k.Name, keystore.ErrExists)
	case apierrors.IsInvalid(err):
		return fmt.Errorf("creating GatewayKey %s: %w: %w", k.Name, keystore.ErrRefused, err)
	case err != nil:
		return fmt.Errorf("creating GatewayKey %s: %w", k.Name, err)
	}
	return nil
}

// Await returns once every replica serves a key that was created. The error wraps keystore.ErrRefused where the operator does not
// accept it, and the context's where that ends before the operator has said anything.
func (s *Store) Await(ctx context.Context, name string) error {
	return wait.PollUntilContextCancel(ctx, lookEvery, true, func(ctx context.Context) (bool, error) {
		k, err := s.get(ctx, name)
		switch {
		case err == nil:
			return served(k)
		case errors.Is(err, keystore.ErrNotFound):
			return false, err
		}
		// The API server may be back before the time is over.
		return false, nil
	})
}

// served says whether every replica serves k.
func served(k *v1alpha1.GatewayKey) (bool, error) {
	if accepted := meta.FindStatusCondition(k.Status.Conditions, v1alpha1.ConditionAccepted); accepted != nil && accepted.Status == metav1.ConditionFalse {
		return false, fmt.Errorf("%w: %s", keystore.ErrRefused, accepted.Message)
	}
	return meta.IsStatusConditionTrue(k.Status.Conditions, v1alpha1.ConditionProgrammed), nil
}

// Get returns what is known of a key. The error wraps keystore.ErrNotFound where there is none.
func (s *Store) Get(ctx context.Context, name string) (*keystore.Record, error) {
	k, err := s.get(ctx, name)
	if err != nil {
		return nil, err
	}
	return keystore.RecordOf(k), nil
}

func (s *Store) get(ctx context.Context, name string) (*v1alpha1.GatewayKey, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	content, err := s.keys.Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return nil, fmt.Errorf("getting GatewayKey %s: %w", name, missing(err))
	}
	var k v1alpha1.GatewayKey
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(content.Object, &k); err != nil {
		return nil, fmt.Errorf("decoding GatewayKey %s: %w", name, err)
	}
	return &k, nil
}

// Delete forgets a key: every replica hears of it by its watch. The error wraps keystore.ErrNotFound where there is none.
func (s *Store) Delete(ctx context.Context, name string) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	if err := s.keys.Delete(ctx, name, metav1.DeleteOptions{}); err != nil {
		return fmt.Errorf("deleting GatewayKey %s: %w", name, missing(err))
	}
	return nil
}

// missing is keystore.ErrNotFound where the API server knows no such object.
func missing(err error) error {
	if apierrors.IsNotFound(err) {
		return keystore.ErrNotFound
	}
	return err
}
