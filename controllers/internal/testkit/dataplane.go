package testkit

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/resourceversion"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/render"
)

// DataPlane stands for the replicas of one gateway: ready Pods, each with a Lease that confirms whatever it has seen.
type DataPlane struct {
	t       testing.TB
	client  client.WithWatch
	gateway types.NamespacedName
	changed chan struct{}
	stop    context.CancelFunc
	stopped sync.WaitGroup

	mu       sync.Mutex
	replicas []string
	seen     v1alpha1.Confirmation
	silent   bool
}

// StartDataPlane starts replicas that confirm until the end of the test.
func StartDataPlane(t testing.TB, c client.WithWatch, namespace, gateway string, replicas int) *DataPlane {
	t.Helper()
	d := &DataPlane{
		t: t, client: c, gateway: types.NamespacedName{Namespace: namespace, Name: gateway}, changed: make(chan struct{}, 1),
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	d.stop = cancel
	for i := range replicas {
		d.AddReplica(fmt.Sprintf("%s-%d", gateway, i))
	}
	d.stopped.Go(func() { d.follow(ctx, &v1alpha1.ModelAliasList{}, &d.seen.ModelAliases) })
	d.stopped.Go(func() { d.follow(ctx, &v1alpha1.GatewayList{}, &d.seen.Gateways) })
	d.stopped.Go(func() { d.follow(ctx, &v1alpha1.GatewayKeyList{}, &d.seen.GatewayKeys) })
	d.stopped.Go(func() { d.confirm(ctx) })
	t.Cleanup(func() {
		d.stop()
		d.stopped.Wait()
	})
	return d
}

// AddReplica adds a ready Pod.
func (d *DataPlane) AddReplica(name string) {
	d.t.Helper()
	labels := render.GatewayPods(&v1alpha1.Gateway{ObjectMeta: metav1.ObjectMeta{Name: d.gateway.Name}})
	labels[v1alpha1.LabelGateway] = d.gateway.Name
	ReadyPod(d.t, d.client, d.gateway.Namespace, name, labels)
	d.mu.Lock()
	d.replicas = append(d.replicas, name)
	d.mu.Unlock()
	d.wake()
}

// RemoveReplica deletes a Pod; its Lease stays behind.
func (d *DataPlane) RemoveReplica(name string) {
	d.t.Helper()
	d.mu.Lock()
	d.replicas = slices.DeleteFunc(d.replicas, func(r string) bool { return r == name })
	d.mu.Unlock()
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: d.gateway.Namespace, Name: name}}
	if err := d.client.Delete(d.t.Context(), pod, client.GracePeriodSeconds(0)); err != nil {
		d.t.Fatalf("deleting replica %s: %v", name, err)
	}
}

// Silence makes the replicas say nothing more, or speak again.
func (d *DataPlane) Silence(silent bool) {
	d.mu.Lock()
	d.silent = silent
	d.mu.Unlock()
	d.wake()
}

// Reject makes the replicas name objects that they cannot serve.
func (d *DataPlane) Reject(rejections ...v1alpha1.Rejection) {
	d.mu.Lock()
	d.seen.Rejected = rejections
	d.mu.Unlock()
	d.wake()
}

// follow notes the highest version of a kind until ctx ends.
func (d *DataPlane) follow(ctx context.Context, list client.ObjectList, version *string) {
	for ctx.Err() == nil {
		w, err := d.client.Watch(ctx, list)
		if err != nil {
			continue
		}
		for e := range w.ResultChan() {
			if o, ok := e.Object.(client.Object); ok {
				d.see(version, o.GetResourceVersion())
			}
		}
		w.Stop()
	}
}

func (d *DataPlane) see(version *string, seen string) {
	d.mu.Lock()
	order, err := resourceversion.CompareResourceVersion(seen, *version)
	if err != nil || order > 0 {
		*version = seen
	}
	d.mu.Unlock()
	d.wake()
}

func (d *DataPlane) wake() {
	select {
	case d.changed <- struct{}{}:
	default:
	}
}

// confirm writes the Leases whenever there is something new to say.
func (d *DataPlane) confirm(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-d.changed:
		}
		d.mu.Lock()
		replicas, silent := slices.Clone(d.replicas), d.silent
		said, err := json.Marshal(d.seen)
		d.mu.Unlock()
		for _, name := range replicas {
			if err == nil && !silent {
				err = d.write(ctx, name, string(said))
			}
		}
		if err != nil && ctx.Err() == nil {
			d.t.Errorf("confirming: %v", err)
			return
		}
	}
}

func (d *DataPlane) write(ctx context.Context, name, said string) error {
	lease := &coordinationv1.Lease{ObjectMeta: metav1.ObjectMeta{Namespace: d.gateway.Namespace, Name: name}}
	err := d.client.Get(ctx, client.ObjectKeyFromObject(lease), lease)
	if client.IgnoreNotFound(err) != nil {
		return err
	}
	lease.Labels = map[string]string{v1alpha1.LabelGateway: d.gateway.Name}
	lease.Annotations = map[string]string{v1alpha1.AnnotationConfirmation: said}
	now := metav1.NewMicroTime(time.Now())
	lease.Spec = coordinationv1.LeaseSpec{HolderIdentity: &name, LeaseDurationSeconds: new(int32(3600)), RenewTime: &now}
	if apierrors.IsNotFound(err) {
		return d.client.Create(ctx, lease)
	}
	return d.client.Update(ctx, lease)
}
