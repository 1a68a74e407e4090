package cluster

import (
	"context"
	"fmt"
	"net/http"
	"sync"

	"github.com/go-logr/logr"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/wait"
	corev1client "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
	"github.com/fairlead-dev/fairlead/gateway/watch"
)

// Resources of the four kinds, as they stand in URLs.
const (
	resourceGateways  = "gateways"
	resourceProviders = "modelproviders"
	resourceAliases   = "modelaliases"
	resourceKeys      = "gatewaykeys"
)

// Options of a Source.
type Options struct {
	// Config reaches the API server.
	Config *rest.Config
	// Gateway that is served.
	Gateway types.NamespacedName
	// Namespaces that aliases, providers and keys are watched in, each with watches of its own; all of them, with one watch for each
	// kind, when empty.
	Namespaces []string
	// Log tells when the API server cannot be reached.
	Log logr.Logger
}

// Source watches one gateway's part of a cluster.
type Source struct {
	options   Options
	client    rest.Interface
	aliases   mirrors[snapshot.Alias]
	providers mirrors[snapshot.Provider]
	keys      mirrors[snapshot.GatewayKey]
	gateways  *mirror[gatewayStatus]
	reader    *credentialsReader
	// inputs is signalled when an input may be due, statuses when the Gateway changed.
	inputs, statuses chan struct{}
}

var _ watch.Source = (*Source)(nil)

// New returns a Source. It does not reach for the API server yet.
func New(options Options) (*Source, error) {
	httpClient, err := rest.HTTPClientFor(options.Config)
	if err != nil {
		return nil, fmt.Errorf("preparing to reach the API server: %w", err)
	}
	client, err := kindsClient(options.Config, httpClient)
	if err != nil {
		return nil, fmt.Errorf("preparing to watch %s: %w", v1alpha1.GroupVersion, err)
	}
	secrets, err := corev1client.NewForConfigAndClient(options.Config, httpClient)
	if err != nil {
		return nil, fmt.Errorf("preparing to get Secrets: %w", err)
	}
	s := &Source{options: options, client: client, inputs: make(chan struct{}, 1), statuses: make(chan struct{}, 1)}
	due := func() { watch.Signal(s.inputs) }
	if len(s.options.Namespaces) == 0 {
		s.options.Namespaces = []string{metav1.NamespaceAll}
	}
	for range s.options.Namespaces {
		s.aliases = append(s.aliases, &mirror[snapshot.Alias]{entry: aliasEntry, strip: strip, changed: due})
		s.providers = append(s.providers, &mirror[snapshot.Provider]{entry: providerEntry, strip: strip, changed: due})
		s.keys = append(s.keys, &mirror[snapshot.GatewayKey]{entry: keyEntry, strip: strip, changed: due})
	}
	s.gateways = &mirror[gatewayStatus]{entry: gatewayEntry, strip: strip, changed: func() { watch.Signal(s.statuses) }}
	s.reader = &credentialsReader{
		gateway: options.Gateway, secrets: secrets, status: s.gateways, changed: due,
		failed: func(err error) {
			options.Log.Info("the credentials could not be read; trying again", "error", err.Error())
		},
	}
	return s, nil
}

// kindsClient speaks to the API group of the four kinds. It is not rate-limited: it makes a request for each and then listens.
func kindsClient(config *rest.Config, httpClient *http.Client) (rest.Interface, error) {
	scheme := runtime.NewScheme()
	if err := v1alpha1.AddToScheme(scheme); err != nil {
		return nil, err
	}
	c := rest.CopyConfig(config)
	c.GroupVersion = &v1alpha1.GroupVersion
	c.APIPath = "/apis"
	c.ContentType, c.AcceptContentTypes = runtime.ContentTypeJSON, runtime.ContentTypeJSON
	c.NegotiatedSerializer = serializer.NewCodecFactory(scheme).WithoutConversion()
	c.QPS = -1
	return rest.RESTClientForConfigAndClient(c, httpClient)
}

// Run delivers an input as soon as everything has been listed once and the gateway has a configuration and credentials, and
// after each change. It returns when ctx is done.
func (s *Source) Run(ctx context.Context, deliver func(snapshot.Input)) error {
	var running sync.WaitGroup
	mirror := func(resource, namespace string, selector fields.Selector, kind runtime.Object, store cache.ReflectorStore) {
		r := s.reflector(resource, namespace, selector, kind, store)
		running.Go(func() { r.RunWithContext(ctx) })
	}
	own := fields.OneTermEqualSelector(metav1.ObjectNameField, s.options.Gateway.Name)
	mirror(resourceGateways, s.options.Gateway.Namespace, own, &v1alpha1.Gateway{}, s.gateways)
	for i, namespace := range s.options.Namespaces {
		mirror(resourceAliases, namespace, fields.Everything(), &v1alpha1.ModelAlias{}, s.aliases[i])
		mirror(resourceProviders, namespace, fields.Everything(), &v1alpha1.ModelProvider{}, s.providers[i])
		mirror(resourceKeys, namespace, fields.Everything(), &v1alpha1.GatewayKey{}, s.keys[i])
	}
	running.Go(func() { s.reader.run(ctx, s.statuses) })
	watch.Pace(ctx, s.inputs, func() {
		if in, ok := s.input(); ok {
			deliver(in)
		}
	})
	running.Wait()
	return nil
}

func (s *Source) reflector(
	resource, namespace string, selector fields.Selector, kind runtime.Object, store cache.ReflectorStore,
) *cache.Reflector {
	return cache.NewReflectorWithOptions(
		cache.NewListWatchFromClient(s.client, resource, namespace, selector), kind, store,
		cache.ReflectorOptions{
			Name: resource,
			// An API server that comes back is found within seconds, by hundreds of replicas at different times.
			Backoff: &wait.Backoff{Duration: minRetry, Cap: maxRetry, Steps: 10, Factor: 1.5, Jitter: 0.5},
		})
}

// input joins what is known. ok is false while something has not been seen yet.
func (s *Source) input() (in snapshot.Input, ok bool) {
	gateway := s.reader.now()
	aliases, aliasVersion, aliasesOK := s.aliases.state()
	providers, providerVersion, providersOK := s.providers.state()
	keys, keyVersion, keysOK := s.keys.state()
	if gateway == nil || !aliasesOK || !providersOK || !keysOK {
		return snapshot.Input{}, false
	}
	in = snapshot.Input{
		Gateway:     s.options.Gateway.String(),
		Config:      gateway.config,
		Aliases:     aliases,
		Providers:   providers,
		Keys:        keys,
		Credentials: gateway.credentials,
		Versions: snapshot.Versions{
			Gateways: gateway.version, ModelProviders: providerVersion, ModelAliases: aliasVersion, GatewayKeys: keyVersion,
		},
	}
	return in, true
}
