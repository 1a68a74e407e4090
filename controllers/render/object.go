package render

import (
	"net/netip"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
)

// Object is any Kubernetes object.
type Object interface {
	metav1.Object
	runtime.Object
}

// Images are the container images that are used where a spec names none.
type Images struct {
	Gateway, Ollama, Redis, Postgres string
}

// Installation is what all rendered objects share: where and how the operator was installed.
type Installation struct {
	// Images that are used where a spec names none.
	Images Images
	// ClusterDomain is the DNS domain of the cluster, most often cluster.local.
	ClusterDomain string
	// OperatorNamespace is where the operator's own Pods are: they are let in to an Ollama that is to be filled.
	OperatorNamespace string
	// APIServerPort is the TCP port at which the API server itself says that it is; 0 where that is not known.
	APIServerPort int32
	// Namespaces that the operator serves, sorted; empty for all. Gateways read in the same ones.
	Namespaces []string
	// AllowedNetworks are the private networks that upstreams may be in, as the cluster's administrator says.
	AllowedNetworks []netip.Prefix
	// ReaderRole is the role that lets a gateway read the product's kinds: a ClusterRole, or a Role of that name in each of Namespaces.
	ReaderRole string
}

// factory renders one object of a kind, or returns nil where none is wanted.
type factory[T any] func(T) Object

// all calls every factory and leaves out what is not wanted.
func all[T any](in T, factories []factory[T]) []Object {
	var objects []Object
	for _, f := range factories {
		if o := f(in); o != nil {
			objects = append(objects, o)
		}
	}
	return objects
}

// key is namespace/name of an object.
func key(o metav1.Object) types.NamespacedName {
	return types.NamespacedName{Namespace: o.GetNamespace(), Name: o.GetName()}
}
