package cluster

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/go-logr/logr"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	coordinationv1apply "k8s.io/client-go/applyconfigurations/coordination/v1"
	metav1apply "k8s.io/client-go/applyconfigurations/meta/v1"
	coordinationv1client "k8s.io/client-go/kubernetes/typed/coordination/v1"
	"k8s.io/client-go/rest"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/watch"
)

const (
	// renewEvery is how often a Lease is written when nothing changes.
	renewEvery = 10 * time.Second
	// leaseDuration is after how long without renewal a replica counts as gone.
	leaseDuration = 3 * renewEvery
	// writeTimeout bounds one write, the farewell included.
	writeTimeout = 5 * time.Second
	// awaitMissing is how long the confirmation of aliases waits for an endpoint or a credential that one of them needs. The
	// operator writes it within milliseconds of the route; what never comes must not hold up the other aliases.
	awaitMissing = 2 * time.Second
	// minPause between two writes bounds what a storm of changes costs the API server.
	minPause     = 50 * time.Millisecond
	fieldManager = "fairlead-gateway"
)

// Pod is the Pod that a gateway runs in, from the downward API.
type Pod struct {
	Namespace, Name string
	UID             types.UID
}

// Confirmer tells the operator what this replica serves, in a Lease that has the name of the Pod and goes with it.
type Confirmer struct {
	leases  coordinationv1client.LeaseInterface
	gateway string
	version string
	pod     Pod
	log     logr.Logger
	signals chan struct{}
	current func() (*v1alpha1.Confirmation, bool)
	asked   <-chan struct{}
	demands func() []v1alpha1.Demand

	written *v1alpha1.Confirmation
	// demanded is the annotation that was written last.
	demanded string
	// awaiting is since when something is missing; zero while nothing is.
	awaiting time.Time
}

// ConfirmerOptions of a Confirmer.
type ConfirmerOptions struct {
	Config *rest.Config
	// Gateway is the name of the Gateway, which is in the Pod's namespace.
	Gateway string
	// Version of the binary.
	Version string
	Pod     Pod
	Log     logr.Logger
	// Current returns what is served, nil before there is something, and whether a route in it awaits an
	// endpoint or a credential.
	Current func() (served *v1alpha1.Confirmation, awaiting bool)
	// Demands returns what this replica was asked for of providers that scale to zero, sorted; nil where it does not know.
	Demands func() []v1alpha1.Demand
	// Asked gets a value when Demands has something that the operator should know at once.
	Asked <-chan struct{}
}

// NewConfirmer returns a Confirmer. Nothing is written before Run.
func NewConfirmer(o ConfirmerOptions) (*Confirmer, error) {
	c := rest.CopyConfig(o.Config)
	c.QPS = -1
	client, err := coordinationv1client.NewForConfig(c)
	if err != nil {
		return nil, fmt.Errorf("preparing to write the Lease: %w", err)
	}
	return &Confirmer{
		leases: client.Leases(o.Pod.Namespace), gateway: o.Gateway, version: o.Version, pod: o.Pod, log: o.Log,
		signals: make(chan struct{}, 1), current: o.Current, asked: o.Asked, demands: o.Demands,
	}, nil
}

// Changed says that another snapshot is served. It returns at once.
func (c *Confirmer) Changed() { watch.Signal(c.signals) }

// Run writes the Lease as soon as what is served has changed, as soon as somebody asks for a provider that sleeps, and every ten seconds,
// until ctx is done; then it deletes it. A snapshot that differs in nothing but resourceVersions waits for the next renewal: nobody
// waits for those, and a write after every write of the operator would never come to rest.
func (c *Confirmer) Run(ctx context.Context) {
	defer c.leave(context.WithoutCancel(ctx))
	renewal := time.NewTicker(renewEvery)
	defer renewal.Stop()
	var again <-chan time.Time
	retry := minRetry
	for c.await(ctx, renewal.C, again) {
		again = nil
		if err := c.write(ctx); err != nil {
			c.log.Info("the Lease could not be written; trying again", "error", err.Error())
			again, retry = time.After(retry), min(2*retry, maxRetry)
			continue
		}
		retry = minRetry
		if c.holding() {
			again = time.After(awaitMissing)
		}
		rest := time.NewTimer(minPause)
		select {
		case <-ctx.Done():
		case <-rest.C:
		}
		rest.Stop()
	}
}

