package cluster

import (
	"fmt"
	"reflect"
	"unique"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
)

// strip drops everything that no entry is made of: the spec, labels, annotations and managedFields are most of an object.
func strip(object any) (any, error) {
	switch o := object.(type) {
	case *v1alpha1.ModelAlias:
		o.Spec, o.Status.Conditions = v1alpha1.ModelAliasSpec{}, nil
		stripMeta(&o.ObjectMeta)
	case *v1alpha1.ModelProvider:
		o.Spec, o.Status.Conditions = v1alpha1.ModelProviderSpec{}, nil
		stripMeta(&o.ObjectMeta)
	case *v1alpha1.GatewayKey:
		o.Spec, o.Status.Conditions = v1alpha1.GatewayKeySpec{}, nil
		stripMeta(&o.ObjectMeta)
	case *v1alpha1.Gateway:
		o.Spec, o.Status.Conditions = v1alpha1.GatewaySpec{}, nil
		stripMeta(&o.ObjectMeta)
	}
	return object, nil
}

func stripMeta(m *metav1.ObjectMeta) {
	m.Labels, m.Annotations, m.ManagedFields, m.OwnerReferences, m.Finalizers = nil, nil, nil, nil, nil
}

// aliasEntry keeps the last entry's route where the new one is equal, so that a status write of nothing but conditions makes
// no work.
func aliasEntry(object any, last *snapshot.Alias) (*snapshot.Alias, error) {
	a, ok := object.(*v1alpha1.ModelAlias)
	if !ok {
		return nil, fmt.Errorf("expected a ModelAlias, found a %T", object)
	}
	e := &snapshot.Alias{Namespace: a.Namespace, Name: a.Name, Created: a.CreationTimestamp.Time, Route: a.Status.Route}
	if last != nil && reflect.DeepEqual(last.Route, e.Route) {
		e.Route = last.Route
	} else if e.Route != nil {
		share(e.Route)
	}
	return e, nil
}

// share lets a route have the texts in common with the others that most of them have: of ten thousand aliases that is a third of the memory.
func share(r *v1alpha1.Route) {
	common(&r.Gateway)
	common(&r.Strategy)
	common(&r.Visibility)
	for i := range r.Retry.RetryOn {
		common(&r.Retry.RetryOn[i])
	}
	for i := range r.Targets {
		t := &r.Targets[i]
		common(&t.Name)
		common(&t.Provider)
		common(&t.Model)
		common(&t.Timeouts.Request)
		common(&t.Timeouts.FirstByte)
		common(&t.Timeouts.StreamIdle)
	}
}

func common[T ~string](text *T) { *text = unique.Make(*text).Value() }

func providerEntry(object any, _ *snapshot.Provider) (*snapshot.Provider, error) {
	p, ok := object.(*v1alpha1.ModelProvider)
	if !ok {
		return nil, fmt.Errorf("expected a ModelProvider, found a %T", object)
	}
	return &snapshot.Provider{
		Namespace: p.Namespace, Name: p.Name, Endpoint: p.Status.Endpoint, Models: p.Status.Models,
		Servers: p.Status.Servers, Activation: p.Status.Activation,
	}, nil
}

// keyEntry keeps the last entry's policy where the new one is equal. A key that is being deleted does not work any more, whatever
// its deletion still waits for.
func keyEntry(object any, last *snapshot.GatewayKey) (*snapshot.GatewayKey, error) {
	k, ok := object.(*v1alpha1.GatewayKey)
	if !ok {
		return nil, fmt.Errorf("expected a GatewayKey, found a %T", object)
	}
	e := &snapshot.GatewayKey{Namespace: k.Namespace, Name: k.Name, Created: k.CreationTimestamp.Time}
	if k.DeletionTimestamp == nil {
		e.Policy = k.Status.Policy
	}
	if last != nil && reflect.DeepEqual(last.Policy, e.Policy) {
		e.Policy = last.Policy
	}
	return e, nil
}

// gatewayStatus is what is read of the Gateway.
type gatewayStatus struct {
	config *v1alpha1.GatewayConfig
	// credentials is the resourceVersion of the credentials Secret that belongs to the status.
	credentials string
}

func gatewayEntry(object any, _ *gatewayStatus) (*gatewayStatus, error) {
	g, ok := object.(*v1alpha1.Gateway)
	if !ok {
		return nil, fmt.Errorf("expected a Gateway, found a %T", object)
	}
	return &gatewayStatus{config: g.Status.Config, credentials: g.Status.CredentialsVersion}, nil
}
