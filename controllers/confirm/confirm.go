// Package confirm reads what gateway replicas say that they serve.
//
// Each replica keeps one Lease with a Confirmation: the highest resourceVersion of each kind that its snapshot contains. Only
// the word of a ready Pod with a Lease that has not run out counts; a ready Pod without one has confirmed nothing.
package confirm

import (
	"cmp"
	"encoding/json"
	"slices"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/resourceversion"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/status"
)

// Replica is a ready gateway Pod and what it has confirmed.
type Replica struct {
	// Pod is its name.
	Pod string
	// Confirmation is nil where it has said nothing, or nothing that still counts.
	Confirmation *v1alpha1.Confirmation
}

// Replicas returns the ready ones among pods, by name, each with what its Lease says at the time now.
func Replicas(pods []corev1.Pod, leases []coordinationv1.Lease, now time.Time) []Replica {
	said := map[string]*coordinationv1.Lease{}
	for i := range leases {
		said[leases[i].Name] = &leases[i]
	}
	var replicas []Replica
	for i := range pods {
		if !status.PodReady(&pods[i]) {
			continue
		}
		r := Replica{Pod: pods[i].Name}
		if lease := said[r.Pod]; lease != nil && fresh(lease, now) {
			r.Confirmation = Parse(lease)
		}
		replicas = append(replicas, r)
	}
	slices.SortFunc(replicas, func(a, b Replica) int { return cmp.Compare(a.Pod, b.Pod) })
	return replicas
}

// Parse reads the Confirmation of a Lease; nil where there is none, or none that can be read.
func Parse(lease *coordinationv1.Lease) *v1alpha1.Confirmation {
	c := &v1alpha1.Confirmation{}
	if json.Unmarshal([]byte(lease.Annotations[v1alpha1.AnnotationConfirmation]), c) != nil {
		return nil
	}
	return c
}

// fresh says whether the Lease has been renewed within its duration.
func fresh(lease *coordinationv1.Lease, now time.Time) bool {
	if lease.Spec.RenewTime == nil || lease.Spec.LeaseDurationSeconds == nil {
		return false
	}
	end := lease.Spec.RenewTime.Add(time.Duration(*lease.Spec.LeaseDurationSeconds) * time.Second)
	return now.Before(end)
}

// Includes says whether a replica that has seen version seen has seen version wanted as well. It is false where either cannot
// be compared, as before the first object of a kind exists.
func Includes(seen, wanted string) bool {
	order, err := resourceversion.CompareResourceVersion(seen, wanted)
	return err == nil && order >= 0
}

// Rejection returns what the replica says against an object, or nil.
func (r Replica) Rejection(kind, namespace, name string) *v1alpha1.Rejection {
	if r.Confirmation == nil {
		return nil
	}
	for i := range r.Confirmation.Rejected {
		if j := &r.Confirmation.Rejected[i]; j.Kind == kind && j.Namespace == namespace && j.Name == name {
			return j
		}
	}
	return nil
}
