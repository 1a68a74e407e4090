// Package operator wires the control plane together: one manager, its caches, and one controller for each kind.
package operator

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/healthz"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/apply"
	"github.com/fairlead-dev/fairlead/controllers/compile"
	"github.com/fairlead-dev/fairlead/controllers/gateway"
	"github.com/fairlead-dev/fairlead/controllers/gatewaykey"
	"github.com/fairlead-dev/fairlead/controllers/index"
	"github.com/fairlead-dev/fairlead/controllers/installed"
	"github.com/fairlead-dev/fairlead/controllers/modelalias"
	"github.com/fairlead-dev/fairlead/controllers/modelprovider"
	"github.com/fairlead-dev/fairlead/controllers/ollama"
	"github.com/fairlead-dev/fairlead/controllers/password"
	"github.com/fairlead-dev/fairlead/controllers/render"
	"github.com/fairlead-dev/fairlead/controllers/scope"
)

// electionID is the name of the Lease that the leader holds.
const electionID = "fairlead-operator"

// Options say how the operator runs.
type Options struct {
	// Installation says where and how the operator was installed; its Namespaces are the ones that it serves, empty for all.
	Installation render.Installation
	// LeaderElect makes only one of several operators work, the one that holds a Lease in the operator's namespace.
	LeaderElect bool
	// MetricsAddress and HealthAddress are where metrics and probes are served; "0" for nowhere.
	MetricsAddress, HealthAddress string
	// PodURL is where the server in a Pod of a managed Ollama answers; at its port of the Pod's address where it is nil.
	PodURL func(*corev1.Pod) string
	// DialStore reaches managed stores to change their passwords; over the network where it is nil.
	DialStore password.Dial
	// Pace of filling Ollama servers.
	Pace ollama.Pace
	// Adjust may change the manager's options before it is made; it may be nil.
	Adjust func(*manager.Options)
}

// New makes an operator on the cluster of config. It works from its Start until the context of that ends.
func New(ctx context.Context, config *rest.Config, o Options) (manager.Manager, error) {
	config = rest.CopyConfig(config)
	// The API server has a fair queue of its own for each client; a second one in front of it would only make changes late.
	config.QPS = -1
	mgr, err := manager.New(config, o.manager())
	if err != nil {
		return nil, fmt.Errorf("making the manager: %w", err)
	}
	if err := index.Register(ctx, mgr.GetFieldIndexer()); err != nil {
		return nil, err
	}
	api, err := discovery.NewDiscoveryClientForConfigAndClient(mgr.GetConfig(), mgr.GetHTTPClient())
	if err != nil {
		return nil, fmt.Errorf("making a client for discovery: %w", err)
	}
	if o.Installation.APIServerPort, err = apiServerPort(ctx, api.RESTClient()); err != nil {
		return nil, err
	}
	if err := o.controllers(mgr, installed.New(api)); err != nil {
		return nil, err
	}
	return mgr, probes(mgr)
}

// NewScheme returns the scheme of everything that the operator reads and writes.
func NewScheme() *runtime.Scheme {
	s := runtime.NewScheme()
	// Neither can fail for a scheme that knows nothing yet.
	utilruntime.Must(scheme.AddToScheme(s))
	utilruntime.Must(v1alpha1.AddToScheme(s))
	return s
}

func (o Options) manager() manager.Options {
	options := manager.Options{
		Scheme:                        NewScheme(),
		Metrics:                       metricsserver.Options{BindAddress: o.MetricsAddress},
		HealthProbeBindAddress:        o.HealthAddress,
		LeaderElection:                o.LeaderElect,
		LeaderElectionID:              electionID,
		LeaderElectionNamespace:       o.Installation.OperatorNamespace,
		LeaderElectionReleaseOnCancel: true,
		Cache:                         cacheOptions(o.Installation.Namespaces),
		// Secrets are never cached: that would take the right to list and watch them. Nor are ConfigMaps, for the same reason.
		Client: client.Options{Cache: &client.CacheOptions{DisableFor: []client.Object{&corev1.Secret{}, &corev1.ConfigMap{}}}},
	}
	if o.Adjust != nil {
		o.Adjust(&options)
	}
	return options
}

// controllers registers every controller of the product.
func (o Options) controllers(mgr ctrl.Manager, kinds *installed.Kinds) error {
	applier := apply.New(mgr.GetClient(), mgr.GetAPIReader())
	events := mgr.GetEventRecorder(electionID)
	podURL := o.PodURL
	if podURL == nil {
		podURL = func(p *corev1.Pod) string {
			return "http://" + net.JoinHostPort(p.Status.PodIP, strconv.Itoa(compile.OllamaPort))
		}
	}
	served := scope.Scope{Client: mgr.GetClient(), Namespaces: o.Installation.Namespaces}
	providers := &modelprovider.Reconciler{
		Client: mgr.GetClient(), Live: mgr.GetAPIReader(), Scope: served, Applier: applier,
		Installation: o.Installation, PodURL: podURL, Events: events,
	}
	aliases := &modelalias.Reconciler{Client: mgr.GetClient(), Scope: served, Events: events}
	keys := &gatewaykey.Reconciler{Client: mgr.GetClient(), Live: mgr.GetAPIReader(), Scope: served, Events: events}
	gateways := &gateway.Reconciler{
		Client: mgr.GetClient(), Live: mgr.GetAPIReader(), Scope: served, Applier: applier, Kinds: kinds, Installation: o.Installation,
		Events: events, Passwords: password.Changer{Dial: o.DialStore},
	}
	return errors.Join(providers.Setup(mgr, o.Pace), aliases.Setup(mgr), keys.Setup(mgr), gateways.Setup(mgr))
}

// probes: alive is who answers at all, and ready is who has seen the cluster, leader or not.
func probes(mgr ctrl.Manager) error {
	if err := mgr.AddHealthzCheck("ping", healthz.Ping); err != nil {
		return fmt.Errorf("adding the liveness check: %w", err)
	}
	err := mgr.AddReadyzCheck("cache", func(r *http.Request) error {
		ctx, cancel := context.WithTimeout(r.Context(), time.Second)
		defer cancel()
		if !mgr.GetCache().WaitForCacheSync(ctx) {
			return errors.New("the cluster has not been read yet")
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("adding the readiness check: %w", err)
	}
	return nil
}
