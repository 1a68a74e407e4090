package confirm

import (
	"encoding/json"
	"strings"

	coordinationv1 "k8s.io/api/coordination/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

// Demand reads what a replica was asked for and when, in seconds since 1970, by provider. It is empty where the Lease says nothing, or
// nothing that can be read; what cannot be the name of a provider is left out.
func Demand(lease *coordinationv1.Lease) map[types.NamespacedName]int64 {
	said := lease.Annotations[v1alpha1.AnnotationDemand]
	if said == "" {
		return nil
	}
	var list []v1alpha1.Demand
	if json.Unmarshal([]byte(said), &list) != nil {
		return nil
	}
	demand := make(map[types.NamespacedName]int64, len(list))
	for _, d := range list {
		namespace, name, ok := strings.Cut(d.Provider, "/")
		if ok && namespace != "" && name != "" {
			demand[types.NamespacedName{Namespace: namespace, Name: name}] = d.LastRequest
		}
	}
	return demand
}
