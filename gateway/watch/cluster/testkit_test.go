package cluster

import (
	"context"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-logr/logr"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
)

// patience is how long a test waits for what it knows to come.
const patience = 20 * time.Second

// startAPIServer starts a real etcd and API server with the three kinds installed.
func startAPIServer(t *testing.T) (*rest.Config, client.Client) {
	t.Helper()
	if os.Getenv("KUBEBUILDER_ASSETS") == "" {
		t.Skip("SKIP: needs a real API server; set KUBEBUILDER_ASSETS to a directory with etcd and kube-apiserver (make test does)")
	}
	env := &envtest.Environment{CRDDirectoryPaths: []string{"../../../config/crd"}, ErrorIfCRDPathMissing: true}
	config, err := env.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := env.Stop(); err != nil {
			t.Error(err)
		}
	})
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{clientgoscheme.AddToScheme, v1alpha1.AddToScheme} {
		if err := add(scheme); err != nil {
			t.Fatal(err)
		}
	}
	c, err := client.New(config, client.Options{Scheme: scheme})
	if err != nil {
		t.Fatal(err)
	}
	return config, c
}

// operator writes what the operator would.
type operator struct {
	t         *testing.T
	client    client.Client
	namespace string
}

func newOperator(t *testing.T, c client.Client) *operator {
	t.Helper()
	ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "watch-"}}
	if err := c.Create(t.Context(), ns); err != nil {
		t.Fatal(err)
	}
	return &operator{t, c, ns.Name}
}

func (o *operator) gateway() types.NamespacedName {
	return types.NamespacedName{Namespace: o.namespace, Name: "main"}
}

func (o *operator) must(err error) {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(err)
	}
}

// publishGateway writes the credentials, and the status that names them.
func (o *operator) publishGateway(credentials map[string][]byte) *v1alpha1.Gateway {
	o.t.Helper()
	ctx := o.t.Context()
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: o.namespace, Name: v1alpha1.CredentialsSecretName("main")}}
	if err := o.client.Get(ctx, client.ObjectKeyFromObject(secret), secret); client.IgnoreNotFound(err) != nil {
		o.t.Fatal(err)
	}
	secret.Data = credentials
	if secret.ResourceVersion == "" {
		o.must(o.client.Create(ctx, secret))
	} else {
		o.must(o.client.Update(ctx, secret))
	}
	g := &v1alpha1.Gateway{ObjectMeta: metav1.ObjectMeta{Namespace: o.namespace, Name: "main"}}
	if err := o.client.Get(ctx, client.ObjectKeyFromObject(g), g); client.IgnoreNotFound(err) != nil {
		o.t.Fatal(err)
	}
	if g.ResourceVersion == "" {
		o.must(o.client.Create(ctx, g))
	}
	g.Status.Config = &v1alpha1.GatewayConfig{Revision: "sha256:config", KeysMode: v1alpha1.KeysRequired}
	g.Status.CredentialsVersion = secret.ResourceVersion
	o.must(o.client.Status().Update(ctx, g))
	return g
}

func (o *operator) publishProvider() *v1alpha1.ModelProvider {
	o.t.Helper()
	p := &v1alpha1.ModelProvider{
		ObjectMeta: metav1.ObjectMeta{Namespace: o.namespace, Name: "openai"},
		Spec:       v1alpha1.ModelProviderSpec{Type: v1alpha1.ProviderOpenAI},
	}
	o.must(o.client.Create(o.t.Context(), p))
	p.Status.Endpoint = &v1alpha1.ResolvedEndpoint{
		Revision: "sha256:endpoint", Protocol: v1alpha1.ProtocolOpenAI, URL: "https://api.openai.com/v1",
		CredentialKey: v1alpha1.ProviderCredentialKey(o.namespace, "openai"),
	}
	o.must(o.client.Status().Update(o.t.Context(), p))
	return p
}

func (o *operator) createAlias(name string) *v1alpha1.ModelAlias {
	o.t.Helper()
	a := &v1alpha1.ModelAlias{
		ObjectMeta: metav1.ObjectMeta{Namespace: o.namespace, Name: name},
		Spec: v1alpha1.ModelAliasSpec{
			GatewayRef: v1alpha1.GatewayReference{Name: "main"},
			Targets:    []v1alpha1.Target{{Name: "cloud", ProviderRef: v1alpha1.ProviderReference{Name: "openai"}, Model: "gpt-4o-mini"}},
		},
	}
	o.must(o.client.Create(o.t.Context(), a))
	return a
}

