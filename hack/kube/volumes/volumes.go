// Package volumes is the storage of a single-node cluster: a directory for every claim.
//
// A claim gets a "local" PersistentVolume, which unlike the built-in hostPath provisioner of the controller manager honours a Pod's
// fsGroup, so that a database may run as a user of its own. Directory and volume are removed when the claim is.
package volumes

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	genericapiserver "k8s.io/apiserver/pkg/server"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/util/workqueue"
	"k8s.io/klog/v2"
)

const (
	// provisioner is the name by which the StorageClass and its volumes refer to this package.
	provisioner = "fairlead.dev/directory"
	// class is the name of the StorageClass, which is the default one.
	class = "standard"
)

// NewCommand returns the command "volumes", which runs until it is told to stop.
func NewCommand() *cobra.Command {
	var kubeconfig, dir, node string
	command := &cobra.Command{
		Use:   "volumes",
		Short: "Provides every PersistentVolumeClaim with a directory on this node",
		RunE: func(*cobra.Command, []string) error {
			config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
			if err != nil {
				return fmt.Errorf("reading the kubeconfig: %w", err)
			}
			client, err := kubernetes.NewForConfig(config)
			if err != nil {
				return fmt.Errorf("making a client: %w", err)
			}
			return New(client, dir, node).Run(genericapiserver.SetupSignalContext())
		},
	}
	command.Flags().StringVar(&kubeconfig, "kubeconfig", "", "file that tells how to reach the API server")
	command.Flags().StringVar(&dir, "dir", "", "directory that holds the volumes")
	command.Flags().StringVar(&node, "node", "", "name of this node")
	return command
}

// Provisioner makes and removes volumes; see New.
type Provisioner struct {
	client    kubernetes.Interface
	directory directory
	informers informers.SharedInformerFactory
	queue     workqueue.TypedRateLimitingInterface[work]
}

// work names an object to look at: a claim if it has a namespace, or else a volume.
type work struct{ namespace, name string }

// New returns a provisioner of volumes below dir for Pods on the named node.
func New(client kubernetes.Interface, dir, node string) *Provisioner {
	return &Provisioner{
		client:    client,
		directory: directory{root: dir, node: node},
		informers: informers.NewSharedInformerFactory(client, 0),
		queue:     workqueue.NewTypedRateLimitingQueue(workqueue.NewTypedItemExponentialFailureRateLimiter[work](50*time.Millisecond, 5*time.Second)),
	}
}

// Run provides volumes until the context ends. It starts by making the StorageClass, and tries that until the API server lets it.
func (p *Provisioner) Run(ctx context.Context) error {
	if err := p.createClass(ctx); err != nil {
		return err
	}
	handler := cache.ResourceEventHandlerFuncs{AddFunc: p.enqueue, UpdateFunc: func(_, object any) { p.enqueue(object) }}
	for _, informer := range []cache.SharedIndexInformer{
		p.informers.Core().V1().PersistentVolumeClaims().Informer(), p.informers.Core().V1().PersistentVolumes().Informer(),
	} {
		if _, err := informer.AddEventHandler(handler); err != nil {
			return fmt.Errorf("watching claims and volumes: %w", err)
		}
	}
	p.informers.Start(ctx.Done())
	go func() {
		<-ctx.Done()
		p.queue.ShutDown()
	}()
	for p.next(ctx) {
	}
	return nil
}

// createClass makes the default StorageClass. Binding waits for the first consumer, so that the scheduler has the say.
func (p *Provisioner) createClass(ctx context.Context) error {
	reclaim, binding := corev1.PersistentVolumeReclaimDelete, storagev1.VolumeBindingWaitForFirstConsumer
	wanted := &storagev1.StorageClass{
		ObjectMeta:  metav1.ObjectMeta{Name: class, Annotations: map[string]string{"storageclass.kubernetes.io/is-default-class": "true"}},
		Provisioner: provisioner, ReclaimPolicy: &reclaim, VolumeBindingMode: &binding,
	}
	for {
		_, err := p.client.StorageV1().StorageClasses().Create(ctx, wanted, metav1.CreateOptions{})
		if err == nil || apierrors.IsAlreadyExists(err) {
			return nil
		}
		klog.ErrorS(err, "Creating the StorageClass", "name", class)
		select {
		case <-ctx.Done():
			return fmt.Errorf("creating the StorageClass: %w", ctx.Err())
		case <-time.After(500 * time.Millisecond):
		}
	}
}

func (p *Provisioner) enqueue(object any) {
	if meta, ok := object.(metav1.Object); ok {
		p.queue.Add(work{namespace: meta.GetNamespace(), name: meta.GetName()})
	}
}

// next handles one piece of work, later again if it could not be done, and returns false when there will be no more.
func (p *Provisioner) next(ctx context.Context) bool {
	item, down := p.queue.Get()
	if down {
		return false
	}
	defer p.queue.Done(item)
	do := p.reclaim
	if item.namespace != "" {
		do = p.provide
	}
	if err := do(ctx, item); err != nil {
		klog.ErrorS(err, "Will try again", "namespace", item.namespace, "name", item.name)
		p.queue.AddRateLimited(item)
		return true
	}
	p.queue.Forget(item)
	return true
}

// provide makes directory and volume for a claim that the scheduler has placed, unless it has them.
func (p *Provisioner) provide(ctx context.Context, item work) error {
	claim, err := p.informers.Core().V1().PersistentVolumeClaims().Lister().PersistentVolumeClaims(item.namespace).Get(item.name)
	if apierrors.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("reading the claim: %w", err)
	}
	if !wantsVolume(claim) {
		return nil
	}
	volume := p.directory.volumeFor(claim)
	if err := p.directory.create(volume); err != nil {
		return err
	}
	_, err = p.client.CoreV1().PersistentVolumes().Create(ctx, volume, metav1.CreateOptions{})
	if err != nil && !apierrors.IsAlreadyExists(err) {
		return fmt.Errorf("creating the volume: %w", err)
	}
	return nil
}

// reclaim removes directory and volume once the claim is gone.
func (p *Provisioner) reclaim(ctx context.Context, item work) error {
	volume, err := p.informers.Core().V1().PersistentVolumes().Lister().Get(item.name)
	if apierrors.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("reading the volume: %w", err)
	}
	if !mayBeReclaimed(volume) {
		return nil
	}
	if err := p.directory.remove(volume); err != nil {
		return err
	}
	err = p.client.CoreV1().PersistentVolumes().Delete(ctx, volume.Name, metav1.DeleteOptions{})
	if err != nil && !apierrors.IsNotFound(err) {
		return fmt.Errorf("deleting the volume: %w", err)
	}
	return nil
}
