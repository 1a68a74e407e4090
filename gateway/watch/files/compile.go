package files

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/compile"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
)

// world is a stack compiled: the objects as a cluster would show them, with their status.
type world struct {
	gateway   types.NamespacedName
	config    *v1alpha1.GatewayConfig
	admission admission
	providers map[types.NamespacedName]*providerState
	aliases   map[types.NamespacedName]*aliasState
}

// providerState is a provider with its compiled status.
type providerState struct {
	object *v1alpha1.ModelProvider
	// note says what stands against the whole of it, for the table; empty where nothing does.
	note string
	// unasked is true where the server did not say which models it has.
	unasked bool
	// apiKey and caBundle are the secret values that go with the endpoint.
	apiKey, caBundle []byte
}

// aliasState is an alias with its compiled status.
type aliasState struct {
	object *v1alpha1.ModelAlias
	result compile.AliasResult
}

// compiler compiles stacks. It keeps what has to outlive one: the pepper and the time that counts as every object's creation.
type compiler struct {
	options Options
	client  *http.Client
	pepper  []byte
	started time.Time
}

// compile makes the world of a stack, with prev (nil at first) as the status that the objects had.
func (c *compiler) compile(ctx context.Context, st *stack, prev *world) (*world, error) {
	if prev == nil {
		prev = &world{}
	}
	secrets := map[types.NamespacedName]*secret{}
	for k, obj := range st.objects {
		if obj.secret != nil {
			secrets[k.NamespacedName] = obj.secret
		}
	}
	name, manifest, err := c.options.chooseGateway(st)
	if err != nil {
		return nil, err
	}
	who, err := c.options.admission(name, manifest, secrets)
	if err != nil {
		return nil, err
	}
	gateway := &v1alpha1.Gateway{ObjectMeta: metav1.ObjectMeta{Namespace: name.Namespace, Name: name.Name}}
	if manifest != nil {
		gateway = manifest.gateway.DeepCopy()
	}
	gateway.Spec.Keys.Mode = who.mode
	compiled := compile.Gateway(compile.GatewayInput{Gateway: gateway})
	if compiled.Accepted != nil {
		return nil, fmt.Errorf("compiling Gateway %s: %s", name, compiled.Accepted.Message)
	}
	w := &world{gateway: name, config: compiled.Config, admission: who}
	w.providers = c.providers(ctx, st, secrets, prev)
	w.aliases = aliases(st, gateway, w.providers, prev)
	return w, nil
}

// input is what the snapshot is built from.
func (c *compiler) input(w *world) snapshot.Input {
	in := snapshot.Input{
		Gateway:     w.gateway.String(),
		Config:      w.config,
		Credentials: map[string][]byte{v1alpha1.CredentialPepper: c.pepper},
	}
	if len(w.admission.key) > 0 {
		mac := hmac.New(sha256.New, c.pepper)
		mac.Write(w.admission.key)
		in.Credentials[v1alpha1.CredentialMasterKey] = []byte(hex.EncodeToString(mac.Sum(nil)))
	}
	for name, p := range w.providers {
		in.Providers = append(in.Providers, snapshot.Provider{
			Namespace: name.Namespace, Name: name.Name, Endpoint: p.object.Status.Endpoint, Models: p.object.Status.Models,
		})
		if len(p.apiKey) > 0 {
			in.Credentials[v1alpha1.ProviderCredentialKey(name.Namespace, name.Name)] = p.apiKey
		}
		if len(p.caBundle) > 0 {
			in.Credentials[v1alpha1.ProviderCABundleKey(name.Namespace, name.Name)] = p.caBundle
		}
	}
	for name, a := range w.aliases {
		in.Aliases = append(in.Aliases, snapshot.Alias{
			Namespace: name.Namespace, Name: name.Name, Created: c.started, Route: a.object.Status.Route,
		})
	}
	return in
}

// aliases compiles every alias of a stack. The route of one that did not change stays the same pointer.
func aliases(st *stack, gateway *v1alpha1.Gateway, providers map[types.NamespacedName]*providerState, prev *world) map[types.NamespacedName]*aliasState {
	byModel := map[string][]*v1alpha1.ModelAlias{}
	all := map[types.NamespacedName]*aliasState{}
	for k, obj := range st.objects {
		if obj.alias == nil {
			continue
		}
		a := obj.alias.DeepCopy()
		a.Generation = 1
		if last := prev.aliases[k.NamespacedName]; last != nil {
			a.Generation, a.Status.Route = last.object.Generation, last.object.Status.Route
			if !equality.Semantic.DeepEqual(last.object.Spec, a.Spec) {
				a.Generation++
			}
		}
		all[k.NamespacedName] = &aliasState{object: a}
		byModel[compile.ModelOf(a)] = append(byModel[compile.ModelOf(a)], a)
	}
	objects := make(map[types.NamespacedName]*v1alpha1.ModelProvider, len(providers))
	for name, p := range providers {
		objects[name] = p.object
	}
	for _, a := range all {
		in := compile.AliasInput{Alias: a.object, Providers: objects, Rivals: byModel[compile.ModelOf(a.object)]}
		if compile.GatewayOf(a.object) == (types.NamespacedName{Namespace: gateway.Namespace, Name: gateway.Name}) {
			in.Gateway = gateway
		}
		a.result = compile.Alias(in)
	}
	// Only now: an alias is compiled with the routes that were published before.
	for _, a := range all {
		if last := a.object.Status.Route; last == nil || a.result.Route == nil || last.Revision != a.result.Route.Revision {
			a.object.Status.Route = a.result.Route
		}
	}
	return all
}

// names returns the sorted names of m.
func names[V any](m map[types.NamespacedName]V) []types.NamespacedName {
	list := make([]types.NamespacedName, 0, len(m))
	for name := range m {
		list = append(list, name)
	}
	slices.SortFunc(list, func(a, b types.NamespacedName) int {
		return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
	})
	return list
}
