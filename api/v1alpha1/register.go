package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// Group is the API group of every kind in this package.
const Group = "fairlead.dev"

// Version is the API version of every kind in this package.
const Version = "v1alpha1"

// GroupVersion is the group and version of every kind in this package.
var GroupVersion = schema.GroupVersion{Group: Group, Version: Version}

// Kinds of this package, as they stand in a manifest's `kind`.
const (
	KindModelProvider = "ModelProvider"
	KindModelAlias    = "ModelAlias"
	KindGateway       = "Gateway"
	KindGatewayKey    = "GatewayKey"
)

// AddToScheme registers the kinds of this package with s. It returns no error for a scheme that does not know the group yet.
func AddToScheme(s *runtime.Scheme) error {
	s.AddKnownTypes(GroupVersion,
		&ModelProvider{}, &ModelProviderList{},
		&ModelAlias{}, &ModelAliasList{},
		&Gateway{}, &GatewayList{},
		&GatewayKey{}, &GatewayKeyList{},
	)
	metav1.AddToGroupVersion(s, GroupVersion)
	return nil
}
