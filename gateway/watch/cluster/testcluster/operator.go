package testcluster

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

// Operator writes what the operator would, in a namespace of its own.
type Operator struct {
	// Namespace of everything that the Operator writes.
	Namespace string

	t      *testing.T
	client client.Client
}

// NewOperator returns an Operator with a new namespace.
func NewOperator(t *testing.T, c client.Client) *Operator {
	t.Helper()
	ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "watch-"}}
	if err := c.Create(t.Context(), ns); err != nil {
		t.Fatal(err)
	}
	return &Operator{Namespace: ns.Name, t: t, client: c}
}

// Gateway is the name of the one Gateway that the Operator writes.
func (o *Operator) Gateway() types.NamespacedName {
	return types.NamespacedName{Namespace: o.Namespace, Name: "main"}
}

// Must fails the test for an error.
func (o *Operator) Must(err error) {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(err)
	}
}

// PublishGateway writes the credentials, and the status that names them.
func (o *Operator) PublishGateway(credentials map[string][]byte) *v1alpha1.Gateway {
	o.t.Helper()
	ctx := o.t.Context()
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: o.Namespace, Name: v1alpha1.CredentialsSecretName("main")}}
	if err := o.client.Get(ctx, client.ObjectKeyFromObject(secret), secret); client.IgnoreNotFound(err) != nil {
		o.t.Fatal(err)
	}
	secret.Data = credentials
	if secret.ResourceVersion == "" {
		o.Must(o.client.Create(ctx, secret))
	} else {
		o.Must(o.client.Update(ctx, secret))
	}
	g := &v1alpha1.Gateway{ObjectMeta: metav1.ObjectMeta{Namespace: o.Namespace, Name: "main"}}
	if err := o.client.Get(ctx, client.ObjectKeyFromObject(g), g); client.IgnoreNotFound(err) != nil {
		o.t.Fatal(err)
	}
	if g.ResourceVersion == "" {
		o.Must(o.client.Create(ctx, g))
	}
	g.Status.Config = &v1alpha1.GatewayConfig{Revision: "sha256:config", KeysMode: v1alpha1.KeysRequired, AllowedNetworks: []v1alpha1.CIDR{"127.0.0.0/8"}}
	g.Status.CredentialsVersion = secret.ResourceVersion
	o.Must(o.client.Status().Update(ctx, g))
	return g
}

// PublishProvider writes a provider `openai` at url, with a credential.
func (o *Operator) PublishProvider(url string) *v1alpha1.ModelProvider {
	o.t.Helper()
	p := &v1alpha1.ModelProvider{
		ObjectMeta: metav1.ObjectMeta{Namespace: o.Namespace, Name: "openai"},
		Spec:       v1alpha1.ModelProviderSpec{Type: v1alpha1.ProviderOpenAI},
	}
	o.Must(o.client.Create(o.t.Context(), p))
	p.Status.Endpoint = &v1alpha1.ResolvedEndpoint{
		Revision: "sha256:endpoint", Protocol: v1alpha1.ProtocolOpenAI, URL: url,
		CredentialKey: v1alpha1.ProviderCredentialKey(o.Namespace, "openai"),
	}
	o.Must(o.client.Status().Update(o.t.Context(), p))
	return p
}

// CreateAlias creates an alias that has no route yet.
func (o *Operator) CreateAlias(name string) *v1alpha1.ModelAlias {
	o.t.Helper()
	a := &v1alpha1.ModelAlias{
		ObjectMeta: metav1.ObjectMeta{Namespace: o.Namespace, Name: name},
		Spec: v1alpha1.ModelAliasSpec{
			GatewayRef: v1alpha1.GatewayReference{Name: "main"},
			Targets:    []v1alpha1.Target{{Name: "cloud", ProviderRef: v1alpha1.ProviderReference{Name: "openai"}, Model: "gpt-4o-mini"}},
		},
	}
	o.Must(o.client.Create(o.t.Context(), a))
	return a
}

// PublishRoute writes the compiled route of an alias, with another upstream model.
func (o *Operator) PublishRoute(a *v1alpha1.ModelAlias, model string) {
	o.t.Helper()
	a.Status.Route = &v1alpha1.Route{
		Revision: "sha256:" + model, Generation: 1, Gateway: o.Gateway().String(), Model: v1alpha1.ModelPattern(a.Name),
		Visibility: v1alpha1.VisibilityPublic, Strategy: v1alpha1.StrategyWeighted,
		Targets: []v1alpha1.RouteTarget{{
			Name: "cloud", Provider: o.Namespace + "/openai", Model: v1alpha1.ModelPattern(model), Weight: 1,
			Timeouts: v1alpha1.Timeouts{Request: "10m", FirstByte: "60s", StreamIdle: "60s"},
		}},
		Retry: v1alpha1.RouteRetry{Attempts: 2},
	}
	o.Must(o.client.Status().Update(o.t.Context(), a))
}

// CreateKey creates a key that has no policy yet.
func (o *Operator) CreateKey(name string) *v1alpha1.GatewayKey {
	o.t.Helper()
	k := &v1alpha1.GatewayKey{
		ObjectMeta: metav1.ObjectMeta{Namespace: o.Namespace, Name: name},
		Spec:       v1alpha1.GatewayKeySpec{GatewayRef: v1alpha1.GatewayReference{Name: "main"}},
	}
	o.Must(o.client.Create(o.t.Context(), k))
	return k
}

// PublishKey writes the compiled policy of a key whose digest begins with digest, in hex.
func (o *Operator) PublishKey(k *v1alpha1.GatewayKey, digest string) {
	o.t.Helper()
	k.Status.Policy = &v1alpha1.KeyPolicy{
		Revision: "sha256:" + digest, Generation: 1, Gateway: o.Gateway().String(),
		Digest: v1alpha1.KeyDigest(digest + strings.Repeat("0", 64-len(digest))),
	}
	o.Must(o.client.Status().Update(o.t.Context(), k))
}

// Pepper is the least that credentials hold.
func Pepper() map[string][]byte {
	return map[string][]byte{v1alpha1.CredentialPepper: []byte("0123456789abcdef0123456789abcdef")}
}