// await returns when the Lease is to be written, or false when ctx is done.
func (c *Confirmer) await(ctx context.Context, renewal, again <-chan time.Time) bool {
	for {
		select {
		case <-ctx.Done():
			return false
		case <-c.signals:
			if !c.due() {
				continue
			}
		case <-c.asked:
			if text, err := c.demand(); err == nil && text == c.demanded {
				continue
			}
		case <-renewal:
		case <-again:
		}
		return true
	}
}

// due says whether somebody may be waiting for what is served now to be confirmed.
func (c *Confirmer) due() bool {
	now, _ := c.current()
	return now != nil && (c.written == nil || now.Digest != c.written.Digest || !slices.Equal(now.Rejected, c.written.Rejected))
}

// claim is what may be confirmed now. While a route awaits its endpoint or its credential, aliases are confirmed no further than
// before: the next request to the new one would be answered 503.
func (c *Confirmer) claim() *v1alpha1.Confirmation {
	now, awaiting := c.current()
	switch {
	case !awaiting:
		c.awaiting = time.Time{}
	case c.awaiting.IsZero():
		c.awaiting = time.Now()
	}
	if now == nil || c.written == nil || !c.holding() {
		return now
	}
	held := *now
	held.ModelAliases = c.written.ModelAliases
	return &held
}

// holding says whether the confirmation of aliases waits for something that is missing.
func (c *Confirmer) holding() bool {
	return !c.awaiting.IsZero() && time.Since(c.awaiting) < awaitMissing
}

// write creates or renews the Lease.
func (c *Confirmer) write(ctx context.Context) error {
	now := c.claim()
	if now == nil {
		return nil
	}
	content, err := json.Marshal(now)
	if err != nil {
		return fmt.Errorf("encoding the confirmation: %w", err)
	}
	demand, err := c.demand()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, writeTimeout)
	defer cancel()
	_, err = c.leases.Apply(ctx, c.lease(string(content), demand), metav1.ApplyOptions{FieldManager: fieldManager, Force: true})
	if err != nil {
		return fmt.Errorf("writing Lease %s/%s: %w", c.pod.Namespace, c.pod.Name, err)
	}
	// A copy: the confirmation is part of its snapshot, which must not be kept alive.
	written := *now
	c.written, c.demanded = &written, demand
	return nil
}

// demand is the annotation about what was asked for; empty where nothing was.
func (c *Confirmer) demand() (string, error) {
	if c.demands == nil {
		return "", nil
	}
	all := c.demands()
	if len(all) == 0 {
		return "", nil
	}
	content, err := json.Marshal(all)
	if err != nil {
		return "", fmt.Errorf("encoding the demand: %w", err)
	}
	return string(content), nil
}

func (c *Confirmer) lease(confirmation, demand string) *coordinationv1apply.LeaseApplyConfiguration {
	lease := coordinationv1apply.Lease(c.pod.Name, c.pod.Namespace).
		WithLabels(map[string]string{v1alpha1.LabelGateway: c.gateway}).
		WithAnnotations(map[string]string{v1alpha1.AnnotationConfirmation: confirmation, v1alpha1.AnnotationServer: c.version}).
		WithSpec(coordinationv1apply.LeaseSpec().
			WithHolderIdentity(c.pod.Name).
			WithLeaseDurationSeconds(int32(leaseDuration / time.Second)).
			WithRenewTime(metav1.NowMicro()))
	if demand != "" {
		lease.WithAnnotations(map[string]string{v1alpha1.AnnotationDemand: demand})
	}
	if c.pod.UID != "" {
		lease.WithOwnerReferences(metav1apply.OwnerReference().
			WithAPIVersion("v1").WithKind("Pod").WithName(c.pod.Name).WithUID(c.pod.UID))
	}
	return lease
}

// leave deletes the Lease: this replica serves nothing any more.
func (c *Confirmer) leave(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, writeTimeout)
	defer cancel()
	if err := c.leases.Delete(ctx, c.pod.Name, metav1.DeleteOptions{}); err != nil && !apierrors.IsNotFound(err) {
		c.log.Info("the Lease could not be deleted; it goes with the Pod", "error", err.Error())
	}
}