// publishRoute writes the compiled route of an alias, with another upstream model.
func (o *operator) publishRoute(a *v1alpha1.ModelAlias, model string) {
	o.t.Helper()
	a.Status.Route = &v1alpha1.Route{
		Revision: "sha256:" + model, Generation: 1, Gateway: o.gateway().String(), Model: v1alpha1.ModelName(a.Name),
		Visibility: v1alpha1.VisibilityPublic, Strategy: v1alpha1.StrategyWeighted,
		Targets: []v1alpha1.RouteTarget{{
			Name: "cloud", Provider: o.namespace + "/openai", Model: v1alpha1.ModelName(model), Weight: 1,
			Timeouts: v1alpha1.Timeouts{Request: "10m", FirstByte: "60s", StreamIdle: "60s"},
		}},
		Retry: v1alpha1.RouteRetry{Attempts: 2},
	}
	o.must(o.client.Status().Update(o.t.Context(), a))
}

func pepper() map[string][]byte {
	return map[string][]byte{v1alpha1.CredentialPepper: []byte("0123456789abcdef0123456789abcdef")}
}

// watchInputs runs a Source until the test ends.
func watchInputs(t *testing.T, o Options) <-chan snapshot.Input {
	t.Helper()
	o.Log = logr.Discard()
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	inputs := make(chan snapshot.Input, 64)
	ended := make(chan error, 1)
	ctx, cancel := context.WithCancel(t.Context())
	go func() { ended <- s.Run(ctx, func(in snapshot.Input) { inputs <- in }) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return inputs
}

// until waits for an input that satisfies done.
func until(t *testing.T, inputs <-chan snapshot.Input, what string, done func(snapshot.Input) bool) snapshot.Input {
	t.Helper()
	deadline := time.After(patience)
	for {
		select {
		case in := <-inputs:
			if done(in) {
				return in
			}
		case <-deadline:
			t.Fatalf("%s: not within %v", what, patience)
		}
	}
}

// routeOf is the route of an alias at the gateway of the test, nil where there is none.
func routeOf(in snapshot.Input, alias string) *v1alpha1.Route {
	for _, a := range in.Aliases {
		if a.Name == alias && a.Route != nil && a.Route.Gateway == in.Gateway {
			return a.Route
		}
	}
	return nil
}

// targetModel is the upstream model of an alias, empty where it has no route.
func targetModel(in snapshot.Input, alias string) string {
	if r := routeOf(in, alias); r != nil {
		return string(r.Targets[0].Model)
	}
	return ""
}

// link is a way to the API server that can be cut.
type link struct {
	t        *testing.T
	target   string
	address  string
	mu       sync.Mutex
	listener net.Listener
	conns    []net.Conn
}

// newLink returns a link to the API server of config, and a config that goes through it.
func newLink(t *testing.T, config *rest.Config) (*link, *rest.Config) {
	t.Helper()
	l := &link{t: t, target: strings.Trim(strings.TrimPrefix(config.Host, "https://"), "/"), address: "127.0.0.1:0"}
	l.mend()
	t.Cleanup(l.cut)
	through := rest.CopyConfig(config)
	through.Host = "https://" + l.address
	return l, through
}

// mend lets connections through.
func (l *link) mend() {
	l.t.Helper()
	var config net.ListenConfig
	listener, err := config.Listen(l.t.Context(), "tcp", l.address)
	if err != nil {
		l.t.Fatal(err)
	}
	l.mu.Lock()
	l.listener, l.address = listener, listener.Addr().String()
	l.mu.Unlock()
	go func() {
		for {
			in, err := listener.Accept()
			if err != nil {
				return
			}
			var dialer net.Dialer
			out, err := dialer.DialContext(l.t.Context(), "tcp", l.target)
			if err != nil {
				_ = in.Close()
				continue
			}
			l.mu.Lock()
			l.conns = append(l.conns, in, out)
			l.mu.Unlock()
			go func() { _, _ = io.Copy(in, out) }()
			go func() { _, _ = io.Copy(out, in) }()
		}
	}()
}

// cut ends every connection and refuses new ones.
func (l *link) cut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	_ = l.listener.Close()
	for _, c := range l.conns {
		_ = c.Close()
	}
	l.conns = nil
}
